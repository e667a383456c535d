#pragma once

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

}  // namespace cemli
