#pragma once

#include <map>
#include <optional>
#include <string>

#include "reconciler/desired/desired_state.h"
#include "reconciler/report/terminal.h"
#include "state/recorded_state.h"

namespace cemli {

/// What one side of a comparison says of an address.
struct DiffLine {
  Identity identity;
  /// Absent for what is desired.
  std::optional<Status> status;
};

/// One side of a comparison: what a commit desires, or what is or was recorded.
struct DiffSide {
  std::string name;
  std::map<Address, DiffLine> lines;
};

[[nodiscard]] DiffSide diff_side(std::string name, const DesiredState& desired);
/// The last success of each address, else its last attempt.
[[nodiscard]] DiffSide diff_side(std::string name, const RecordedState& recorded);

/// `diff`: by address what differs in version, content, parameters and (where both sides have one)
/// status.
[[nodiscard]] std::string diff_text(const DiffSide& from, const DiffSide& to,
                                    const TextStyle& style);
[[nodiscard]] std::string diff_json(const DiffSide& from, const DiffSide& to);

}  // namespace cemli
