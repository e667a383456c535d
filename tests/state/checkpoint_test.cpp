#include "state/checkpoint.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "tests/support/golden.h"
#include "tests/support/sample_log.h"

namespace cemli {
namespace {

using nlohmann::json;
using test::address_of;
using test::finished;
using test::full_state;
using test::History;
using test::operator_jane;
using test::run_finished;
using test::written_by;

std::string with(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string checkpoint_refusal(const std::string& bytes) {
  const auto state = decode_checkpoint(bytes);
  REQUIRE_FALSE(state);
  CHECK(state.error().code() == ErrorCode::corrupt);
  return state.error().message();
}

}  // namespace

TEST_CASE("a checkpoint's bytes are the same for ever") {
  const RecordedState state = full_state();
  test::check_golden("state/checkpoint.json", encode_checkpoint(state));
}

TEST_CASE("a checkpoint is read back as the state it was made of") {
  const RecordedState state = full_state();
  const std::string bytes = encode_checkpoint(state);
  const auto read = decode_checkpoint(bytes);
  if (!read) FAIL(read.error().message());
  CHECK(*read == state);
  CHECK(encode_checkpoint(*read) == bytes);

  History small;
  small.add(operator_jane(), {EnvironmentResumed{"?"}});
  const auto small_read = decode_checkpoint(encode_checkpoint(small.state()));
  REQUIRE(small_read);
  CHECK(*small_read == small.state());
}

TEST_CASE("the log goes on from a checkpoint as from the state itself") {
  const RecordedState state = full_state();
  auto read = decode_checkpoint(encode_checkpoint(state));
  REQUIRE(read);
  RecordedState direct = state;
  const Entry entry{"a1b2c3",
                    "dev",
                    8,
                    state.head->digest,
                    test::moment(480),
                    written_by("run-2"),
                    "n8",
                    {finished("l10n[FR]", 2, OutcomeKind::not_started), run_finished("run-2")}};
  const Digest digest = Digest::of(encode_entry(entry));
  REQUIRE(fold(direct, entry, digest));
  REQUIRE(fold(*read, entry, digest));
  CHECK(*read == direct);
  CHECK(read->addresses.at(address_of("l10n[FR]")).status == Status::succeeded);
}

TEST_CASE("a checkpoint that is not whole or of a newer version is refused") {
  const std::string bytes = encode_checkpoint(full_state());
  CHECK(checkpoint_refusal(with(bytes, R"("format":1)", R"("format":2)")) ==
        "/format: 2 is newer than this version of cemli reads");
  CHECK(checkpoint_refusal(with(bytes, R"("status":"tainted")", R"("status":"adopted")")) ==
        "/addresses/0/status: unknown to this version of cemli: 'adopted'");
  CHECK(checkpoint_refusal(with(bytes, R"("attempts":1)", R"("attempts":1,"note":"")")) ==
        "/addresses/0/note: unknown to this version of cemli");
  CHECK(
      checkpoint_refusal(with(bytes, R"("host":"runner-7")", R"("host":"runner-7","proxy":"")")) ==
      "/active_run/writer/proxy: unknown to this version of cemli");
  CHECK(checkpoint_refusal(
            with(bytes, R"("duration_ms":2000)", R"("duration_ms":18446744073709551615)")) ==
        "/addresses/0/last_success/duration_ms: expected an integer or null");
  CHECK(checkpoint_refusal(bytes.substr(0, bytes.size() / 2)).starts_with("1:"));
}

TEST_CASE("a checkpoint with a status that no log comes to is refused") {
  const std::string bytes = encode_checkpoint(full_state());
  const auto without = [&](std::string_view address, std::string_view member) {
    json document = json::parse(bytes);
    for (json& line : document["addresses"]) {
      if (line["address"] == address) line[std::string(member)] = nullptr;
    }
    return checkpoint_refusal(document.dump());
  };
  const std::string groundless = "/status: nothing is recorded that it could be about";
  CHECK(without("done", "last_success") == "/addresses/0" + groundless);
  CHECK(without("half", "last_attempt") == "/addresses/1" + groundless);
  CHECK(without("l10n[FR]", "last_attempt") == "/addresses/2" + groundless);
  CHECK(checkpoint_refusal(
            with(bytes, R"("status_before":"succeeded")", R"("status_before":"running")")) ==
        "/addresses/2/status_before: nothing is recorded that it could be about");
  CHECK(checkpoint_refusal(with(bytes, R"("tainted_as":"tainted")", R"("tainted_as":"running")")) ==
        "/addresses/0/tainted_as: expected tainted or drifted");
  json idle = json::parse(bytes);
  idle["active_run"] = nullptr;
  CHECK(checkpoint_refusal(idle.dump()) == "/addresses/2/status: running without an active run");
}

TEST_CASE("a checkpoint with an address twice, or out of order, is refused") {
  json document = json::parse(encode_checkpoint(full_state()));
  json& addresses = document["addresses"];
  addresses.insert(addresses.begin() + 1, addresses[0]);
  CHECK(checkpoint_refusal(document.dump()) ==
        "/addresses/1/address: expected addresses in their order, each once");
  addresses.erase(1);
  std::swap(addresses[0], addresses[1]);
  CHECK(checkpoint_refusal(document.dump()) ==
        "/addresses/1/address: expected addresses in their order, each once");
}

TEST_CASE("a checkpoint that can be read but is not what was written is refused") {
  const std::string bytes = encode_checkpoint(full_state());
  CHECK(checkpoint_refusal(with(bytes, R"("attempts":1)", R"("attempts":2)")) ==
        "altered: its checksum is not that of its bytes");
}

TEST_CASE("a checkpoint is due when what was read since weighs more than it, or counts over 200") {
  CHECK_FALSE(CheckpointDebt{0, 0, 0}.is_due());
  CHECK(CheckpointDebt{0, 500, 1}.is_due());
  CHECK_FALSE(CheckpointDebt{1000, 1000, 5}.is_due());
  CHECK(CheckpointDebt{1000, 1001, 5}.is_due());
  CHECK_FALSE(CheckpointDebt{1'000'000, 1000, 200}.is_due());
  CHECK(CheckpointDebt{1'000'000, 1000, 201}.is_due());
}

}  // namespace cemli
