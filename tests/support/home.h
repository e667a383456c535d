#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <string>

#include "state/base/file.h"
#include "state/base/variables.h"

namespace cemli::test {

/// A user's home directory, and the environment that names it.
class Home {
 public:
  Home() : variables{{"HOME", folder_.path().string()}} {}

  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_.path() / name).string();
  }
  /// Writes a file below it, and returns its path.
  std::string write(const std::string& name, const std::string& text) const {
    const std::filesystem::path whole = path(name);
    REQUIRE(make_folders(whole.parent_path(), Durability::relaxed));
    REQUIRE(replace_file(whole, text, Durability::relaxed));
    return whole.string();
  }
  /// As it is now; later changes of `variables` are not seen.
  [[nodiscard]] Variables environment() const {
    return [values = variables](const std::string& name) -> std::optional<std::string> {
      const auto found = values.find(name);
      if (found == values.end()) return std::nullopt;
      return found->second;
    };
  }

 private:
  static TemporaryFolder make() {
    auto made = TemporaryFolder::make(std::filesystem::temp_directory_path(), "cemli-home-");
    REQUIRE(made);
    return *std::move(made);
  }

  TemporaryFolder folder_ = make();

 public:
  std::map<std::string, std::string> variables;
};

}  // namespace cemli::test
