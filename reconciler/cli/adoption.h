#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/desired/desired_state.h"
#include "state/base/result.h"
#include "state/event.h"
#include "state/recorded_state.h"

/// What `state adopt` is asked for, and the events that come of it. Pure.
namespace cemli {

/// An address that is to be recorded as done.
struct AdoptionRequest {
  Address address;
  /// What is installed, where it was said; it must be what is desired.
  std::optional<std::string> version = std::nullopt;
  /// Where it was asked for, as errors show it; empty for the command line.
  std::string where = {};
  friend bool operator==(const AdoptionRequest&, const AdoptionRequest&) = default;
};

/// Reads `ADDRESS` or `ADDRESS@VERSION`.
[[nodiscard]] Result<AdoptionRequest> parse_adoption(std::string_view text);

/// Reads a list: lines of `ADDRESS` or `ADDRESS VERSION`, where what follows a `#` is ignored; or a
/// JSON object with `packages`, a list of objects of which `address` and `version` are read, such
/// as `state list --json` prints. `file` names the list in errors. All problems at once.
[[nodiscard]] Result<std::vector<AdoptionRequest>> parse_adoption_list(std::string_view text,
                                                                       const std::string& file);

/// A request for each desired address of which nothing is recorded.
[[nodiscard]] std::vector<AdoptionRequest> unrecorded_addresses(const DesiredState& desired,
                                                                const RecordedState& recorded);

/// One event a request, in their order, at the desired identities. Refused, with all that is wrong:
/// what is not desired, or desired at another version, what is named twice, and what has succeeded
/// before.
[[nodiscard]] Result<std::vector<Event>> adoption_words(
    const DesiredState& desired, const RecordedState& recorded,
    const std::vector<AdoptionRequest>& requests, const std::string& why);

}  // namespace cemli
