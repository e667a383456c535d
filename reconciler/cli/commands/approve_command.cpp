#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <ostream>
#include <utility>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/commands/planning.h"
#include "reconciler/cli/signing.h"
#include "reconciler/desired/signer_files.h"
#include "reconciler/plan/approval_cover.h"
#include "reconciler/plan/plan_codec.h"
#include "reconciler/report/plan_text.h"
#include "state/approval_store.h"
#include "state/base/signature_checker.h"
#include "state/base/ssh_signature.h"

namespace cemli {
namespace {

/// So many digits of a plan's digest are enough to name it.
constexpr std::size_t kFewestDigits = 12;

bool is_digest_start(const std::string& text) {
  return text.size() >= kFewestDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// `stale` where what is due is not what is to be approved.
Result<void> check_subject(const ApproveCommand& command, const std::optional<SavedPlan>& saved,
                           const Plan& plan) {
  if (saved) {
    if (saved->digest == plan.digest()) return {};
    if (auto stands = check_it_stands(*saved, plan); !stands) return stands;
    return Error(ErrorCode::stale, "a part of the saved plan is done already, and nothing was done")
        .with_hint("approve what is left: cemli plan -e " + plan.environment + " -o FILE");
  }
  if (plan.digest().hex().starts_with(command.plan)) return {};
  return Error(ErrorCode::stale,
               fmt::format("what is due at '{}' is plan {}, not {}; nothing was done",
                           command.revision, plan.digest().abbreviated(), command.plan))
      .with_hint("look at it again: cemli plan -e " + plan.environment + " --ref " +
                 command.revision);
}

class Approve {
 public:
  Approve(const ApproveCommand& command, EnvironmentContext& context, Streams& streams)
      : command_(command), context_(context), streams_(streams) {}

  Result<ExitStatus> run(const std::optional<SavedPlan>& saved) {
    const auto key = choose_signing_key(command_.key);
    if (!key) return key.error();
    PlanOptions options;
    if (saved) options.selection = saved->selection;
    auto planning = plan_environment(context_, options, streams_);
    if (!planning) return std::move(planning).error();
    const Plan& plan = planning->plan;
    if (auto subject = check_subject(command_, saved, plan); !subject)
      return std::move(subject).error();
    streams_.out << plan_text(plan, streams_.out_style) << std::flush;
    if (!plan.has_work())
      return Error(ErrorCode::usage, "there is nothing to be done, and so nothing to approve");
    if (command_.question == ApproveCommand::Question::ask) {
      auto answer = ask(fmt::format("Approve this for '{}'?", plan.environment),
                        fmt::format("cemli approve {} --yes", command_.plan), streams_);
      if (!answer) return std::move(answer).error();
    }
    return sign(*planning, *key);
  }

 private:
  Result<ExitStatus> sign(const Planning& planning, const std::filesystem::path& key) {
    const auto [statement, plan] = approval_of(planning.plan, planning.reading.state, wall_now());
    const std::string bytes = encode_approval(statement);
    auto signature = make_signature(bytes, key, kApprovalNamespace);
    if (!signature) return std::move(signature).error();
    auto signer = find_signer({bytes, *signature, kApprovalNamespace}, statement.time);
    if (!signer) return std::move(signer).error();
    auto kept = keep_approval(*context_.results, statement, plan, *signature);
    if (!kept) return std::move(kept).error();
    streams_.out << fmt::format("\nApproved by {} ({}): plan {} for '{}'\n", signer->principal,
                                signer->key, planning.plan.digest().abbreviated(),
                                planning.plan.environment);
    return ExitStatus::done;
  }

  /// `refused` where the signature would not count.
  Result<Signer> find_signer(const SignedBytes& subject, Timestamp time) {
    const auto files = files_of(context_.settings.signers);
    auto verdict = files ? check_signature(subject, *files, time)
                         : Result<SignatureVerdict>(NoSigner{std::string(kAllowedSigners) +
                                                             " is missing from that commit"});
    if (!verdict) return std::move(verdict).error();
    if (auto* signer = std::get_if<Signer>(&*verdict)) return std::move(*signer);
    return Error(ErrorCode::refused,
                 fmt::format("your approval would not count, and was not kept: {}",
                             std::get<NoSigner>(*verdict).why))
        .with_hint(fmt::format("{} says whose signatures count", kAllowedSigners));
  }

  const ApproveCommand& command_;
  EnvironmentContext& context_;
  Streams& streams_;
};

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& global, const ApproveCommand& command,
                               Streams& streams) {
  GlobalOptions where = global;
  std::optional<SavedPlan> saved;
  std::string revision = command.revision;
  if (std::filesystem::exists(command.plan)) {
    auto read = read_saved_plan(command.plan, global);
    if (!read) return std::move(read).error();
    saved = *std::move(read);
    where.environment = saved->environment;
    // It is judged at the commit that it was made for, which need not be checked out.
    if (saved->commit) revision = *saved->commit;
  } else if (!is_digest_start(command.plan)) {
    return Error(ErrorCode::usage,
                 fmt::format("'{}' is neither a file nor the start of a plan's digest (at least {} "
                             "hex digits)",
                             command.plan, kFewestDigits))
        .with_hint("cemli plan -e ENV shows the digest, and with -o FILE saves the plan");
  }
  auto context = open_environment(where, revision);
  if (!context) return std::move(context).error();
  return Approve(command, *context, streams).run(saved);
}

}  // namespace cemli
