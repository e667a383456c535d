#include "state/evidence_audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "state/approval.h"
#include "state/base/checksum.h"
#include "state/base/parse_json.h"
#include "state/base/signature_checker.h"
#include "state/evidence.h"
#include "state/object_names.h"

namespace cemli {
namespace {

constexpr std::size_t kAllEvidence = std::numeric_limits<std::size_t>::max();

/// Whether a plan's text says that this is its digest.
bool is_plan_of(const std::string& text, const Digest& digest) {
  const auto plan = parse_json(text);
  return plan && plan->is_object() && plan->value("digest", nlohmann::json()) == digest.hex();
}

}  // namespace

void EvidenceAuditor::note(const Event& event, const Writer& writer) {
  using Kind = Expectation::Kind;
  const std::string& environment = environment_;
  if (const auto* started = std::get_if<RunStarted>(&event)) {
    ++audit_.runs;
    const RunId& run = started->run;
    plans_.insert_or_assign(run, started->plan);
    if (converged_) converged_before_.insert_or_assign(run, *converged_);
    expected_[plan_key(environment, run)] = {Kind::plan, run};
    expected_[policy_key(environment, run)] = {Kind::policy, run, started->policy};
    expected_[allowed_signers_key(environment, run)] = {Kind::signers, run};
    expected_[revoked_keys_key(environment, run)] = {Kind::signers, run};
    for (const UsedApproval& used : started->approvals) {
      expected_[used.statement.key] = {Kind::approval, run, used.statement.digest, true};
      expected_[signature_key(used.statement.key)] = {
          Kind::approval_signature, run, {}, true, {}, used};
    }
    expected_[run_result_key(environment, run)] = {Kind::run_result, run};
  } else if (const auto* finished = std::get_if<RunFinished>(&event)) {
    if (finished->converged) converged_ = finished->run;
    if (!finished->result) return;
    require(*finished->result);
    expected_[policy_key(environment, finished->run)].required = true;
  } else if (const auto* attempt = std::get_if<PackageStarted>(&event)) {
    ++audit_.attempts;
    const RunId run = writer.run.value_or("");
    const Address& address = attempt->identity.address;
    expected_[plan_key(environment, run)].required = true;
    expected_[policy_key(environment, run)].required = true;
    const std::string result = result_key(environment, run, address, attempt->attempt);
    expected_[result] = {Kind::attempt_result, run};
    expected_[files_key(environment, run, address, attempt->attempt)] = {
        Kind::files, run, {}, false, result};
  } else if (const auto* ended = std::get_if<PackageFinished>(&event)) {
    if (ended->evidence) require(*ended->evidence);
  } else if (const auto* reported = std::get_if<PackageReported>(&event)) {
    if (reported->end.evidence) require(*reported->end.evidence);
  }
}

void EvidenceAuditor::require(const ObjectReference& reference) {
  Expectation& expectation = expected_[reference.key];
  expectation.digest = reference.digest;
  expectation.required = true;
}

Result<EvidenceAudit> EvidenceAuditor::check(const std::optional<std::string>& log) {
  log_ = log;
  using Kind = Expectation::Kind;
  auto keys = results_.list(runs_prefix(environment_), "", kAllEvidence);
  if (!keys) return std::move(keys).error().while_doing("listing evidence");
  std::set<std::string> present(keys->begin(), keys->end());
  for (const std::string& key : present) {
    if (!expected_.contains(key)) find(key, "the log knows nothing of it");
  }
  // Who approved what was not run after all is nothing the log knows of.
  for (const std::string& prefix :
       {approvals_prefix(environment_), approved_plans_prefix(environment_)}) {
    auto more = results_.list(prefix, "", kAllEvidence);
    if (!more) return std::move(more).error().while_doing("listing approvals");
    present.insert(more->begin(), more->end());
  }
  // First those that name the digests of others.
  for (const std::vector<Kind>& kinds :
       {std::vector{Kind::run_result, Kind::attempt_result, Kind::policy, Kind::approval},
        {Kind::plan, Kind::files, Kind::signers, Kind::approved_plan, Kind::approval_signature}}) {
    for (const auto& [key, expectation] : expected_) {
      if (std::find(kinds.begin(), kinds.end(), expectation.kind) == kinds.end()) continue;
      if (!present.contains(key)) {
        if (expectation.required) find(key, "missing");
      } else if (auto checked = check_object(key, expectation); !checked) {
        return std::move(checked).error();
      }
    }
  }
  return std::move(audit_);
}

Result<void> EvidenceAuditor::check_object(const std::string& key, const Expectation& expectation) {
  using Kind = Expectation::Kind;
  if (expectation.kind == Kind::approval_signature) return check_signature(key, expectation);
  if (!expectation.digest && expectation.kind != Kind::plan) {
    if (expectation.kind == Kind::files && expected_[expectation.named_by].digest)
      find(key, fmt::format("'{}' does not name it, or is altered itself", expectation.named_by));
    // A run that was cut off before anything of it began may have left them, and no rules.
    if (expectation.kind == Kind::signers &&
        expected_[policy_key(environment_, expectation.run)].required)
      find(key, "the run's 'policy.json' does not name it, or is altered itself");
    return {};
  }
  auto bytes = results_.get(key);
  if (!bytes) return std::move(bytes).error().while_doing(fmt::format("reading '{}'", key));
  ++audit_.objects;
  if (!*bytes || (expectation.digest && Digest::of(**bytes) != *expectation.digest)) {
    find(key, "altered: its digest is not the recorded one");
    return {};
  }
  if (expectation.kind == Kind::plan) check_plan(key, expectation.run, **bytes);
  if (expectation.kind == Kind::policy) note_policy(key, expectation.run, **bytes);
  if (expectation.kind == Kind::approval) note_approval(key, **bytes);
  if (expectation.kind == Kind::approved_plan) check_approved_plan(key, **bytes);
  if (expectation.kind == Kind::run_result) note_run_result(key, **bytes);
  if (expectation.kind == Kind::attempt_result) note_attempt_result(key, **bytes);
  return {};
}

/// By the signers of a run's rules, at the time that the statement says.
Result<SignatureVerdict> EvidenceAuditor::judge_by(const RunId& run, const SignedBytes& subject,
                                                   Timestamp time) {
  auto allowed = results_.get(allowed_signers_key(environment_, run));
  if (!allowed) return std::move(allowed).error();
  auto revoked = results_.get(revoked_keys_key(environment_, run));
  if (!revoked) return std::move(revoked).error();
  if (!*allowed) return SignatureVerdict(NoSigner{"the run's rules name no signers"});
  return cemli::check_signature(subject, {**std::move(allowed), *std::move(revoked)}, time);
}

/// A run is judged by its own rules and by those that had converged before: it names the approvals
/// that either counted.
Result<SignatureVerdict> EvidenceAuditor::judge(const RunId& run, const SignedBytes& subject,
                                                Timestamp time) {
  auto verdict = judge_by(run, subject, time);
  if (!verdict || std::holds_alternative<Signer>(*verdict)) return verdict;
  const auto before = converged_before_.find(run);
  if (before == converged_before_.end()) return verdict;
  auto earlier = judge_by(before->second, subject, time);
  if (!earlier || std::holds_alternative<Signer>(*earlier)) return earlier;
  return verdict;
}

Result<void> EvidenceAuditor::check_signature(const std::string& key,
                                              const Expectation& expectation) {
  const UsedApproval& used = *expectation.approval;
  auto signature = results_.get(key);
  if (!signature) return std::move(signature).error().while_doing(fmt::format("reading '{}'", key));
  auto bytes = results_.get(used.statement.key);
  if (!bytes) return std::move(bytes).error().while_doing("reading an approval");
  ++audit_.objects;
  if (!*signature || !*bytes) return {};
  const auto statement = decode_approval(**bytes);
  if (!statement) return {};
  auto verdict =
      judge(expectation.run, {**bytes, **signature, kApprovalNamespace}, statement->time);
  if (!verdict) return std::move(verdict).error().while_doing("judging an approval");
  if (const auto* nobody = std::get_if<NoSigner>(&*verdict)) {
    find(key, fmt::format("not the signature of an approver: {}", nobody->why));
  } else if (const auto& signer = std::get<Signer>(*verdict);
             signer.key != used.key || signer.principal != used.principal) {
    find(key,
         fmt::format("{}'s, and the run recorded that of {}", signer.principal, used.principal));
  }
  return {};
}

void EvidenceAuditor::note_run_result(const std::string& key, const std::string& bytes) {
  auto result = decode_run_result(bytes);
  if (!result) return find(key, result.error().message());
  audit_.anchors.push_back({result->head, key});
  require(result->plan_object);
}

void EvidenceAuditor::note_policy(const std::string& key, const RunId& run,
                                  const std::string& bytes) {
  auto files = read_policy_files(bytes, environment_, run);
  if (!files) return find(key, files.error().message());
  for (const ObjectReference& file : *files) {
    Expectation& expectation = expected_[file.key];
    expectation.digest = file.digest;
    // A run that was cut off before anything of it began may have left its rules alone.
    expectation.required = expected_[key].required;
  }
}

void EvidenceAuditor::note_approval(const std::string& key, const std::string& bytes) {
  auto statement = decode_approval(bytes);
  if (!statement) return find(key, statement.error().message());
  if (statement->environment != environment_ || (statement->log && statement->log != log_))
    return find(key, "an approval for another environment or log");
  const ObjectReference plan = reference_of_plan(*statement);
  expected_[plan.key] = {Expectation::Kind::approved_plan, {}, plan.digest, true};
  approved_.insert_or_assign(plan.key, statement->plan);
}

void EvidenceAuditor::check_approved_plan(const std::string& key, const std::string& bytes) {
  if (!is_plan_of(bytes, approved_.at(key))) find(key, "not the plan whose digest was approved");
}

void EvidenceAuditor::note_attempt_result(const std::string& key, const std::string& bytes) {
  auto attempt = decode_attempt(bytes);
  if (!attempt) return find(key, attempt.error().message());
  if (attempt->files_zip) require(*attempt->files_zip);
}

void EvidenceAuditor::check_plan(const std::string& key, const RunId& run,
                                 const std::string& bytes) {
  const auto recorded = plans_.find(run);
  if (recorded == plans_.end() || !is_plan_of(bytes, recorded->second))
    return find(key, "not the plan whose digest the run recorded");
  // Of a run that was set aside, no result has the digest of these bytes.
  if (auto checked = check_checksum(bytes); !checked) find(key, checked.error().message());
}

void EvidenceAuditor::find(const std::string& object, std::string what) {
  audit_.findings.push_back(Finding{object, std::move(what)});
}

}  // namespace cemli
