#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "state/event.h"

namespace cemli {

enum class Output { text, json };

// What `cemli state …` understands. `why` is recorded, and never empty.

struct StateListCommand {
  Output output = Output::text;
};
struct StateShowCommand {
  std::string address;
  Output output = Output::text;
};
struct StateResolveCommand {
  std::string address;
  Resolution resolution = Resolution::retry;
  std::string why;
};
struct StateUnlockCommand {
  std::string why;
};
/// Records what waits in spools on this machine.
struct StateReplayCommand {};
struct StateTaintCommand {
  std::vector<std::string> addresses;
  std::string why;
};
struct StateHoldCommand {
  std::vector<std::string> addresses;
  /// The commit whose desired identities are held.
  std::string revision = "HEAD";
  std::string why;
};
struct StateReleaseCommand {
  std::vector<std::string> addresses;
  std::string why;
};
struct StateSuspendCommand {
  std::string why;
};
struct StateResumeCommand {
  std::string why;
};

struct StateForgetCommand {
  std::vector<std::string> addresses;
  std::string why;
};
/// Exactly one of addresses (`ADDRESS` or `ADDRESS@VERSION`), `all` and `file` is given.
struct StateAdoptCommand {
  std::vector<std::string> addresses;
  bool all = false;
  /// `-` is standard input.
  std::optional<std::string> file;
  /// The commit whose desired identities are recorded.
  std::string revision = "HEAD";
  std::string why;
};
struct StateMoveCommand {
  std::string from;
  std::string to;
  std::string why;
};
struct StateRefreshCommand {
  /// The environment that the target was cloned from.
  std::string from;
  /// Its state at this entry or time; its present one where there is none.
  std::optional<std::string> at;
  std::string why;
};
struct StateExportCommand {
  /// `ENV-state.tar` where it is not given.
  std::optional<std::filesystem::path> output;
  /// Ends the log, too, which goes on in the state store at this address.
  std::optional<std::string> close_to;
  /// Why it is ended.
  std::string why;
};
/// Exactly one of `file` and `from` is given.
struct StateImportCommand {
  std::optional<std::filesystem::path> file;
  /// The address of another state store.
  std::optional<std::string> from;
  /// Whether a closed log goes on also where it was not said to.
  bool here = false;
};
struct StateAtCommand {
  /// An entry's number, or a time.
  std::string point;
  std::optional<std::string> address;
  Output output = Output::text;
};

// What looks back.

struct HistoryCommand {
  /// Only what happened to this one.
  std::optional<std::string> address;
  std::size_t limit = 20;
  Output output = Output::text;
};
struct DiffCommand {
  /// Two runs or commits; none where `from` and `to` name environments.
  std::vector<std::string> sides;
  std::optional<std::string> from;
  std::optional<std::string> to;
  Output output = Output::text;
};

}  // namespace cemli
