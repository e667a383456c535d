#include "state/run_export.h"

#include <catch2/catch.hpp>
#include <map>

#include "state/object_names.h"
#include "tests/support/sample_log.h"
#include "tests/support/sample_record.h"

namespace cemli {
namespace {

using Catch::Matchers::Contains;
using test::SampleRecord;
using Files = std::map<std::string, std::string>;

Result<RunExport> export_into(Files& files, SampleRecord& record, const RunId& run) {
  return export_run(record.state, record.results, "dev", run,
                    [&files](const std::string& path, std::string_view bytes) -> Result<void> {
                      CHECK(files.emplace(path, bytes).second);
                      return {};
                    });
}

Error export_refusal(SampleRecord& record, const RunId& run = "r1") {
  Files files;
  auto exported = export_into(files, record, run);
  if (exported) FAIL("it was exported");
  return std::move(exported).error();
}

TEST_CASE("an export holds the log from the run's start to the head, and the run's evidence") {
  SampleRecord record;
  Files files;
  const auto exported = export_into(files, record, "r1");
  REQUIRE(exported);
  CHECK(exported->run == "r1");
  CHECK(exported->log == "log of dev");
  CHECK(exported->first == 1);
  CHECK(exported->head == record.head());
  CHECK(exported->entries == record.head().seq);
  CHECK(exported->objects == 7);
  CHECK(exported->packages.size() == 2);
  CHECK(exported->unnamed_objects == 0);
  for (std::uint64_t seq = 1; seq <= record.head().seq; ++seq) {
    const std::string key = log_key("dev", seq);
    CHECK(files.at("recorded/" + key) == record.state.objects.at(key));
  }
  for (const std::string name : {"plan.json", "policy.json", "allowed_signers", "result.json",
                                 "a/1/result.json", "a/1/files.zip", "b/1/result.json"}) {
    const std::string key = "dev/runs/r1/" + name;
    CHECK(files.at("recorded/" + key) == record.results.objects.at(key));
  }
  CHECK_THAT(files.at("export.json"), Contains(record.head().digest.hex()));
  CHECK_THAT(files.at("README"), Contains("sha256sum --check"));
  CHECK(files.size() == record.head().seq + 7 + 3);
}

TEST_CASE("the list of an export has every recorded file with its digest, and nothing else") {
  SampleRecord record;
  Files files;
  REQUIRE(export_into(files, record, "r1"));
  std::string expected;
  for (const auto& [path, bytes] : files) {
    if (!path.starts_with("recorded/")) continue;
    const std::string line = Digest::of(bytes).hex() + "  " + path + "\n";
    CHECK_THAT(files.at("SHA256SUMS"), Contains(line));
    expected += line;
  }
  CHECK(files.at("SHA256SUMS").size() == expected.size());
}

TEST_CASE("an export of a run that was set aside has what was reported of it, and the rest apart") {
  SampleRecord record;
  const std::string stray = record.put("r2/c/1/files.zip", "half of it").key;
  Files files;
  const auto exported = export_into(files, record, "r2");
  REQUIRE(exported);
  CHECK(exported->first > 1);
  CHECK(files.at("unnamed/" + stray) == "half of it");
  CHECK(exported->unnamed_objects >= 1);
  for (const auto& [path, bytes] : files) CHECK_THAT(path, !Contains("r1"));
}

TEST_CASE("a run that is unknown, or has not ended, is not exported") {
  SampleRecord record;
  const Error unknown = export_refusal(record, "r0");
  CHECK(unknown.code() == ErrorCode::not_found);
  CHECK(unknown.message() == "the log does not know run 'r0'");
  record.append(test::written_by("r9"), {test::run_started("r9")});
  const Error active = export_refusal(record, "r9");
  CHECK(active.code() == ErrorCode::conflict);
  CHECK(active.message() == "run 'r9' has not ended yet");
}

TEST_CASE("what is not as it was recorded is not exported") {
  SampleRecord record;
  const std::string result = "dev/runs/r1/a/1/result.json";
  SECTION("altered evidence") {
    record.results.objects.at(result) += " ";
    CHECK(export_refusal(record).message() ==
          "'" + result + "': its digest is not the recorded one");
  }
  SECTION("missing evidence") {
    for (const std::string name :
         {"plan.json", "result.json", "a/1/result.json", "a/1/files.zip"}) {
      SampleRecord holed;
      holed.results.objects.erase("dev/runs/r1/" + name);
      CHECK(export_refusal(holed).message() == "'dev/runs/r1/" + name + "': missing");
    }
  }
  SECTION("an altered entry") {
    record.state.objects.at(log_key("dev", 2)).at(20) ^= 1;
    CHECK_THAT(export_refusal(record).message(), Contains(log_key("dev", 2)));
  }
  SECTION("an entry of another chain, before the run") {
    SampleRecord other("dev");
    Entry first = decode_entry(other.state.objects.at(log_key("dev", 1))).value();
    first.nonce = "another";
    record.state.objects.at(log_key("dev", 1)) = encode_entry(first);
    CHECK(export_refusal(record, "r2").message() ==
          "'" + log_key("dev", 2) + "': does not continue the entry before it");
  }
  SECTION("and what the sink says is passed on") {
    const auto exported = export_run(record.state, record.results, "dev", "r1",
                                     [](const std::string&, std::string_view) -> Result<void> {
                                       return Error(ErrorCode::unavailable, "the disk is full");
                                     });
    REQUIRE_FALSE(exported);
    CHECK(exported.error().message() == "the disk is full");
    return;
  }
}

}  // namespace
}  // namespace cemli
