#pragma once

#include <optional>
#include <string>
#include <vector>

#include "state/approval.h"
#include "state/base/clock.h"
#include "state/base/result.h"
#include "state/store/store.h"

/// Where approvals are kept: in the results store, beside the evidence.
namespace cemli {

/// An approval as it is kept. Whether its signature is good, and whose, is for others to find out.
struct KeptApproval {
  std::string key;
  /// The bytes that were signed.
  std::string statement;
  std::string signature;
};

/// Keeps an approval and the text of the plan that it names, durably. Giving the same approval
/// twice adds nothing.
[[nodiscard]] Result<std::string> keep_approval(Store& results, const ApprovalStatement& statement,
                                                const std::string& plan,
                                                const std::string& signature);

/// The approvals of an environment that say of themselves that they were given at `since` or later,
/// newest first. One without its signature is left out: it was cut off before it was whole.
[[nodiscard]] Result<std::vector<KeptApproval>> read_approvals(Store& results,
                                                               const std::string& environment,
                                                               Timestamp since);

/// The text of a plan that an approval names; nothing where it is missing or another.
[[nodiscard]] Result<std::optional<std::string>> read_approved_plan(Store& results,
                                                                    const ObjectReference& plan);

}  // namespace cemli
