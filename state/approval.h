#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "state/base/address.h"
#include "state/base/clock.h"
#include "state/base/digest.h"
#include "state/base/result.h"
#include "state/event.h"
#include "state/recorded_state.h"

namespace cemli {

/// The namespace of approvals' signatures.
inline constexpr std::string_view kApprovalNamespace = "cemli-approval";

/// Somebody's word that a plan may be carried out: what an approver signs. It binds the plan to one
/// log and to what had been done when it was given, so that it serves once, in one environment.
struct ApprovalStatement {
  std::string environment;
  /// Absent where nothing had been recorded yet.
  std::optional<std::string> log;
  std::optional<Head> basis;
  Digest plan;
  /// Digest of the plan's text as it was shown, which is kept with the approval.
  Digest plan_text;
  std::optional<std::string> commit;
  /// By the approver's clock.
  Timestamp time;
  /// The run that the environment had converged with; absent where none had.
  std::optional<RunId> converged;
  /// Of each address that the plan does something with, how often it had been tried.
  std::map<Address, std::uint64_t> attempts = {};
  friend bool operator==(const ApprovalStatement&, const ApprovalStatement&) = default;
};

/// Where the text of the plan is kept.
[[nodiscard]] ObjectReference reference_of_plan(const ApprovalStatement& statement);

/// Pretty-printed JSON with a final newline: the bytes that are signed.
[[nodiscard]] std::string encode_approval(const ApprovalStatement& statement);
/// `corrupt` says what is wrong; a newer format is refused.
[[nodiscard]] Result<ApprovalStatement> decode_approval(std::string_view bytes);

}  // namespace cemli
