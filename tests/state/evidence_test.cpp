#include "state/evidence.h"

#include <catch2/catch.hpp>

#include "tests/support/golden.h"
#include "tests/support/sample_log.h"

namespace cemli {
namespace {

using test::address_of;
using test::moment;

AttemptEvidence full_attempt() {
  Identity identity = test::identity_of("l10n[FR]", "2.0.1");
  identity.parameters = {{"country", "FR"}, {"limit", std::int64_t{-5}}};
  identity.rerun_on = {{"secret ERP_PASSWORD", "v3"}};
  StepEvidence first{"pre_check",
                     "steps/pre_check.sh",
                     {},
                     0,
                     std::nullopt,
                     false,
                     moment(1),
                     moment(2),
                     {"all right\n", false, 10, 0, std::nullopt},
                     {"", false, 0, 0, std::nullopt}};
  StepEvidence second{
      "run",
      "sqlplus",
      {"-s", "@artifacts/invoice \"A4\".sql"},
      std::nullopt,
      9,
      true,
      moment(2),
      moment(3),
      {"caf\xEF\xBF\xBD", true, 70'000, 30'000, "run/stdout"},
      {"ORA-00001\n", false, 10, 0, std::nullopt},
      {{"fail", "oracle/ora", "stderr", 1, "ORA-00001"}, {"missing", "^done$", "", 0, ""}},
      7,
      "load",
      2};
  return {address_of("l10n[FR]"),
          3,
          "run-1",
          "dev",
          ActionKind::update,
          OutcomeKind::failed,
          "run: timed out after 1h",
          moment(1),
          moment(3),
          std::move(identity),
          "file:/srv/packages",
          "l10n/2.0.1.zip",
          Digest::of("zip"),
          R"({"name":"l10n","type":"localization","version":"2.0.1"})",
          {first, second},
          "pipeline@runner-7",
          "runner-7",
          {{"ORACLE_HOME", Digest::of("/u01/oracle")}},
          "4c1f0a77b5d0c3a1e6f2f8f9a0b1c2d3e4f50617",
          Digest::of("plan"),
          ObjectReference{"dev/runs/run-1/l10n%5BFR%5D/3/files.zip", Digest::of("files")},
          {{"artifacts/report.pdf", 1234, Digest::of("report")}},
          {{"ERP_PASSWORD", "env:ERP_PASSWORD"}}};
}

/// Of a package that never arrived.
AttemptEvidence smallest_attempt() {
  AttemptEvidence evidence = full_attempt();
  evidence.outcome = OutcomeKind::error;
  evidence.summary = "fetching 'l10n/2.0.1.zip': not found";
  evidence.manifest.clear();
  evidence.execution.clear();
  evidence.runner.clear();
  evidence.commit.reset();
  evidence.files_zip.reset();
  evidence.files.clear();
  return evidence;
}

RunResult full_result() {
  return {"run-1",
          "dev",
          "a1b2c3",
          "failed",
          "apply",
          "4c1f0a77b5d0c3a1e6f2f8f9a0b1c2d3e4f50617",
          Digest::of("desired"),
          Digest::of("plan"),
          moment(0),
          moment(9),
          {1, 2, 3, 4, 5, 6},
          "pipeline@runner-7",
          "runner-7",
          "0.1.0",
          {41, Digest::of("entry 41")},
          {"dev/runs/run-1/plan.json", Digest::of("plan.json")},
          {{address_of("gl-base"), ActionKind::run, "1.0.0", "succeeded", 1, "", moment(1),
            moment(3), ObjectReference{"dev/runs/run-1/gl-base/1/result.json", Digest::of("r")}},
           {address_of("l10n[FR]"), ActionKind::blocked, "2.0.1", "blocked", 0, "waits for gl-base",
            std::nullopt, std::nullopt, std::nullopt}}};
}

std::string evidence_with(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string evidence_refusal(const std::string& bytes) {
  const auto evidence = decode_attempt(bytes);
  REQUIRE_FALSE(evidence);
  CHECK(evidence.error().code() == ErrorCode::corrupt);
  return evidence.error().message();
}

}  // namespace

TEST_CASE("an attempt's result is what an auditor can read for ever") {
  test::check_golden("state/attempt_result.json", encode_attempt(full_attempt()));
}

TEST_CASE("an attempt's result is read back as it was written") {
  for (const AttemptEvidence& evidence : {full_attempt(), smallest_attempt()}) {
    const std::string bytes = encode_attempt(evidence);
    const auto read = decode_attempt(bytes);
    if (!read) FAIL(read.error().message());
    CHECK(*read == evidence);
    CHECK(encode_attempt(*read) == bytes);
  }
}

TEST_CASE("a success is called success in a result, and every other outcome by its own word") {
  AttemptEvidence evidence = smallest_attempt();
  for (const auto& [outcome, word] :
       {std::pair(OutcomeKind::succeeded, "success"), std::pair(OutcomeKind::failed, "failed"),
        std::pair(OutcomeKind::error, "error"), std::pair(OutcomeKind::interrupted, "interrupted"),
        std::pair(OutcomeKind::rolled_back, "rolled_back"),
        std::pair(OutcomeKind::not_started, "not_started")}) {
    evidence.outcome = outcome;
    const std::string bytes = encode_attempt(evidence);
    CHECK(bytes.find("\"status\": \"" + std::string(word) + "\"") != std::string::npos);
    const auto read = decode_attempt(bytes);
    REQUIRE(read);
    CHECK(read->outcome == outcome);
  }
}

TEST_CASE("an altered identity, version or format of a result is refused") {
  const std::string bytes = encode_attempt(full_attempt());
  const std::string wrong =
      "/identity: is not the digest of the address, version, content and parameters";
  CHECK(evidence_refusal(evidence_with(bytes, R"("country": "FR")", R"("country": "DE")")) ==
        wrong);
  CHECK(evidence_refusal(evidence_with(bytes, R"("version": "2.0.1")", R"("version": "2.0.2")")) ==
        wrong);
  CHECK(evidence_refusal(evidence_with(bytes, R"("v3")", R"("v4")")) == wrong);
  CHECK(evidence_refusal(
            evidence_with(bytes, R"("object_version": "2.0.1")", R"("object_version": "2.0.2")")) ==
        "/object_version: is not the version");
  CHECK(evidence_refusal(evidence_with(bytes, R"("format": 1)", R"("format": 2)")) ==
        "/format: 2 is newer than this version of cemli reads");
  CHECK(evidence_refusal(evidence_with(bytes, R"("summary")", R"("note": "", "summary")")) ==
        "/note: unknown to this version of cemli");
  CHECK(evidence_refusal(
            evidence_with(bytes, R"("encoding": "replaced")", R"("encoding": "latin-1")")) ==
        "/execution/1/stdout/encoding: expected utf-8 or replaced");
  CHECK(evidence_refusal(evidence_with(bytes, R"("signal": 9)", R"("signal": 4294967305)")) ==
        "/execution/1/signal: expected a small integer or null");
}

TEST_CASE("a run's result is what an auditor can read for ever") {
  const std::string bytes = encode_run_result(full_result());
  test::check_golden("state/run_result.json", bytes);
  const auto read = decode_run_result(bytes);
  if (!read) FAIL(read.error().message());
  CHECK(*read == full_result());
  CHECK(encode_run_result(*read) == bytes);
  CHECK_FALSE(
      decode_run_result(evidence_with(bytes, R"("plan": {)", R"("plan": null, "old_plan": {)")));
  CHECK_FALSE(decode_run_result(evidence_with(bytes, R"("format": 1)", R"("format": 9)")));
}

}  // namespace cemli
