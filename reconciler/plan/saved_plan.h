#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/plan/plan.h"
#include "state/base/result.h"
#include "state/recorded_state.h"

namespace cemli {

/// What of a plan's file binds who applies it.
struct SavedPlan {
  struct Due {
    Address address;
    ActionKind kind = ActionKind::none;
    std::optional<Digest> after;
    friend bool operator==(const Due&, const Due&) = default;
  };
  std::string environment;
  std::optional<std::string> commit;
  Selection selection;
  std::vector<Due> actions;
  Digest policy;
  Digest digest;
};

/// Reads what `encode_plan` wrote; `file` is named in errors. `invalid_input` where it is no plan,
/// of a newer format, or was changed since its digest was taken.
[[nodiscard]] Result<SavedPlan> decode_plan(std::string_view json, std::string_view file);

/// What moved between a saved plan and the plan that is due now; one line for people each, none
/// where the saved plan still stands. It does where every action due now is one of its own (the
/// same address, the same identity after; `run`, `update`, `retry` and `rerun` count as one), and
/// every other action of it has been done since (DESIGN 4). A policy that is to be recorded must be
/// its own, too.
[[nodiscard]] std::vector<std::string> what_moved(const SavedPlan& saved, const Plan& now);

}  // namespace cemli
