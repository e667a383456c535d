#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "state/store/store.h"

namespace cemli::test {

/// Forwards to another store, which must outlive it, and misbehaves where a test asks for it.
class FaultyStore final : public Store {
 public:
  explicit FaultyStore(Store& inner) : inner_(inner) {}

  /// The next `count` creates fail and nothing is written.
  void refuse_creates(int count, ErrorCode code = ErrorCode::unavailable);
  /// The next `count` creates are done, and their answer is lost.
  void lose_answers(int count);
  /// The next `count` creates are done and answered with "exists", as NFS may.
  void deny_successes(int count);
  /// After `creates` more of them, the next `count` are refused.
  void refuse_creates_later(int creates, int count, ErrorCode code = ErrorCode::unavailable);
  /// The next `count` reads of `key` say that it is not there, although lists show it.
  void hide(const std::string& key, int count);
  /// From now on an object that exists is overwritten, and counted as created.
  void ignore_condition();
  /// What is reported of any object's age, nothing included.
  void report_age(std::optional<std::chrono::milliseconds> age);

  struct Requests {
    int gets = 0;
    int creates = 0;
    int lists = 0;
    int existence_checks = 0;
    friend bool operator==(const Requests&, const Requests&) = default;
  };
  [[nodiscard]] Requests requests() const;
  /// Key and bytes of every create that was asked for, done or not.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> sent() const;

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
  mutable std::mutex mutex_;
  int creates_until_refusal_ = 0;
  int refused_ = 0;
  ErrorCode refusal_ = ErrorCode::unavailable;
  int lost_ = 0;
  int denied_ = 0;
  std::map<std::string, int> hidden_;
  bool ignores_condition_ = false;
  std::map<std::string, std::string> overwritten_;
  std::optional<std::optional<std::chrono::milliseconds>> age_;
  Requests requests_;
  std::vector<std::pair<std::string, std::string>> sent_;
};

}  // namespace cemli::test
