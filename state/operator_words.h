#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "state/base/result.h"
#include "state/event.h"
#include "state/recorded_state.h"

/// What operators' commands have to say, decided on the recorded state as it is. Pure. Everything
/// wrong with a command's addresses is told at once: `not_found` where nothing is recorded of one,
/// `conflict` where the word would say nothing new. `why` is recorded with each event.
namespace cemli {

/// Runs them again, unless a success that starts later comes first.
[[nodiscard]] Result<std::vector<Event>> taint_words(const RecordedState& recorded,
                                                     const std::vector<Address>& addresses,
                                                     const std::string& why);

/// Keeps the addresses as they are while these identities are desired. Nothing need be recorded of
/// them.
[[nodiscard]] std::vector<Event> hold_words(const std::map<Address, Digest>& desired,
                                            const std::string& why);

/// Lifts holds.
[[nodiscard]] Result<std::vector<Event>> release_words(const RecordedState& recorded,
                                                       const std::vector<Address>& addresses,
                                                       const std::string& why);

/// Keeps the whole environment as it is.
[[nodiscard]] Result<std::vector<Event>> suspend_words(const RecordedState& recorded,
                                                       const std::string& why);
[[nodiscard]] Result<std::vector<Event>> resume_words(const RecordedState& recorded,
                                                      const std::string& why);

/// Moves what is recorded of one address to another, of which nothing may be recorded. `desired` is
/// what is desired of that one: where the package's name differs and the version is the same, its
/// content is taken for what was run, as a manifest names its package. No run may be active.
[[nodiscard]] Result<std::vector<Event>> move_words(const RecordedState& recorded,
                                                    const Address& from, const Address& to,
                                                    const std::optional<Identity>& desired,
                                                    const std::string& why);

/// Ends the log, which goes on in the state store at `to`. `not_found` where nothing was recorded.
/// No run may be active.
[[nodiscard]] Result<std::vector<Event>> close_words(const RecordedState& recorded,
                                                     const std::string& to, const std::string& why);

/// Takes the addresses out of the record. No run may be active.
[[nodiscard]] Result<std::vector<Event>> forget_words(const RecordedState& recorded,
                                                      const std::vector<Address>& addresses,
                                                      const std::string& why);

}  // namespace cemli
