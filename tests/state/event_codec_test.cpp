#include <catch2/catch.hpp>
#include <string>

#include "state/event.h"
#include "tests/support/golden.h"
#include "tests/support/sample_log.h"

namespace cemli {
namespace {

using test::address_of;
using test::identity_of;
using test::moment;

/// An entry that holds every kind of event once.
Entry every_event() {
  PackageStarted started = test::started("l10n[FR]", 3, "2.0.1");
  started.action = ActionKind::update;
  started.identity.parameters = {{"country", "FR"}, {"limit", std::int64_t{-5}}};
  started.identity.rerun_on = {{"secret ERP_PASSWORD", "v3"}};
  started.depends_on = {address_of("ar-base"), address_of("l10n[DE]")};
  started.abilities = {"check", "uninstall"};
  started.done = {"pre_check"};
  PackageFinished finished = test::finished("l10n[FR]", 3, OutcomeKind::failed);
  finished.summary = "run: exit code 3 \"quoted\"";
  return {"a1b2c3",
          "dev",
          42,
          Digest::of("entry 41"),
          moment(1),
          {"run-1", "runner-7", "ocid1.user.oc1..x", "pipeline", "0.1.0"},
          "6f3a9c21",
          {test::run_started("run-1"),
           Heartbeat{},
           started,
           finished,
           test::finished("gl-base", 1, OutcomeKind::not_started),
           PackageResolved{address_of("a"), "run-0", 2, Resolution::succeeded, "looked"},
           StepFinished{address_of("a"), 3, "run/load"},
           PackageForgotten{address_of("a"), "gone"},
           PackageTainted{address_of("a"), "restored"},
           PackageDrifted{address_of("a"), "changed"},
           PackageHeld{address_of("a"), Digest::of("identity"), "audit"},
           PackageReleased{address_of("a"), "audit over"},
           EnvironmentSuspended{"quarter end"},
           EnvironmentResumed{"books closed"},
           RunAbandoned{"run-0", "its processes are gone"},
           RunFinished{"run-1",
                       "failed",
                       {1, 2, 3, 4, 5, 6},
                       true,
                       ObjectReference{"dev/runs/run-1/result.json", Digest::of("result")}},
           PackageReported{"run-0", test::finished("gl-base", 2, OutcomeKind::succeeded)},
           PackageAdopted{identity_of("ar-base"), {address_of("gl-base")}, {"check"}, "by hand"},
           PackageMoved{address_of("a"), address_of("b[FR]"), std::nullopt, "split"},
           PackageMoved{address_of("a"), address_of("b"),
                        RenamedContent{"1.0.0", Digest::of("renamed")}, "renamed"},
           EnvironmentRefreshed{"prod", 41, Digest::of("entry 41 of prod"),
                                ObjectReference{"dev/refreshes/copy.json", Digest::of("copy")},
                                "cloned"},
           LogClosed{"s3://acme/prod-state", "to the cloud"},
           LogOpened{"file:/srv/state", "s3://acme/prod-state", "to the cloud"}}};
}

/// The first entry of a log, by an operator of whom nothing is known.
Entry smallest() {
  return {"a1b2c3",  "dev",
          1,         std::nullopt,
          moment(0), {std::nullopt, "", {}, {}, ""},
          "n",       {EnvironmentSuspended{""}}};
}

std::string with(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string entry_refusal(const std::string& bytes) {
  const auto entry = decode_entry(bytes);
  REQUIRE_FALSE(entry);
  CHECK(entry.error().code() == ErrorCode::corrupt);
  return entry.error().message();
}

}  // namespace

TEST_CASE("an entry's bytes are one line, the same for ever") {
  const std::string bytes = encode_entry(every_event());
  CHECK(bytes.find('\n') == bytes.size() - 1);
  test::check_golden("state/entry.json", bytes);
}

TEST_CASE("the smallest entry's bytes are the same for ever") {
  test::check_golden("state/smallest_entry.json", encode_entry(smallest()));
}

TEST_CASE("an entry is read back as it was written, and written again byte for byte") {
  for (const Entry& entry : {every_event(), smallest()}) {
    const std::string bytes = encode_entry(entry);
    const auto read = decode_entry(bytes);
    if (!read) FAIL(read.error().message());
    CHECK(*read == entry);
    CHECK(encode_entry(*read) == bytes);
  }
}

TEST_CASE("bytes that are not UTF-8 are replaced, so that the entry can be read") {
  Entry entry = smallest();
  entry.writer.host =
      "b\xfc"
      "ro";
  const auto read = decode_entry(encode_entry(entry));
  REQUIRE(read);
  CHECK(read->writer.host == "b\xEF\xBF\xBDro");
}

TEST_CASE("an event's size is what it takes in an entry") {
  const Entry one = smallest();
  Entry two = one;
  two.events.push_back(PackageTainted{address_of("a"), "restored \"today\""});
  // A comma takes the place of a line's end.
  CHECK(encode_entry(two).size() - encode_entry(one).size() == encoded_size(two.events.back()));
}

TEST_CASE("a newer format is refused by its number, whatever else has changed") {
  const std::string bytes = encode_entry(smallest());
  CHECK(entry_refusal(with(bytes, R"("format":1)", R"("format":2)")) ==
        "/format: 2 is newer than this version of cemli reads");
  CHECK(entry_refusal(R"({"format":2,"chain":{}})") ==
        "/format: 2 is newer than this version of cemli reads");
}

TEST_CASE("an event of a newer version is refused by name") {
  CHECK(entry_refusal(
            with(encode_entry(smallest()), "environment.suspended", "environment.cloned")) ==
        "/events/0/type: 'environment.cloned' is unknown to this version of cemli");
}

TEST_CASE("nothing unknown is ignored in silence") {
  const std::string bytes = encode_entry(smallest());
  const std::string unknown = ": unknown to this version of cemli";
  CHECK(entry_refusal(with(bytes, R"("log":)", R"("fork":1,"log":)")) == "/fork" + unknown);
  CHECK(entry_refusal(with(bytes, R"("why":"")", R"("why":"","until":"x")")) ==
        "/events/0/until" + unknown);
  CHECK(entry_refusal(with(bytes, R"("host":"")", R"("host":"","proxy":"x")")) ==
        "/writer/proxy" + unknown);
  const std::string full = encode_entry(every_event());
  CHECK(entry_refusal(with(full, R"("boot_id":)", R"("cgroup":"x","boot_id":)")) ==
        "/events/0/holder/cgroup" + unknown);
  CHECK(entry_refusal(with(full, R"("blocked":5)", R"("blocked":5,"lost":1)")) ==
        "/events/15/counts/lost" + unknown);
  CHECK(entry_refusal(with(full, R"({"key":)", R"({"size":1,"key":)")) ==
        "/events/3/evidence/size" + unknown);
  CHECK(entry_refusal(with(full, R"("outcome":"failed")", R"("outcome":"broken")")) ==
        "/events/3/outcome: unknown to this version of cemli: 'broken'");
  CHECK(entry_refusal(with(full, R"("action":"update")", R"("action":"adopt")")) ==
        "/events/2/action: unknown to this version of cemli: 'adopt'");
  CHECK(entry_refusal(with(full, R"("resolution":"succeeded")", R"("resolution":"skip")")) ==
        "/events/5/resolution: unknown to this version of cemli: 'skip'");
}

TEST_CASE("what is missing or of the wrong kind is named by its pointer") {
  const std::string bytes = encode_entry(smallest());
  CHECK(entry_refusal(with(bytes, R"("log":"a1b2c3",)", "")) == "/log: missing");
  CHECK(entry_refusal(with(bytes, R"("seq":1)", R"("seq":"1")")) ==
        "/seq: expected a whole number");
  CHECK(entry_refusal(with(bytes, R"("seq":1)", R"("seq":-1)")) == "/seq: expected a whole number");
  CHECK(entry_refusal(with(bytes, R"("seq":1)", R"("seq":1.0)")) ==
        "/seq: expected a whole number");
  CHECK(entry_refusal(with(bytes, R"("prev":null)", R"("prev":"ab")")) ==
        "/prev: expected a SHA-256 digest");
  CHECK(entry_refusal(with(bytes, "T06:00", "T26:00")) ==
        "/time: expected a time like 2026-11-23T06:41:05.123Z");
  CHECK(entry_refusal(with(bytes, R"("why":"")", R"("why":null)")) ==
        "/events/0/why: expected a string");
  CHECK(entry_refusal("[]") == "expected an object");
  CHECK(entry_refusal("").starts_with("1:1: "));
  CHECK(entry_refusal(bytes.substr(0, 40)).starts_with("1:41: "));
}

TEST_CASE("what can be read but is not what was written is refused") {
  const std::string bytes = encode_entry(smallest());
  const std::string altered = "altered: its checksum is not that of its bytes";
  CHECK(entry_refusal(with(bytes, R"("why":"")", R"("why":"?")")) == altered);
  CHECK(entry_refusal(with(bytes, R"("why":"")", R"("why": "")")) == altered);
  CHECK(entry_refusal(bytes + "\n") == altered);
  CHECK(entry_refusal(bytes.substr(0, bytes.find(",\"checksum")) + "}\n") == "/checksum: missing");
}

TEST_CASE("an entry without events says nothing, and is none") {
  Entry entry = smallest();
  entry.events = {EnvironmentSuspended{""}};
  std::string bytes = encode_entry(entry);
  bytes = with(bytes, R"([{"type":"environment.suspended","why":""}])", "[]");
  CHECK(entry_refusal(bytes) == "/events: expected at least one event");
}

TEST_CASE("an identity whose digest is not that of its parts is refused") {
  const std::string bytes = encode_entry(every_event());
  const std::string wrong =
      "/events/2/identity: is not the digest of the address, version, content and parameters";
  CHECK(entry_refusal(with(bytes, R"("version":"2.0.1")", R"("version":"2.0.2")")) == wrong);
  CHECK(entry_refusal(with(bytes, R"("country":"FR")", R"("country":"DE")")) == wrong);
  CHECK(entry_refusal(with(bytes, R"("limit":-5)", R"("limit":-6)")) == wrong);
  CHECK(entry_refusal(with(bytes, R"(PASSWORD":"v3")", R"(PASSWORD":"v4")")) == wrong);
}

TEST_CASE("numbers that do not fit are refused, not wrapped") {
  const std::string bytes = encode_entry(every_event());
  CHECK(entry_refusal(with(bytes, R"("limit":-5)", R"("limit":18446744073709551611)")) ==
        "/events/2/parameters: expected strings, numbers of 64 bits, booleans and lists of these");
  CHECK(entry_refusal(with(bytes, R"("pid":4711)", R"("pid":4294972007)")) ==
        "/events/0/holder/pid: expected a process number");
  CHECK(entry_refusal(
            with(bytes, R"({"secret ERP_PASSWORD":"v3"})", R"({"secret ERP_PASSWORD":3})")) ==
        "/events/2/rerun_on: expected an object of strings");
}

}  // namespace cemli
