#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/desired/desired_state.h"
#include "reconciler/plan/action.h"
#include "reconciler/plan/planner.h"
#include "state/base/error.h"
#include "state/recorded_state.h"

namespace cemli {

/// What one address asks for by itself, before its neighbours are looked at.
struct Decision {
  ActionKind kind = ActionKind::none;
  std::vector<Reason> reasons = {};
};

/// Whether the log knows nothing of an address: no attempt, or one that was forgotten.
[[nodiscard]] bool is_blank(const AddressRecord& record);

/// A version whose content is not what was run under that version.
[[nodiscard]] std::optional<Problem> content_problem(const DesiredPackage& desired,
                                                     const AddressRecord& record);

/// The table's rows for a desired address. `record` is null where nothing is recorded.
[[nodiscard]] Decision decide_desired(const DesiredPackage& desired, const AddressRecord* record,
                                      const PlanOptions& options);

/// The table's rows for an address that is recorded (not blank) and not desired.
[[nodiscard]] Decision decide_undesired(const AddressRecord& record, const PlanOptions& options);

/// Turns a decision to do something into `held` where the environment is suspended, or an operator
/// holds the address against `after`, the identity now desired.
void respect_operator(Decision& decision, const RecordedState& recorded,
                      const AddressRecord* record, const std::optional<Digest>& after);

/// Who said what and when, as a reason's details.
[[nodiscard]] std::map<std::string, std::string> details_of(const OperatorWord& word);

/// Labels of the programs that the next attempt goes on behind, where `resume: step` has recorded
/// some: those of attempts at the same identity that did not succeed.
[[nodiscard]] std::vector<std::string> done_before(const DesiredPackage& desired,
                                                   const AddressRecord& record);

}  // namespace cemli
