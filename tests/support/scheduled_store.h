#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "state/base/clock.h"
#include "state/store/store.h"

namespace cemli::test {

/// What becomes of one request to create an object.
enum class Fate {
  arrives,
  is_lost,                 ///< and the client times out
  answer_is_lost,          ///< it is done, and the client times out
  is_late,                 ///< the client times out, and it arrives on command
  is_lost_with_the_store,  ///< and from now on the client reaches nothing
  is_last,                 ///< it is done, and from then on the client reaches nothing
  is_late_and_last,        ///< as `is_late`, and from now on the client reaches nothing
};

/// Forwards to another store, which must outlive it, over a network that delays, loses and reorders
/// on command. Used from one thread.
class ScheduledStore final : public Store {
 public:
  explicit ScheduledStore(Store& inner) : inner_(inner) {}

  /// The fates of the creates to come, in their order; what comes behind them arrives.
  void schedule(std::vector<Fate> fates) { fates_.assign(fates.begin(), fates.end()); }
  /// What is late arrives now, in the order in which it was sent or against it.
  enum class Order { as_sent, reversed };
  void let_arrive(Order order);
  /// The client reaches the store again.
  void reconnect() { is_cut_off_ = false; }
  /// When each create was asked for.
  [[nodiscard]] const std::vector<BootTime>& asked_at() const { return asked_at_; }

  [[nodiscard]] Result<std::optional<std::string>> get(const std::string& key) override;
  [[nodiscard]] Result<std::optional<FetchedFile>> get_to_file(const std::string& key,
                                                               int fd) override;
  [[nodiscard]] Result<std::optional<AgedObject>> get_aged(const std::string& key) override;
  [[nodiscard]] Result<Creation> create(const NewObject& object) override;
  [[nodiscard]] Result<std::vector<Creation>> create_all(
      std::span<const NewObject> objects) override;
  [[nodiscard]] Result<std::pair<bool, bool>> which_exist(const std::string& key,
                                                          const std::string& next_key) override;
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& prefix,
                                                      const std::string& from,
                                                      std::size_t limit) override;
  [[nodiscard]] std::string address() const override { return inner_.address(); }

 private:
  Store& inner_;
  bool is_cut_off_ = false;
  std::vector<BootTime> asked_at_;
  std::deque<Fate> fates_;
  std::vector<std::pair<std::string, std::string>> late_;
};

}  // namespace cemli::test
