#include "state/store/bucket_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "state/base/digest.h"
#include "state/store/object_age.h"

namespace cemli {
namespace {

std::string common_prefix(const std::string& a, const std::string& b) {
  const auto end = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first;
  return {a.begin(), end};
}

}  // namespace

Result<std::optional<std::string>> BucketStore::get(const std::string& key) {
  auto answer = get_answer(key);
  if (!answer) return std::move(answer).error();
  if (!*answer) return std::optional<std::string>();
  return std::optional(std::move((*answer)->body));
}

Result<std::optional<AgedObject>> BucketStore::get_aged(const std::string& key) {
  auto answer = get_answer(key);
  if (!answer) return std::move(answer).error();
  if (!*answer) return std::optional<AgedObject>();
  const auto age = age_in(**answer);
  return std::optional(AgedObject{std::move((*answer)->body), age});
}

Result<Creation> BucketStore::create(const NewObject& object) {
  auto creations = create_all(std::span(&object, 1));
  if (!creations) return std::move(creations).error();
  return creations->front();
}

Result<std::pair<bool, bool>> BucketStore::which_exist(const std::string& key,
                                                       const std::string& next_key) {
  auto keys = list(common_prefix(key, next_key), key, 2);
  if (!keys) return std::move(keys).error();
  const auto there = [&](const std::string& wanted) {
    return std::find(keys->begin(), keys->end(), wanted) != keys->end();
  };
  return std::pair(there(key), there(next_key));
}

Result<void> check_object(const HttpResponse& answer, std::string_view digest_header,
                          const std::string& key) {
  const std::string* digest = answer.header(digest_header);
  if (digest == nullptr || *digest == Digest::of(answer.body).hex()) return {};
  return Error(ErrorCode::corrupt, fmt::format("'{}' is not what was written there{}", key,
                                               describe_request_id(answer)));
}

}  // namespace cemli
