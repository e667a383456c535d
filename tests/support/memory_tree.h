#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reconciler/desired/file_tree.h"

namespace cemli::test {

/// Files by path, as a commit or, without one, a working tree has them.
class MemoryTree : public FileTree {
 public:
  explicit MemoryTree(
      std::map<std::string, std::string> files,
      std::optional<std::string> commit = "0123456789abcdef0123456789abcdef01234567")
      : files_(std::move(files)), commit_(std::move(commit)) {}

  Result<std::optional<std::string>> read(std::string_view path) const override {
    const auto found = files_.find(std::string(path));
    if (found == files_.end()) return std::optional<std::string>();
    return std::optional(found->second);
  }
  Result<std::vector<std::string>> names_in(std::string_view folder) const override {
    const std::string prefix = folder == "." ? "" : std::string(folder) + "/";
    std::vector<std::string> names;
    for (const auto& file : files_) {
      if (file.first.starts_with(prefix)) names.push_back(file.first.substr(prefix.size()));
    }
    return names;
  }
  std::optional<std::string> commit() const override { return commit_; }

 private:
  std::map<std::string, std::string> files_;
  std::optional<std::string> commit_;
};

}  // namespace cemli::test
