#include "reconciler/cli/signature_facts.h"

namespace cemli {
namespace {

/// The rules that ask for signatures are refused where an environment's file is read.
Error not_yet() {
  return {ErrorCode::internal, "signatures cannot be judged by this version of cemli yet"};
}

}  // namespace

Result<std::map<Address, SignatureVerdict>> find_package_signatures(
    const EnvironmentContext& /*context*/, const Signers& /*signers*/, const Plan& /*plan*/) {
  return not_yet();
}

Result<std::vector<CommitVerdict>> find_commit_signatures(const EnvironmentContext& /*context*/,
                                                          const Signers& /*signers*/,
                                                          const RecordedState& /*recorded*/) {
  return not_yet();
}

Result<std::vector<GivenApproval>> find_approvals(const EnvironmentContext& /*context*/,
                                                  const Signers& /*signers*/,
                                                  const Plan& /*plan*/) {
  return not_yet();
}

}  // namespace cemli
