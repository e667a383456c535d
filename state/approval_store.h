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

/// Keeps an approval and the plan that it is about (the text of `plan --format json`), durably.
/// Giving the same approval twice adds nothing.
[[nodiscard]] Result<std::string> keep_approval(Store& results, const ApprovalStatement& statement,
                                                const std::string& plan,
                                                const std::string& signature);

/// The approvals of an environment that say of themselves that they were given at `since` or later,
/// newest first. One without its signature is left out: it was cut off before it was whole.
[[nodiscard]] Result<std::vector<KeptApproval>> read_approvals(Store& results,
                                                               const std::string& environment,
                                                               Timestamp since);

/// The text of a plan that was approved; nothing where there is none.
[[nodiscard]] Result<std::optional<std::string>> read_approved_plan(Store& results,
                                                                    const std::string& environment,
                                                                    const Digest& plan);

}  // namespace cemli
