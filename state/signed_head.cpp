#include "state/signed_head.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "state/event_json.h"
#include "state/object_names.h"

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
  auto created = results.create({key, encode_head(statement)});
  if (!created) return std::move(created).error();
  // Somebody signed this head at another time, or what is there was cut off before its signature.
  if (*created == Creation::exists) {
    auto there = results.get(key);
    if (!there) return std::move(there).error();
    if (*there != encode_head(statement)) return {};
  }
  auto signed_one = results.create({signature_key(key), signature});
  if (!signed_one) return std::move(signed_one).error();
  return {};
}

Result<std::optional<SignedHead>> find_newest_head(
    Store& results, const std::string& environment,
    const std::function<Result<bool>(const SignedHead&)>& counts) {
  constexpr std::size_t kPage = 100;
  const std::string prefix = heads_prefix(environment);
  std::string from = prefix;
  for (;;) {
    auto page = results.list(prefix, from, kPage);
    if (!page) return std::move(page).error();
    for (const std::string& key : *page) {
      from = key + '0';
      if (!key.ends_with(".json")) continue;
      auto statement = results.get(key);
      if (!statement) return std::move(statement).error();
      auto signature = results.get(signature_key(key));
      if (!signature) return std::move(signature).error();
      if (!*statement || !*signature) continue;
      SignedHead head{key, **std::move(statement), **std::move(signature)};
      auto good = counts(head);
      if (!good) return std::move(good).error();
      if (*good) return std::optional(std::move(head));
    }
    if (page->size() < kPage) return std::optional<SignedHead>();
  }
}

}  // namespace cemli
