#include "tests/support/faulty_store.h"

#include <utility>

namespace cemli::test {

void FaultyStore::refuse_creates(int count, ErrorCode code) {
  refuse_creates_later(0, count, code);
}

void FaultyStore::refuse_creates_later(int creates, int count, ErrorCode code) {
  const std::scoped_lock lock(mutex_);
  creates_until_refusal_ = creates;
  refused_ = count;
  refusal_ = code;
}

void FaultyStore::lose_answers(int count) {
  const std::scoped_lock lock(mutex_);
  lost_ = count;
}

void FaultyStore::deny_successes(int count) {
  const std::scoped_lock lock(mutex_);
  denied_ = count;
}

void FaultyStore::hide(const std::string& key, int count) {
  const std::scoped_lock lock(mutex_);
  hidden_[key] = count;
}

void FaultyStore::ignore_condition() {
  const std::scoped_lock lock(mutex_);
  ignores_condition_ = true;
}

void FaultyStore::report_age(std::optional<std::chrono::milliseconds> age) {
  const std::scoped_lock lock(mutex_);
  age_ = age;
}

FaultyStore::Requests FaultyStore::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

std::vector<std::pair<std::string, std::string>> FaultyStore::sent() const {
  const std::scoped_lock lock(mutex_);
  return sent_;
}

Result<std::optional<std::string>> FaultyStore::get(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  ++requests_.gets;
  if (const auto hidden = hidden_.find(key); hidden != hidden_.end() && hidden->second > 0) {
    --hidden->second;
    return std::optional<std::string>();
  }
  if (const auto other = overwritten_.find(key); other != overwritten_.end())
    return std::optional(other->second);
  return inner_.get(key);
}

Result<std::optional<FetchedFile>> FaultyStore::get_to_file(const std::string& key, int fd) {
  const std::scoped_lock lock(mutex_);
  ++requests_.gets;
  return inner_.get_to_file(key, fd);
}

Result<std::optional<AgedObject>> FaultyStore::get_aged(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  ++requests_.gets;
  auto object = inner_.get_aged(key);
  if (object && *object && age_) (*object)->age = *age_;
  return object;
}

Result<Creation> FaultyStore::create(const NewObject& object) {
  auto bytes = read_at(object.bytes, 0, size_of(object.bytes));
  if (!bytes) return std::move(bytes).error();
  const std::scoped_lock lock(mutex_);
  ++requests_.creates;
  sent_.emplace_back(object.key, *bytes);
  if (creates_until_refusal_ > 0) {
    --creates_until_refusal_;
  } else if (refused_ > 0) {
    --refused_;
    return Error(refusal_, "injected: refused before the write");
  }
  auto created = inner_.create(object);
  if (!created) return created;
  if (ignores_condition_ && *created == Creation::exists) {
    overwritten_[object.key] = *bytes;
    created = Creation::created;
  }
  if (lost_ > 0) {
    --lost_;
    return Error(ErrorCode::unavailable, "injected: the answer was lost");
  }
  if (denied_ > 0) {
    --denied_;
    return Creation::exists;
  }
  return created;
}

Result<std::vector<Creation>> FaultyStore::create_all(std::span<const NewObject> objects) {
  std::vector<Creation> creations;
  for (const NewObject& object : objects) {
    auto created = create(object);
    if (!created) return std::move(created).error();
    creations.push_back(*created);
  }
  return creations;
}

Result<std::pair<bool, bool>> FaultyStore::which_exist(const std::string& key,
                                                       const std::string& next_key) {
  const std::scoped_lock lock(mutex_);
  ++requests_.existence_checks;
  return inner_.which_exist(key, next_key);
}

Result<std::vector<std::string>> FaultyStore::list(const std::string& prefix,
                                                   const std::string& from, std::size_t limit) {
  const std::scoped_lock lock(mutex_);
  ++requests_.lists;
  return inner_.list(prefix, from, limit);
}

}  // namespace cemli::test
