#include "state/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "state/approval.h"
#include "state/base/checksum.h"
#include "state/base/parse_json.h"
#include "state/checkpoint.h"
#include "state/event.h"
#include "state/evidence.h"
#include "state/object_names.h"
#include "state/state_copy.h"

namespace cemli {
namespace {

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

/// What the log, and the results it names, say about one object of evidence.
struct Expectation {
  enum class Kind {
    plan,
    policy,
    signers,
    approval,
    approved_plan,
    run_result,
    attempt_result,
    files
  };
  Kind kind = Kind::plan;
  RunId run = {};
  /// Absent: it may be there, with any bytes.
  std::optional<Digest> digest = std::nullopt;
  bool required = false;
  /// Of files: the attempt's result, which has their digest.
  std::string named_by = {};
};

class Auditor {
 public:
  Auditor(Store& state, Store& results, const std::string& environment, std::vector<Anchor> anchors)
      : state_(state), results_(results), anchors_(std::move(anchors)) {
    report_.environment = environment;
    fold_.environment = environment;
  }

  Result<AuditReport> run() {
    if (auto listed = list_checkpoints(); !listed) return std::move(listed).error();
    if (auto walked = walk_log(); !walked) return std::move(walked).error();
    if (auto checked = check_stray_copies(); !checked) return std::move(checked).error();
    if (auto checked = check_evidence(); !checked) return std::move(checked).error();
    check_anchors();
    report_.log = fold_.log;
    report_.closed = fold_.closed;
    return std::move(report_);
  }

 private:
  void find(std::string object, std::string what) {
    report_.findings.push_back(Finding{std::move(object), std::move(what)});
  }

  Result<void> list_checkpoints() {
    const std::string prefix = checkpoint_prefix(report_.environment);
    auto keys = state_.list(prefix, "", kAll);
    if (!keys) return std::move(keys).error().while_doing("listing checkpoints");
    for (const std::string& key : *keys) {
      if (const auto seq = seq_of_checkpoint_key(report_.environment, key)) {
        checkpoints_.emplace(*seq, key);
      } else {
        find(key, "not a checkpoint's name");
      }
    }
    report_.checkpoints = checkpoints_.size();
    return {};
  }

  Result<void> walk_log() {
    auto keys = state_.list(log_prefix(report_.environment), "", kAll);
    if (!keys) return std::move(keys).error().while_doing("listing the log");
    std::uint64_t last = 0;
    for (const std::string& key : *keys) {
      const auto seq = seq_of_log_key(report_.environment, key);
      if (!seq || *seq == 0) {
        find(key, "not a log entry's name");
        continue;
      }
      if (*seq != last + 1) note_gap(last + 1, *seq);
      last = *seq;
      auto bytes = state_.get(key);
      if (!bytes) return std::move(bytes).error().while_doing("reading the log");
      if (auto checked = check_entry(*seq, *bytes); !checked) return checked;
      if (auto checked = check_checkpoint(*seq); !checked) return checked;
    }
    for (const auto& [seq, key] : checkpoints_) {
      if (seq > last) {
        find(key,
             fmt::format("made from entry {}, which the log does not have: its tail is cut", seq));
      } else if (!heads_.contains(seq)) {
        find(key, "cannot be checked: its entry is missing");
      }
    }
    return {};
  }

  /// Named once, however wide: one stray key must not make the audit walk to it.
  void note_gap(std::uint64_t first, std::uint64_t next) {
    find(log_key(report_.environment, first),
         next == first + 1 ? "missing"
                           : fmt::format("missing, as is every entry up to {}", next - 1));
    fold_is_sound_ = false;
    last_digest_.reset();
  }

  Result<void> check_entry(std::uint64_t seq, const std::optional<std::string>& bytes) {
    const std::string key = log_key(report_.environment, seq);
    const std::optional<Digest> previous = std::exchange(last_digest_, std::nullopt);
    if (!bytes) {
      find(key, "missing");
      fold_is_sound_ = false;
      return {};
    }
    ++report_.entries;
    const Digest digest = Digest::of(*bytes);
    last_digest_ = digest;
    report_.head = Head{seq, digest};
    heads_.emplace(seq, digest);
    auto entry = decode_entry(*bytes);
    if (!entry) {
      find(key, entry.error().message());
      fold_is_sound_ = false;
      return {};
    }
    if (entry->seq != seq) {
      find(key, fmt::format("holds entry {}", entry->seq));
      fold_is_sound_ = false;
    }
    if (previous && entry->prev != previous) {
      find(key, fmt::format("does not continue '{}': one of the two was altered",
                            log_key(report_.environment, seq - 1)));
      fold_is_sound_ = false;
    }
    auto copies = read_copies(*entry);
    if (!copies) return std::move(copies).error();
    if (fold_is_sound_) {
      if (auto folded = fold(fold_, *entry, digest, *copies); !folded) {
        find(key, folded.error().message());
        fold_is_sound_ = false;
      }
    }
    for (const Event& event : entry->events) note_event(event, entry->writer);
    return {};
  }

  /// What the entry took over from other environments.
  Result<StateCopies> read_copies(const Entry& entry) {
    StateCopies copies;
    for (const Event& event : entry.events) {
      const auto* refreshed = std::get_if<EnvironmentRefreshed>(&event);
      if (refreshed == nullptr) continue;
      copies_.insert(refreshed->copy.key);
      auto copy = read_state_copy(state_, refreshed->copy);
      if (copy) {
        copies.emplace(refreshed->copy.digest, *std::move(copy));
      } else if (copy.error().code() == ErrorCode::corrupt) {
        find(refreshed->copy.key, copy.error().message());
        fold_is_sound_ = false;
      } else {
        return std::move(copy).error();
      }
    }
    return copies;
  }

  /// A command that was ended before its entry leaves a copy, under the name of its bytes.
  Result<void> check_stray_copies() {
    auto keys = state_.list(state_copies_prefix(report_.environment), "", kAll);
    if (!keys) return std::move(keys).error().while_doing("listing copied states");
    for (const std::string& key : *keys) {
      if (copies_.contains(key)) continue;
      auto bytes = state_.get(key);
      if (!bytes) return std::move(bytes).error().while_doing("reading a copied state");
      if (*bytes && state_copy_key(report_.environment, Digest::of(**bytes)) != key)
        find(key, "the log knows nothing of it");
    }
    return {};
  }

  Result<void> check_checkpoint(std::uint64_t seq) {
    const auto found = checkpoints_.find(seq);
    if (found == checkpoints_.end()) return {};
    auto bytes = state_.get(found->second);
    if (!bytes) return std::move(bytes).error().while_doing("reading a checkpoint");
    if (!fold_is_sound_) {
      find(found->second, "cannot be checked: the log is broken before it");
    } else if (!*bytes || **bytes != encode_checkpoint(fold_)) {
      find(found->second, fmt::format("not the fold of entries 1 to {}", seq));
    }
    return {};
  }

  void note_event(const Event& event, const Writer& writer) {
    using Kind = Expectation::Kind;
    const std::string& environment = report_.environment;
    if (const auto* started = std::get_if<RunStarted>(&event)) {
      ++report_.runs;
      const RunId& run = started->run;
      plans_.insert_or_assign(run, started->plan);
      expected_[plan_key(environment, run)] = {Kind::plan, run};
      expected_[policy_key(environment, run)] = {Kind::policy, run, started->policy};
      expected_[allowed_signers_key(environment, run)] = {Kind::signers, run};
      expected_[revoked_keys_key(environment, run)] = {Kind::signers, run};
      for (const UsedApproval& used : started->approvals)
        expected_[used.statement.key] = {Kind::approval, run, used.statement.digest, true};
      expected_[run_result_key(environment, run)] = {Kind::run_result, run};
    } else if (const auto* finished = std::get_if<RunFinished>(&event)) {
      if (!finished->result) return;
      require(*finished->result);
      expected_[policy_key(environment, finished->run)].required = true;
    } else if (const auto* attempt = std::get_if<PackageStarted>(&event)) {
      ++report_.attempts;
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

  void require(const ObjectReference& reference) {
    Expectation& expectation = expected_[reference.key];
    expectation.digest = reference.digest;
    expectation.required = true;
  }

  Result<void> check_evidence() {
    using Kind = Expectation::Kind;
    auto keys = results_.list(runs_prefix(report_.environment), "", kAll);
    if (!keys) return std::move(keys).error().while_doing("listing evidence");
    std::set<std::string> present(keys->begin(), keys->end());
    for (const std::string& key : present) {
      if (!expected_.contains(key)) find(key, "the log knows nothing of it");
    }
    // Who approved what was not run after all is nothing the log knows of.
    for (const std::string& prefix :
         {approvals_prefix(report_.environment), approved_plans_prefix(report_.environment)}) {
      auto more = results_.list(prefix, "", kAll);
      if (!more) return std::move(more).error().while_doing("listing approvals");
      present.insert(more->begin(), more->end());
    }
    // First those that name the digests of others.
    for (const std::vector<Kind>& kinds :
         {std::vector{Kind::run_result, Kind::attempt_result, Kind::policy, Kind::approval},
          {Kind::plan, Kind::files, Kind::signers, Kind::approved_plan}}) {
      for (const auto& [key, expectation] : expected_) {
        if (std::find(kinds.begin(), kinds.end(), expectation.kind) == kinds.end()) continue;
        if (!present.contains(key)) {
          if (expectation.required) find(key, "missing");
        } else if (auto checked = check_object(key, expectation); !checked) {
          return checked;
        }
      }
    }
    return {};
  }

  Result<void> check_object(const std::string& key, const Expectation& expectation) {
    using Kind = Expectation::Kind;
    if (!expectation.digest && expectation.kind != Kind::plan) {
      if (expectation.kind == Kind::files && expected_[expectation.named_by].digest)
        find(key, fmt::format("'{}' does not name it, or is altered itself", expectation.named_by));
      if (expectation.kind == Kind::signers)
        find(key, "the run's 'policy.json' does not name it, or is altered itself");
      return {};
    }
    auto bytes = results_.get(key);
    if (!bytes) return std::move(bytes).error().while_doing(fmt::format("reading '{}'", key));
    ++report_.objects;
    if (!*bytes || (expectation.digest && Digest::of(**bytes) != *expectation.digest)) {
      find(key, "altered: its digest is not the recorded one");
      return {};
    }
    if (expectation.kind == Kind::plan) check_plan(key, expectation.run, **bytes);
    if (expectation.kind == Kind::policy) note_policy(key, expectation.run, **bytes);
    if (expectation.kind == Kind::approval) note_approval(key, **bytes);
    if (expectation.kind == Kind::run_result) note_run_result(key, **bytes);
    if (expectation.kind == Kind::attempt_result) note_attempt_result(key, **bytes);
    return {};
  }

  void note_run_result(const std::string& key, const std::string& bytes) {
    auto result = decode_run_result(bytes);
    if (!result) return find(key, result.error().message());
    anchors_.push_back({result->head, key});
    require(result->plan_object);
  }

  void note_policy(const std::string& key, const RunId& run, const std::string& bytes) {
    auto files = read_policy_files(bytes, report_.environment, run);
    if (!files) return find(key, files.error().message());
    for (const ObjectReference& file : *files) require(file);
  }

  void note_approval(const std::string& key, const std::string& bytes) {
    auto statement = decode_approval(bytes);
    if (!statement) return find(key, statement.error().message());
    expected_[statement->plan_object.key] = {
        Expectation::Kind::approved_plan, {}, statement->plan_object.digest, true};
  }

  void note_attempt_result(const std::string& key, const std::string& bytes) {
    auto attempt = decode_attempt(bytes);
    if (!attempt) return find(key, attempt.error().message());
    if (attempt->files_zip) require(*attempt->files_zip);
  }

  void check_plan(const std::string& key, const RunId& run, const std::string& bytes) {
    const auto recorded = plans_.find(run);
    const auto plan = parse_json(bytes);
    const bool same = recorded != plans_.end() && plan && plan->is_object() &&
                      plan->value("digest", nlohmann::json()) == recorded->second.hex();
    if (!same) return find(key, "not the plan whose digest the run recorded");
    // Of a run that was set aside, no result has the digest of these bytes.
    if (auto checked = check_checksum(bytes); !checked) find(key, checked.error().message());
  }

  void check_anchors() {
    for (const Anchor& anchor : anchors_) {
      if (anchor.log && report_.entries > 0 && anchor.log != fold_.log) {
        find(log_key(report_.environment, anchor.head.seq),
             fmt::format("{} is of log {}, and this is another one", anchor.seen_in, *anchor.log));
        continue;
      }
      const auto found = heads_.find(anchor.head.seq);
      if (found != heads_.end() && found->second == anchor.head.digest) continue;
      find(log_key(report_.environment, anchor.head.seq),
           found == heads_.end()
               ? fmt::format("missing, but {} has seen it: the log's tail is cut", anchor.seen_in)
               : fmt::format("altered: {} has seen it with another digest", anchor.seen_in));
    }
  }

  Store& state_;
  Store& results_;
  std::vector<Anchor> anchors_;
  AuditReport report_;
  RecordedState fold_;
  bool fold_is_sound_ = true;
  std::optional<Digest> last_digest_;
  std::map<std::uint64_t, std::string> checkpoints_;
  std::set<std::string> copies_;
  std::map<std::uint64_t, Digest> heads_;
  std::map<RunId, Digest> plans_;
  std::map<std::string, Expectation> expected_;
};

}  // namespace

Result<AuditReport> audit_environment(Store& state, Store& results, const std::string& environment,
                                      std::vector<Anchor> anchors) {
  return Auditor(state, results, environment, std::move(anchors)).run();
}

}  // namespace cemli
