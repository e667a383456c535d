#include "state/approval.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "state/base/dump_json.h"
#include "state/base/json_reader.h"
#include "state/event_json.h"
#include "state/object_names.h"

namespace cemli {
namespace {

constexpr std::uint64_t kApprovalFormat = 1;

OrderedJson json_of_head(const std::optional<Head>& head) {
  if (!head) return nullptr;
  return {{"seq", head->seq}, {"entry", head->digest.hex()}};
}

ApprovalStatement read_approval(JsonReader& reader) {
  reader.expect_format(kApprovalFormat);
  ApprovalStatement statement{reader.text("environment"),
                              reader.optional_text("log"),
                              std::nullopt,
                              reader.digest("plan"),
                              Digest::of(""),
                              reader.optional_text("commit"),
                              reader.timestamp("time"),
                              reader.optional_text("converged")};
  const auto object = read_reference(reader, "plan_object");
  if (object) statement.plan_text = object->digest;
  if (!object || *object != reference_of_plan(statement))
    reader.fail("plan_object", "expected the key and digest of an approved plan");
  if (auto basis = reader.optional_object("basis")) {
    statement.basis = Head{basis->number("seq"), basis->digest("entry")};
    basis->finish();
  }
  for (JsonReader& tried : reader.objects("attempts")) {
    const Address address = tried.address("address");
    if (!statement.attempts.emplace(address, tried.number("attempts")).second)
      tried.fail("address", "stands there twice");
    tried.finish();
  }
  reader.finish();
  return statement;
}

}  // namespace

ObjectReference reference_of_plan(const ApprovalStatement& statement) {
  return {approved_plan_key(statement.environment, statement.plan_text), statement.plan_text};
}

std::string encode_approval(const ApprovalStatement& s) {
  OrderedJson attempts = OrderedJson::array();
  for (const auto& [address, number] : s.attempts)
    attempts.push_back({{"address", address.text()}, {"attempts", number}});
  return dump_pretty({{"format", kApprovalFormat},
                      {"environment", s.environment},
                      {"plan", s.plan.hex()},
                      {"plan_object", json_of(reference_of_plan(s))},
                      {"commit", or_null(s.commit)},
                      {"time", format_timestamp(s.time)},
                      {"log", or_null(s.log)},
                      {"basis", json_of_head(s.basis)},
                      {"converged", or_null(s.converged)},
                      {"attempts", std::move(attempts)}});
}

Result<ApprovalStatement> decode_approval(std::string_view bytes) {
  return read_document(bytes, read_approval);
}

}  // namespace cemli
