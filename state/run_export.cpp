#include "state/run_export.h"

#include <fmt/format.h>

#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "state/approval.h"
#include "state/base/dump_json.h"
#include "state/evidence.h"
#include "state/export_readme.h"
#include "state/object_names.h"

namespace cemli {
namespace {

/// The error of a record that cannot be exported, as it proves nothing.
Error altered(const std::string& environment, const std::string& key, std::string_view what) {
  return Error(ErrorCode::corrupt, fmt::format("'{}': {}", key, what))
      .with_hint("cemli audit verify -e " + environment);
}

class Exporter {
 public:
  Exporter(Store& state, Store& results, const std::string& environment, const RunId& run,
           const ExportSink& sink)
      : state_(state), results_(results), environment_(environment), run_(run), sink_(sink) {}

  Result<RunExport> run() {
    if (auto walked = export_log(); !walked) return std::move(walked).error();
    if (!found_) {
      return Error(ErrorCode::not_found, fmt::format("the log does not know run '{}'", run_))
          .with_hint("cemli history -e " + environment_);
    }
    if (!ended_) {
      return Error(ErrorCode::conflict, fmt::format("run '{}' has not ended yet", run_))
          .with_hint("cemli status -e " + environment_);
    }
    if (auto exported = export_evidence(); !exported) return std::move(exported).error();
    if (auto listed = export_lists(); !listed) return std::move(listed).error();
    return export_;
  }

 private:
  /// What the record vouches for.
  Result<void> take_recorded(const std::string& key, const Digest& digest, std::string_view bytes) {
    sums_ += fmt::format("{}  recorded/{}\n", digest.hex(), key);
    return sink_("recorded/" + key, bytes);
  }

  Result<void> export_log() {
    std::optional<Head> head;
    for (std::uint64_t seq = 1;; ++seq) {
      const std::string key = log_key(environment_, seq);
      auto bytes = state_.get(key);
      if (!bytes) return std::move(bytes).error().while_doing("reading the log");
      if (!*bytes) return {};
      auto entry = decode_entry(**bytes);
      if (!entry) return altered(environment_, key, entry.error().message());
      const std::optional<Digest> previous =
          head ? std::optional<Digest>(head->digest) : std::nullopt;
      if (entry->seq != seq || entry->prev != previous)
        return altered(environment_, key, "does not continue the entry before it");
      head = Head{seq, Digest::of(**bytes)};
      note(*entry);
      if (!found_) continue;
      export_.head = *head;
      ++export_.entries;
      if (auto taken = take_recorded(key, head->digest, **bytes); !taken) return taken;
    }
  }

  void note(const Entry& entry) {
    for (const Event& event : entry.events) {
      if (const auto* abandoned = std::get_if<RunAbandoned>(&event)) {
        if (abandoned->run == run_) {
          ended_ = true;
          export_.last = entry.seq;
        }
      } else if (const auto* reported = std::get_if<PackageReported>(&event)) {
        if (reported->run == run_) name(reported->end.evidence);
      } else if (entry.writer.run == run_) {
        note_own(entry, event);
      }
    }
  }

  void note_own(const Entry& entry, const Event& event) {
    if (const auto* started = std::get_if<RunStarted>(&event)) {
      found_ = true;
      policy_ = started->policy;
      export_.approvals = started->approvals;
      for (const UsedApproval& approval : started->approvals) name(approval.statement);
      export_.log = entry.log;
      export_.run = run_;
      export_.first = entry.seq;
    } else if (const auto* attempt = std::get_if<PackageStarted>(&event)) {
      const Identity& identity = attempt->identity;
      export_.packages.insert({identity.address.name(), identity.version, identity.content});
      name_policy();
    } else if (const auto* package = std::get_if<PackageFinished>(&event)) {
      name(package->evidence);
    } else if (const auto* finished = std::get_if<RunFinished>(&event)) {
      ended_ = true;
      export_.last = entry.seq;
      name(finished->result);
      // Where not even a result could be written, nothing was.
      if (finished->result) name_policy();
    }
  }

  void name_policy() {
    if (policy_) name(ObjectReference{policy_key(environment_, run_), *policy_});
  }

  void name(const std::optional<ObjectReference>& reference) {
    if (reference) named_.insert_or_assign(reference->key, reference->digest);
  }

  /// Results first: they name the plan and what is in `files.zip`.
  Result<void> export_evidence() {
    auto keys =
        results_.list(run_prefix(environment_, run_), "", std::numeric_limits<std::size_t>::max());
    if (!keys) return std::move(keys).error().while_doing("listing evidence");
    if (auto exported = export_named(); !exported) return exported;
    for (const std::string& key : *keys) {
      if (exported_.contains(key)) continue;
      if (auto exported = export_object(key); !exported) return exported;
    }
    return export_named();
  }

  /// What is named by now; those objects may name more.
  Result<void> export_named() {
    const std::map<std::string, Digest> named = named_;
    for (const auto& [key, digest] : named) {
      if (exported_.contains(key)) continue;
      if (auto exported = export_object(key); !exported) return exported;
    }
    return {};
  }

  Result<void> export_object(const std::string& key) {
    auto bytes = results_.get(key);
    if (!bytes) return std::move(bytes).error().while_doing(fmt::format("reading '{}'", key));
    if (!*bytes) return altered(environment_, key, "missing");
    ++export_.objects;
    const auto named = named_.find(key);
    if (named == named_.end()) {
      ++export_.unnamed_objects;
      return sink_("unnamed/" + key, **bytes);
    }
    if (named->second != Digest::of(**bytes))
      return altered(environment_, key, "its digest is not the recorded one");
    exported_.insert(key);
    if (auto noted = note_object(key, **bytes); !noted) return noted;
    return take_recorded(key, named->second, **bytes);
  }

  Result<void> note_object(const std::string& key, const std::string& bytes) {
    if (key == run_result_key(environment_, run_)) {
      auto result = decode_run_result(bytes);
      if (!result) return altered(environment_, key, result.error().message());
      name(result->plan_object);
    } else if (key == policy_key(environment_, run_)) {
      auto files = read_policy_files(bytes, environment_, run_);
      if (!files) return altered(environment_, key, files.error().message());
      for (ObjectReference& file : *files) name(std::move(file));
    } else if (key.starts_with(approvals_prefix(environment_))) {
      auto statement = decode_approval(bytes);
      if (!statement) return altered(environment_, key, statement.error().message());
      if (statement->environment != environment_)
        return altered(environment_, key, "it is of another environment");
      name(reference_of_plan(*statement));
    } else if (key.ends_with("/result.json")) {
      auto attempt = decode_attempt(bytes);
      if (!attempt) return altered(environment_, key, attempt.error().message());
      name(attempt->files_zip);
    }
    return {};
  }

  Result<void> export_lists() {
    const nlohmann::ordered_json facts{
        {"format", 1},
        {"environment", environment_},
        {"log", export_.log},
        {"run", run_},
        {"first", export_.first},
        {"head", {{"seq", export_.head.seq}, {"entry", export_.head.digest.hex()}}}};
    for (const auto& [path, text] : {std::pair<const char*, std::string>{"SHA256SUMS", sums_},
                                     {"export.json", dump_pretty(facts)},
                                     {"README", std::string(kExportReadme)}}) {
      if (auto taken = sink_(path, text); !taken) return taken;
    }
    return {};
  }

  Store& state_;
  Store& results_;
  const std::string& environment_;
  const RunId& run_;
  const ExportSink& sink_;
  RunExport export_{"", "", 1, 1, {0, Digest::of("")}};
  bool found_ = false;
  bool ended_ = false;
  std::string sums_;
  /// What the log, or an object that it names, says of evidence.
  std::map<std::string, Digest> named_;
  std::set<std::string> exported_;
  std::optional<Digest> policy_;
};

}  // namespace

Result<RunExport> export_run(Store& state, Store& results, const std::string& environment,
                             const RunId& run, const ExportSink& sink) {
  return Exporter(state, results, environment, run, sink).run();
}

}  // namespace cemli
