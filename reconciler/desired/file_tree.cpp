#include "reconciler/desired/file_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "state/base/digest.h"
#include "state/base/file.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

class WorkingTree : public FileTree {
 public:
  explicit WorkingTree(fs::path root) : root_(std::move(root)) {}

  Result<std::optional<std::string>> read(std::string_view path) const override {
    std::error_code error;
    const fs::file_status status = fs::symlink_status(root_ / path, error);
    if (status.type() == fs::file_type::not_found) return std::optional<std::string>();
    if (error) return system_error(error.value(), fmt::format("reading '{}'", path));
    if (status.type() != fs::file_type::regular) {
      return Error(ErrorCode::invalid_input,
                   fmt::format("'{}' is not a regular file in {}", path, description()));
    }
    auto bytes = read_file(root_ / path);
    if (!bytes) return std::move(bytes).error();
    return std::optional<std::string>(*std::move(bytes));
  }

  Result<std::vector<std::string>> names_in(std::string_view folder) const override {
    std::vector<std::string> names;
    std::error_code error;
    fs::directory_iterator entry(root_ / folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      std::error_code vanished;
      const bool is_regular = entry->symlink_status(vanished).type() == fs::file_type::regular;
      if (is_regular) names.push_back(entry->path().filename().string());
    }
    if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) {
      return std::vector<std::string>();
    }
    if (error) return system_error(error.value(), fmt::format("listing '{}'", folder));
    std::sort(names.begin(), names.end());
    return names;
  }

  std::optional<std::string> commit() const override { return std::nullopt; }

 private:
  fs::path root_;
};

}  // namespace

Result<std::optional<std::string>> FileTree::id_of(std::string_view path) const {
  auto bytes = read(path);
  if (!bytes || !*bytes) return bytes;
  return std::optional(Digest::of(**bytes).hex());
}

std::string FileTree::description() const {
  const std::optional<std::string> id = commit();
  return id ? fmt::format("commit {}", id->substr(0, 12)) : "the working tree";
}

std::unique_ptr<FileTree> make_working_tree(std::filesystem::path root) {
  return std::make_unique<WorkingTree>(std::move(root));
}

}  // namespace cemli
