#include "state/approval.h"

#include <catch2/catch.hpp>

#include "state/approval_store.h"
#include "state/object_names.h"
#include "tests/support/memory_store.h"

namespace cemli {
namespace {

using std::chrono::milliseconds;
using test::MemoryStore;

constexpr Timestamp kNoon{milliseconds(1'790'000'000'000)};

ApprovalStatement sample(Timestamp time = kNoon) {
  return {"prod",
          "log-1",
          Head{42, Digest::of("entry")},
          Digest::of("plan"),
          Digest::of("the plan"),
          "c0ffee",
          time,
          "20261122T080000Z-aaaaaaaa",
          {{Address::parse("a").value(), 3}, {Address::parse("l10n[FR]").value(), 0}}};
}

std::string approval_refusal(std::string text, const std::string& part, const std::string& other) {
  text.replace(text.find(part), part.size(), other);
  const auto read = decode_approval(text);
  REQUIRE_FALSE(read);
  CHECK(read.error().code() == ErrorCode::corrupt);
  return read.error().message();
}

TEST_CASE("what an approver signs is read back as it was") {
  CHECK(decode_approval(encode_approval(sample())).value() == sample());
  ApprovalStatement first = sample();
  first.log = std::nullopt;
  first.basis = std::nullopt;
  first.converged = std::nullopt;
  first.commit = std::nullopt;
  first.attempts.clear();
  CHECK(decode_approval(encode_approval(first)).value() == first);
}

TEST_CASE("a statement of another format, with more or with less in it, is refused") {
  const std::string text = encode_approval(sample());
  CHECK_THAT(approval_refusal(text, "\"format\": 1", "\"format\": 2"), Catch::Contains("newer"));
  CHECK_THAT(approval_refusal(text, "\"commit\"", "\"comit\""), Catch::Contains("commit"));
  CHECK_THAT(approval_refusal(text, "l10n[FR]", "a"), Catch::Contains("twice"));
  CHECK_FALSE(decode_approval("no JSON"));
}

TEST_CASE("approvals are read newest first, down to an age") {
  MemoryStore store;
  const auto keep = [&](int minutes) {
    return keep_approval(store, sample(kNoon + std::chrono::minutes(minutes)), "the plan",
                         "signed at " + std::to_string(minutes))
        .value();
  };
  keep(0);
  const std::string key = keep(20);
  keep(10);
  const auto all = read_approvals(store, "prod", kNoon).value();
  REQUIRE(all.size() == 3);
  CHECK(all[0].key == key);
  CHECK(all[0].signature == "signed at 20");
  CHECK(decode_approval(all[0].statement).value() == sample(kNoon + std::chrono::minutes(20)));
  CHECK(all[2].signature == "signed at 0");
  CHECK(read_approvals(store, "prod", kNoon + milliseconds(1)).value().size() == 2);
  CHECK(read_approvals(store, "test", kNoon).value().empty());
  const ObjectReference plan = reference_of_plan(sample());
  CHECK(read_approved_plan(store, plan).value() == "the plan");
  CHECK(read_approved_plan(store, {"prod/approved/other.json", plan.digest}).value() ==
        std::nullopt);
  CHECK(read_approved_plan(store, {plan.key, Digest::of("other")}).value() == std::nullopt);
}

TEST_CASE("an approval that was kept twice is there once") {
  MemoryStore store;
  const std::string key = keep_approval(store, sample(), "the plan", "signed").value();
  CHECK(keep_approval(store, sample(), "the plan", "signed again").value() == key);
  const auto all = read_approvals(store, "prod", kNoon).value();
  REQUIRE(all.size() == 1);
  CHECK(all[0].signature == "signed");
}

TEST_CASE("an approval whose signature never arrived is none") {
  MemoryStore store;
  const std::string text = encode_approval(sample());
  REQUIRE(store.create({approval_key("prod", kNoon, Digest::of(text)), text}));
  CHECK(read_approvals(store, "prod", kNoon).value().empty());
}

}  // namespace
}  // namespace cemli
