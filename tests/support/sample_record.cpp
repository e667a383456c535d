#include "tests/support/sample_record.h"

#include <catch2/catch.hpp>
#include <utility>

#include "state/base/checksum.h"
#include "state/object_names.h"
#include "state/state_copy.h"
#include "tests/support/sample_log.h"

namespace cemli::test {

SampleRecord::SampleRecord(std::string environment) : environment_(std::move(environment)) {
  log_.state.environment = environment_;
  record_run();
  record_operators();
  if (!write_checkpoint(state, log_)) FAIL("the checkpoint was not written");
  record_abandoned_run();
  append(operator_jane(), {PackageTainted{address_of("a"), "restored"},
                           PackageHeld{address_of("b"), Digest::of("desired"), "audit"}});
}

void SampleRecord::append(const Writer& writer, std::vector<Event> events) {
  const std::uint64_t seq = log_.state.seq() + 1;
  Entry entry{"log of " + environment_, environment_, seq, {}, moment(0), writer, "n",
              std::move(events)};
  if (log_.state.head) entry.prev = log_.state.head->digest;
  const std::string bytes = encode_entry(entry);
  state.objects[log_key(environment_, seq)] = bytes;
  const auto folded = fold_bytes(state, log_, bytes);
  if (!folded) FAIL(folded.error().message());
}

ObjectReference SampleRecord::put(const std::string& key, const std::string& bytes) {
  const std::string whole = runs_prefix(environment_) + key;
  results.objects[whole] = bytes;
  return {whole, Digest::of(bytes)};
}

ObjectReference SampleRecord::put_plan(const RunId& run) {
  put(run + "/policy.json", sample_policy());
  put(run + "/allowed_signers", kSampleSigners);
  const std::string plan = R"({"actions":[],"digest":")" + Digest::of("plan").hex() + "\"}\n";
  return put(run + "/plan.json", with_checksum(plan));
}

AttemptEvidence SampleRecord::evidence(const RunId& run, const PackageFinished& finished,
                                       std::optional<ObjectReference> files_zip) const {
  return {finished.address,
          finished.attempt,
          run,
          environment_,
          ActionKind::run,
          finished.outcome,
          finished.summary,
          finished.start,
          finished.end,
          identity_of(finished.address.text()),
          "",
          "",
          Digest::of("zip"),
          "",
          {},
          "",
          "",
          {},
          std::nullopt,
          Digest::of("plan"),
          std::move(files_zip),
          {}};
}

void SampleRecord::record_run() {
  append(written_by("r1"), {run_started("r1")});
  const ObjectReference plan = put_plan("r1");
  append(written_by("r1"), {started("a", 1), started("b", 1)});
  PackageFinished done = finished("a", 1, OutcomeKind::succeeded);
  const ObjectReference zip = put("r1/a/1/files.zip", "PK, and what the step printed");
  done.evidence = put("r1/a/1/result.json", encode_attempt(evidence("r1", done, zip)));
  PackageFinished failed = finished("b", 1, OutcomeKind::failed);
  failed.evidence = put("r1/b/1/result.json", encode_attempt(evidence("r1", failed, {})));
  append(written_by("r1"), {done, failed});
  RunFinished end = run_finished("r1");
  const RunResult result{"r1",
                         environment_,
                         "log of " + environment_,
                         "failed",
                         "apply",
                         std::nullopt,
                         Digest::of("desired"),
                         Digest::of("plan"),
                         moment(0),
                         moment(9),
                         {1, 1, 0, 0, 0, 0},
                         "",
                         "",
                         "",
                         head(),
                         plan,
                         {}};
  end.result = put("r1/result.json", encode_run_result(result));
  append(written_by("r1"), {end});
}

void SampleRecord::record_operators() {
  append(operator_jane(),
         {PackageAdopted{identity_of("c"), {address_of("a")}, {"check"}, "by the vendor"}});
  append(operator_jane(),
         {PackageMoved{address_of("c"), address_of("d"), std::nullopt, "renamed"}});
  RecordedState source = log_.state;
  source.environment = "prod";
  const auto copy = write_state_copy(state, environment_, source);
  REQUIRE(copy);
  append(operator_jane(),
         {EnvironmentRefreshed{"prod", source.head->seq, source.head->digest, *copy, "cloned"}});
}

void SampleRecord::record_abandoned_run() {
  append(written_by("r2"), {run_started("r2")});
  put_plan("r2");
  append(written_by("r2"), {started("a", 2)});
  append(operator_jane(), {RunAbandoned{"r2", "machine lost"}});
  PackageFinished late = finished("a", 2, OutcomeKind::succeeded);
  late.evidence = put("r2/a/2/result.json", encode_attempt(evidence("r2", late, {})));
  append(operator_jane(), {PackageReported{"r2", late}});
}

AuditReport SampleRecord::audit(std::vector<Anchor> anchors) {
  auto report = audit_environment(state, results, environment_, std::move(anchors));
  if (!report) FAIL(report.error().message());
  return *std::move(report);
}

}  // namespace cemli::test
