#include "state/signed_head.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "state/event_json.h"
#include "state/object_names.h"
#include "state/store/write_once.h"

namespace cemli {
namespace {

constexpr std::uint64_t kHeadFormat = 1;

HeadStatement read_head(JsonReader& reader) {
  reader.expect_format(kHeadFormat);
  HeadStatement statement{reader.text("environment"),
                          reader.text("log"),
                          {0, Digest::of("")},
                          reader.timestamp("time")};
  if (auto head = reader.optional_object("head")) {
    statement.head = {head->number("seq"), head->digest("entry")};
    head->finish();
  } else {
    reader.fail("head", "expected an object");
  }
  reader.finish();
  return statement;
}

}  // namespace

std::string encode_head(const HeadStatement& statement) {
  return dump_pretty(
      {{"format", kHeadFormat},
       {"environment", statement.environment},
       {"log", statement.log},
       {"head", {{"seq", statement.head.seq}, {"entry", statement.head.digest.hex()}}},
       {"time", format_timestamp(statement.time)}});
}

Result<HeadStatement> decode_head(std::string_view bytes) {
  return read_document(bytes, read_head);
}

Result<void> keep_head(Store& results, const HeadStatement& statement,
                       const std::string& signature) {
  const std::string key = head_key(statement.environment, statement.head.seq);
  const std::string beside = signature_key(key);
  const std::string bytes = encode_head(statement);
  const std::array<NewObject, 2> objects{NewObject{key, bytes}, NewObject{beside, signature}};
  return write_once(results, objects);
}

Result<void> look_at_heads(Store& results, const std::string& environment,
                           const std::function<Result<KeyWalk>(const SignedHead&)>& look) {
  const auto look_at_key = [&](const std::string& key) -> Result<KeyWalk> {
    if (!key.ends_with(".json")) return KeyWalk::go_on;
    auto bytes = results.get(key);
    if (!bytes) return std::move(bytes).error();
    auto signature = results.get(signature_key(key));
    if (!signature) return std::move(signature).error();
    if (!*bytes || !*signature) return KeyWalk::go_on;
    auto statement = decode_head(**bytes);
    if (!statement || statement->environment != environment ||
        key != head_key(environment, statement->head.seq)) {
      return KeyWalk::go_on;
    }
    return look({*std::move(statement), **std::move(bytes), **std::move(signature)});
  };
  return walk_keys(results, heads_prefix(environment), 100, look_at_key);
}

}  // namespace cemli
