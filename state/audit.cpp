#include "state/audit.h"

#include <fmt/format.h>

#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "state/checkpoint.h"
#include "state/event.h"
#include "state/evidence_audit.h"
#include "state/object_names.h"
#include "state/state_copy.h"

namespace cemli {
namespace {

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

class Auditor {
 public:
  Auditor(Store& state, Store& results, const std::string& environment, std::vector<Anchor> anchors)
      : state_(state), anchors_(std::move(anchors)), evidence_(results, environment) {
    report_.environment = environment;
    fold_.environment = environment;
  }

  Result<AuditReport> run() {
    if (auto listed = list_checkpoints(); !listed) return std::move(listed).error();
    if (auto walked = walk_log(); !walked) return std::move(walked).error();
    if (auto checked = check_stray_copies(); !checked) return std::move(checked).error();
    auto evidence = evidence_.check(fold_.log);
    if (!evidence) return std::move(evidence).error();
    take(*std::move(evidence));
    check_anchors();
    report_.log = fold_.log;
    report_.closed = fold_.closed;
    return std::move(report_);
  }

 private:
  void find(std::string object, std::string what) {
    report_.findings.push_back(Finding{std::move(object), std::move(what)});
  }

  void take(EvidenceAudit evidence) {
    report_.runs = evidence.runs;
    report_.attempts = evidence.attempts;
    report_.objects = evidence.objects;
    std::move(evidence.findings.begin(), evidence.findings.end(),
              std::back_inserter(report_.findings));
    std::move(evidence.anchors.begin(), evidence.anchors.end(), std::back_inserter(anchors_));
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
    for (const Event& event : entry->events) evidence_.note(event, entry->writer);
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
  std::vector<Anchor> anchors_;
  AuditReport report_;
  RecordedState fold_;
  bool fold_is_sound_ = true;
  std::optional<Digest> last_digest_;
  std::map<std::uint64_t, std::string> checkpoints_;
  std::set<std::string> copies_;
  std::map<std::uint64_t, Digest> heads_;
  EvidenceAuditor evidence_;
};

}  // namespace

Result<AuditReport> audit_environment(Store& state, Store& results, const std::string& environment,
                                      std::vector<Anchor> anchors) {
  return Auditor(state, results, environment, std::move(anchors)).run();
}

}  // namespace cemli
