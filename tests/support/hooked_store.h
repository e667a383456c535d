#pragma once

#include <functional>
#include <string>

#include "state/store/store.h"

namespace cemli::test {

/// Forwards to another store, which must outlive it, and calls a test before each create of one
/// object: in the creating thread, so the test may block it or come first.
class HookedStore final : public Store {
 public:
  explicit HookedStore(Store& inner) : inner_(inner) {}

  /// Set before other threads use the store.
  std::function<void(const std::string& key)> before_create = [](const std::string&) {};

  [[nodiscard]] Result<std::optional<std::string>> get(const std::string& key) override {
    return inner_.get(key);
  }
  [[nodiscard]] Result<std::optional<FetchedFile>> get_to_file(const std::string& key,
                                                               int fd) override {
    return inner_.get_to_file(key, fd);
  }
  [[nodiscard]] Result<std::optional<AgedObject>> get_aged(const std::string& key) override {
    return inner_.get_aged(key);
  }
  [[nodiscard]] Result<Creation> create(const NewObject& object) override {
    before_create(object.key);
    return inner_.create(object);
  }
  [[nodiscard]] Result<std::vector<Creation>> create_all(
      std::span<const NewObject> objects) override {
    return inner_.create_all(objects);
  }
  [[nodiscard]] Result<std::pair<bool, bool>> which_exist(const std::string& key,
                                                          const std::string& next_key) override {
    return inner_.which_exist(key, next_key);
  }
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& prefix,
                                                      const std::string& from,
                                                      std::size_t limit) override {
    return inner_.list(prefix, from, limit);
  }
  [[nodiscard]] std::string address() const override { return inner_.address(); }

 private:
  Store& inner_;
};

}  // namespace cemli::test
