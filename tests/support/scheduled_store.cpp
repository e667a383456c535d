#include "tests/support/scheduled_store.h"

#include <algorithm>

namespace cemli::test {
namespace {

/// An error that waiting does not mend, so that nobody waits in a test.
Error out_of_reach() {
  return {ErrorCode::denied, "out of reach"};
}

}  // namespace

void ScheduledStore::let_arrive(Order order) {
  if (order == Order::reversed) std::reverse(late_.begin(), late_.end());
  for (const auto& [key, bytes] : std::exchange(late_, {}))
    static_cast<void>(inner_.create({key, bytes}));
}

Result<std::optional<std::string>> ScheduledStore::get(const std::string& key) {
  if (is_cut_off_) return out_of_reach();
  return inner_.get(key);
}

Result<std::optional<FetchedFile>> ScheduledStore::get_to_file(const std::string& key, int fd) {
  if (is_cut_off_) return out_of_reach();
  return inner_.get_to_file(key, fd);
}

Result<std::optional<AgedObject>> ScheduledStore::get_aged(const std::string& key) {
  if (is_cut_off_) return out_of_reach();
  return inner_.get_aged(key);
}

Result<Creation> ScheduledStore::create(const NewObject& object) {
  asked_at_.push_back(boot_now());
  if (is_cut_off_) return out_of_reach();
  Fate fate = Fate::arrives;
  if (!fates_.empty()) {
    fate = fates_.front();
    fates_.pop_front();
  }
  if (fate == Fate::arrives) return inner_.create(object);
  is_cut_off_ = fate == Fate::is_lost_with_the_store || fate == Fate::is_last ||
                fate == Fate::is_late_and_last;
  if (fate == Fate::answer_is_lost || fate == Fate::is_last)
    static_cast<void>(inner_.create(object));
  if (fate == Fate::is_late || fate == Fate::is_late_and_last)
    late_.emplace_back(object.key, std::get<std::string_view>(object.bytes));
  if (is_cut_off_) return out_of_reach();
  return Error(ErrorCode::unavailable, "timed out");
}

Result<std::vector<Creation>> ScheduledStore::create_all(std::span<const NewObject> objects) {
  if (is_cut_off_) return out_of_reach();
  return inner_.create_all(objects);
}

Result<std::pair<bool, bool>> ScheduledStore::which_exist(const std::string& key,
                                                          const std::string& next_key) {
  if (is_cut_off_) return out_of_reach();
  return inner_.which_exist(key, next_key);
}

Result<std::vector<std::string>> ScheduledStore::list(const std::string& prefix,
                                                      const std::string& from, std::size_t limit) {
  if (is_cut_off_) return out_of_reach();
  return inner_.list(prefix, from, limit);
}

}  // namespace cemli::test
