#include "state/store/bucket_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "state/base/digest.h"
#include "state/store/object_age.h"

namespace cemli {
namespace {

/// More would not be faster over most lines, and the patience of retries is for all of them.
constexpr std::size_t kPartsAtOnce = 4;

/// Uploads in parts may ask for rights that a single create does not.
bool may_be_about_rights(const Error& error) {
  return error.code() == ErrorCode::denied || error.code() == ErrorCode::not_found;
}

std::string common_prefix(const std::string& a, const std::string& b) {
  const auto end = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first;
  return {a.begin(), end};
}

}  // namespace

Result<std::optional<std::string>> BucketStore::get(const std::string& key) {
  auto all = get_all(std::span(&key, 1));
  if (!all) return std::move(all).error();
  return std::move(all->front());
}

Result<std::vector<std::optional<std::string>>> BucketStore::get_all(
    std::span<const std::string> keys) {
  std::vector<WantedObject> wanted;
  for (const std::string& key : keys) wanted.push_back({key});
  auto answers = get_checked(wanted);
  if (!answers) return std::move(answers).error();
  std::vector<std::optional<std::string>> all;
  for (Found& answer : *answers)
    all.push_back(answer ? std::optional(std::move(answer->body)) : std::nullopt);
  return all;
}

Result<std::optional<FetchedFile>> BucketStore::get_to_file(const std::string& key, int fd) {
  const WantedObject wanted{key, fd};
  const auto answers = get_answers(std::span(&wanted, 1));
  if (!answers) return answers.error();
  const Found& answer = answers->front();
  if (!answer) return std::optional<FetchedFile>();
  auto file = whole_file(fd);
  if (!file) return std::move(file).error();
  auto digest = digest_of(*file);
  if (!digest) return std::move(digest).error();
  if (auto checked = check_object(*answer, *digest, key); !checked)
    return std::move(checked).error();
  return std::optional(FetchedFile{file->size, *digest});
}

Result<std::optional<AgedObject>> BucketStore::get_aged(const std::string& key) {
  const WantedObject wanted{key};
  auto answers = get_checked(std::span(&wanted, 1));
  if (!answers) return std::move(answers).error();
  Found& answer = answers->front();
  if (!answer) return std::optional<AgedObject>();
  const auto age = age_in(*answer);
  return std::optional(AgedObject{std::move(answer->body), age});
}

Result<Creation> BucketStore::create(const NewObject& object) {
  auto creations = create_all(std::span(&object, 1));
  if (!creations) return std::move(creations).error();
  return creations->front();
}

Result<std::vector<Creation>> BucketStore::create_all(std::span<const NewObject> objects) {
  std::vector<Creation> creations(objects.size(), Creation::exists);
  std::vector<std::size_t> large;
  std::vector<std::size_t> places;
  std::vector<SummedObject> small;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const auto* file = std::get_if<FileRange>(&objects[i].bytes);
    if (file != nullptr && file->size > part_size_) {
      large.push_back(i);
      continue;
    }
    auto whole = cut_into_parts(objects[i], kOnePart);
    if (!whole) return std::move(whole).error();
    places.push_back(i);
    small.push_back({objects[i].key, *std::move(whole)});
  }
  auto put = put_all(small);
  if (!put) return std::move(put).error();
  for (std::size_t i = 0; i < places.size(); ++i) creations[places[i]] = (*put)[i];
  for (const std::size_t i : large) {
    auto created = upload_in_parts(objects[i]);
    if (!created)
      return std::move(created).error().while_doing(fmt::format("uploading '{}'", objects[i].key));
    creations[i] = *created;
  }
  return creations;
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

Result<Creation> BucketStore::upload_in_parts(const NewObject& object) {
  const auto cut = cut_into_parts(object, part_size_);
  if (!cut) return cut.error();
  auto id = begin_upload(object.key, cut->digest);
  if (!id && may_be_about_rights(id.error())) return put_in_one(object);
  if (!id) return std::move(id).error();
  if (!*id) return Creation::exists;
  const PartedUpload upload{object.key, **std::move(id)};
  auto parts = put_all_parts(upload, cut->parts);
  auto creation =
      parts ? commit_upload(upload, *parts) : Result<Creation>(std::move(parts).error());
  if (!creation || *creation != Creation::created) abort_upload(upload);
  return creation;
}

Result<Creation> BucketStore::put_in_one(const NewObject& object) {
  auto whole = cut_into_parts(object, kOnePart);
  if (!whole) return std::move(whole).error();
  const SummedObject summed{object.key, *std::move(whole)};
  auto creations = put_all(std::span(&summed, 1));
  if (!creations) return std::move(creations).error();
  return creations->front();
}

Result<std::vector<std::string>> BucketStore::put_all_parts(const PartedUpload& upload,
                                                            std::span<const ObjectPart> parts) {
  std::vector<std::string> names;
  while (names.size() < parts.size()) {
    const auto rest = parts.subspan(names.size());
    auto put = put_parts(upload, names.size() + 1, rest.first(std::min(rest.size(), kPartsAtOnce)));
    if (!put) return std::move(put).error();
    names.insert(names.end(), put->begin(), put->end());
  }
  return names;
}

Result<std::vector<BucketStore::Found>> BucketStore::found_in(
    std::vector<Result<HttpResponse>> answers, bool (*says_absent)(const HttpResponse&),
    const Refusal& refused) {
  std::vector<Found> found;
  for (auto& answer : answers) {
    if (!answer) return std::move(answer).error();
    const bool is_absent = says_absent(*answer);
    if (!is_absent && answer->status != 200) return refused(found.size(), *answer);
    found.push_back(is_absent ? std::nullopt : Found(*std::move(answer)));
  }
  return found;
}

Result<std::vector<std::string>> BucketStore::part_names_in(
    const std::vector<Result<HttpResponse>>& answers, const Refusal& refused) {
  std::vector<std::string> names;
  for (const auto& answer : answers) {
    if (!answer) return answer.error();
    const std::string* name = answer->header("etag");
    if (!answer->is_success() || name == nullptr) return refused(names.size(), *answer);
    names.push_back(*name);
  }
  return names;
}

Result<std::vector<BucketStore::Found>> BucketStore::get_checked(
    std::span<const WantedObject> objects) {
  auto answers = get_answers(objects);
  if (!answers) return answers;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const Found& answer = (*answers)[i];
    if (!answer) continue;
    if (auto checked = check_object(*answer, Digest::of(answer->body), objects[i].key); !checked)
      return std::move(checked).error();
  }
  return answers;
}

/// An object without that header was put there by others, and passes.
Result<void> BucketStore::check_object(const HttpResponse& answer, const Digest& found,
                                       const std::string& key) const {
  const std::string* digest = answer.header(digest_header());
  if (digest == nullptr || *digest == found.hex()) return {};
  return Error(ErrorCode::corrupt, fmt::format("'{}' is not what was written there{}", key,
                                               describe_request_id(answer)));
}

}  // namespace cemli
