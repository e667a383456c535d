#include "reconciler/record/run_result.h"

#include <fmt/format.h>

#include "state/base/clock.h"

namespace cemli {
namespace {

void count(RunCounts& counts, const std::string& status) {
  if (status == "succeeded") ++counts.succeeded;
  if (status == "failed" || status == "rolled_back") ++counts.failed;
  if (status == "error") ++counts.error;
  if (status == "interrupted") ++counts.interrupted;
  if (status == "blocked") ++counts.blocked;
  if (status == "not_started") ++counts.not_started;
}

RunResultLine line_of(const Action& action, const std::map<Address, PackageFinished>& ended,
                      const Execution& execution) {
  RunResultLine line{action.address, action.kind, action.version, "not_started", 0, {}, {}, {}, {}};
  if (const auto found = ended.find(action.address); found != ended.end()) {
    const PackageFinished& end = found->second;
    line.status = word_of(end.outcome);
    line.attempt = end.attempt;
    line.summary = end.summary;
    line.start = end.start;
    line.end = end.end;
    line.evidence = end.evidence;
  } else if (const auto blocked = execution.blocked.find(action.address);
             blocked != execution.blocked.end()) {
    line.status = "blocked";
    line.summary = fmt::format("'{}' did not succeed", blocked->second.text());
  } else if (action.kind == ActionKind::blocked || action.kind == ActionKind::held) {
    line.status = word_of(action.kind);
  } else if (action.kind == ActionKind::forget) {
    line.status = "forgotten";
  }
  return line;
}

}  // namespace

RunResult compose_run_result(const RunRecordFacts& facts, const Plan& plan,
                             const ObjectReference& plan_object, Timestamp start,
                             const std::map<Address, PackageFinished>& ended,
                             const Execution& execution, const RecordedState& recorded,
                             std::uint64_t store_retries) {
  RunResult result{facts.run,
                   facts.environment,
                   recorded.log.value_or(""),
                   "succeeded",
                   {},
                   facts.commit,
                   plan.desired,
                   facts.plan,
                   start,
                   wall_now(),
                   {},
                   facts.principal,
                   facts.host,
                   facts.version,
                   *recorded.head,
                   plan_object,
                   {},
                   store_retries,
                   facts.approvals};
  if (recorded.active_run) result.why = recorded.active_run->started.why;
  for (const Action& action : plan.actions) {
    if (action.kind == ActionKind::none) continue;
    result.packages.push_back(line_of(action, ended, execution));
    count(result.counts, result.packages.back().status);
  }
  const RunCounts& counts = result.counts;
  if (counts.failed + counts.error + counts.blocked + counts.interrupted > 0 ||
      execution.runner_lost)
    result.outcome = "failed";
  // Without a signal it was an operator's word that kept something from being started.
  const bool is_cut_short = result.outcome == "succeeded" && counts.not_started > 0;
  if (execution.signal || is_cut_short) result.outcome = "stopped";
  return result;
}

}  // namespace cemli
