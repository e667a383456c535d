#include "state/run_history.h"

#include <algorithm>

#include "state/log.h"

namespace cemli {
namespace {

/// Collects the events of one run.
class RunCollector {
 public:
  explicit RunCollector(RunId run) : run_(std::move(run)) {}

  void visit(const Entry& entry, const Digest& digest) {
    for (const Event& event : entry.events) {
      if (const auto* abandoned = std::get_if<RunAbandoned>(&event)) {
        if (result_ && abandoned->run == run_) end(entry, "abandoned");
      } else if (entry.writer.run == run_) {
        take(entry, event);
        if (result_) result_->head = {entry.seq, digest};
      }
    }
  }

  std::optional<RunResult> take_result() { return std::move(result_); }

 private:
  void take(const Entry& entry, const Event& event) {
    if (const auto* started = std::get_if<RunStarted>(&event)) {
      result_ = RunResult{run_,
                          entry.environment,
                          entry.log,
                          "running",
                          started->why,
                          started->commit,
                          started->desired,
                          started->plan,
                          entry.time,
                          entry.time,
                          {},
                          display_name(entry.writer),
                          entry.writer.host,
                          entry.writer.version,
                          {entry.seq, Digest::of("")},
                          {"", Digest::of("")},
                          {}};
    } else if (!result_) {
      return;
    } else if (const auto* attempt = std::get_if<PackageStarted>(&event)) {
      result_->packages.push_back(
          RunResultLine{attempt->identity.address, attempt->action, attempt->identity.version,
                        "running", attempt->attempt, "", entry.time, std::nullopt, std::nullopt});
    } else if (const auto* ended = std::get_if<PackageFinished>(&event)) {
      finish(*ended);
    } else if (const auto* finished = std::get_if<RunFinished>(&event)) {
      result_->counts = finished->counts;
      end(entry, finished->outcome);
    }
    result_->end = entry.time;
  }

  void finish(const PackageFinished& ended) {
    for (RunResultLine& line : result_->packages) {
      if (line.address != ended.address || line.attempt != ended.attempt) continue;
      line.status = word_of(ended.outcome);
      line.summary = ended.summary;
      line.start = ended.start;
      line.end = ended.end;
      line.evidence = ended.evidence;
    }
  }

  void end(const Entry& entry, const std::string& outcome) {
    result_->outcome = outcome;
    result_->end = entry.time;
    for (RunResultLine& line : result_->packages) {
      if (line.status == "running") line.status = "interrupted";
    }
  }

  RunId run_;
  std::optional<RunResult> result_;
};

}  // namespace

Result<std::optional<RunResult>> run_from_log(Store& state, const std::string& environment,
                                              const RunId& run) {
  RunCollector collector(run);
  auto read = for_each_entry(
      state, environment,
      [&collector](const Entry& entry, const Digest& digest) { collector.visit(entry, digest); });
  if (!read) return std::move(read).error();
  return collector.take_result();
}

}  // namespace cemli
