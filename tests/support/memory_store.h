#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

#include "state/store/store.h"

namespace cemli::test {

/// A store in memory, whose objects a test may alter or remove. It tells no ages.
class MemoryStore final : public Store {
 public:
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
  [[nodiscard]] std::string address() const override { return "memory:test"; }

  /// What it holds; not to be touched while another thread uses the store.
  std::map<std::string, std::string> objects;
  /// How often it was read or listed; each would be a request to a store that is far away.
  std::size_t reads = 0;

 private:
  std::mutex mutex_;
};

}  // namespace cemli::test
