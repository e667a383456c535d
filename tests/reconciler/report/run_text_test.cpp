#include "reconciler/report/run_text.h"

#include <catch2/catch.hpp>

#include "tests/reconciler/plan/states.h"
#include "tests/reconciler/report/styles.h"
#include "tests/support/golden.h"

namespace cemli {
namespace {

using test::at;
using test::check_golden;
using test::identity_of;
using test::kColor;
using test::kPlain;
using test::time_at;

const RunId kRun = "20261123T021455Z-6f3a9c21";
const Timestamp kStart = time_at("2026-11-23T02:14:55.000Z");

ObjectReference object_at(const std::string& key) {
  return {key, Digest::of(key)};
}

RunResultLine line_of(std::string_view address, ActionKind action, std::string status,
                      std::string summary, std::optional<int> seconds) {
  RunResultLine line{at(address),        action,       "1.2.0",      std::move(status), 1,
                     std::move(summary), std::nullopt, std::nullopt, std::nullopt};
  if (seconds) {
    line.start = kStart;
    line.end = kStart + std::chrono::seconds(*seconds);
    line.evidence = object_at("prod/runs/x");
  }
  return line;
}

RunResult failed_run() {
  return RunResult{
      kRun,
      "prod",
      "f00dfeed",
      "failed",
      "CHG0012345",
      "3f2a91c0d1e27b7d1f0c9a8b7c6d5e4f3a2b1c0d",
      Digest::of("desired"),
      Digest::of("plan"),
      kStart,
      kStart + std::chrono::seconds(200),
      RunCounts{1, 1, 0, 1, 1, 0},
      "pipeline@build-7",
      "build-7",
      "0.1.0",
      Head{42, Digest::of("entry 42")},
      object_at("prod/runs/20261123T021455Z-6f3a9c21/plan.json"),
      {line_of("gl-base", ActionKind::run, "succeeded", "", 12),
       line_of("fr-l10n[FR]", ActionKind::retry, "failed", "run: exit code 3", 3),
       line_of("gl-approval-config", ActionKind::update, "interrupted", "ended by SIGINT", 65),
       line_of("gl-mail", ActionKind::run, "blocked", "depends on fr-l10n[FR]", std::nullopt)}};
}

StreamEvidence stream_of(std::string text) {
  const std::uint64_t size = text.size();
  return StreamEvidence{std::move(text), false, size, 0, std::nullopt};
}

AttemptEvidence failed_attempt() {
  const std::string prefix = "prod/runs/20261123T021455Z-6f3a9c21/fr-l10n%5BFR%5D/2/";
  StreamEvidence cut{"first part\n", true, 20'000'000, 3'222'784, "run.stdout"};
  return AttemptEvidence{
      at("fr-l10n[FR]"),
      2,
      kRun,
      "prod",
      ActionKind::retry,
      OutcomeKind::failed,
      "run: exit code 3",
      kStart,
      kStart + std::chrono::seconds(3),
      identity_of("fr-l10n[FR]", "1.2.0"),
      "file:.cemli/packages",
      "fr-l10n/1.2.0.zip",
      Digest::of("zip"),
      "{}",
      {StepEvidence{"pre_check",
                    "steps/pre_check.sh",
                    {},
                    0,
                    std::nullopt,
                    false,
                    kStart,
                    kStart + std::chrono::milliseconds(400),
                    stream_of("all there\n"),
                    stream_of("")},
       StepEvidence{"run",
                    "sqlplus",
                    {"-S", "two words"},
                    3,
                    std::nullopt,
                    false,
                    kStart,
                    kStart + std::chrono::milliseconds(2600),
                    cut,
                    stream_of("ORA-00942: table or view does not exist"),
                    {{"fail", "oracle/ora", "stderr", 1, "ORA-00942: table or view does not exist"},
                     {"warn", "cemli/logs", "x.log", 0, "there is none"},
                     {"missing", "^done$", "", 0, ""}},
                    2},
       StepEvidence{"post_check",
                    "steps/post_check.sh",
                    {},
                    std::nullopt,
                    9,
                    true,
                    kStart,
                    kStart + std::chrono::seconds(600),
                    stream_of(""),
                    stream_of("")}},
      "pipeline",
      "build-7",
      {},
      std::nullopt,
      Digest::of("plan"),
      object_at(prefix + "files.zip"),
      {}};
}

TEST_CASE("a run tells who, when, what and the way to each output") {
  check_golden("run.txt", run_text(failed_run(), kPlain));
}

TEST_CASE("a run in colour") {
  check_golden("run_color.txt", run_text(failed_run(), kColor));
}

TEST_CASE("a run without packages is its header") {
  RunResult result = failed_run();
  result.packages.clear();
  result.counts = {};
  result.outcome = "succeeded";
  result.why = "";
  result.commit = std::nullopt;
  check_golden("run_empty.txt", run_text(result, kPlain));
}

TEST_CASE("logs show each step with what it printed and where the rest is") {
  check_golden("logs.txt", attempt_log_text(failed_attempt(), kPlain));
}

TEST_CASE("logs in colour") {
  check_golden("logs_color.txt", attempt_log_text(failed_attempt(), kColor));
}

TEST_CASE("logs of an attempt that started no program say so") {
  AttemptEvidence evidence = failed_attempt();
  evidence.execution.clear();
  evidence.outcome = OutcomeKind::error;
  evidence.summary = "unpacking: no space left on device";
  check_golden("logs_error.txt", attempt_log_text(evidence, kPlain));
}

}  // namespace
}  // namespace cemli
