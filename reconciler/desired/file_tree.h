#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "state/base/result.h"

namespace cemli {

/// Files below one root, read only: a Git commit or a working tree. Paths are relative, with `/`.
class FileTree {
 public:
  FileTree() = default;
  FileTree(const FileTree&) = delete;
  FileTree& operator=(const FileTree&) = delete;
  virtual ~FileTree() = default;

  /// The file's bytes; nothing only where there definitely is none. What is no regular file (a
  /// folder, a symbolic link) is `invalid_input`.
  [[nodiscard]] virtual Result<std::optional<std::string>> read(std::string_view path) const = 0;
  /// Names the file's bytes: the same id, the same bytes. Nothing only where there definitely is no
  /// such file. A tree that has no ids of its own makes them of the bytes.
  [[nodiscard]] virtual Result<std::optional<std::string>> id_of(std::string_view path) const;
  /// Names of the regular files in a folder, sorted; none where there is no such folder.
  [[nodiscard]] virtual Result<std::vector<std::string>> names_in(
      std::string_view folder) const = 0;
  /// The commit's id in hex; nothing for a working tree.
  [[nodiscard]] virtual std::optional<std::string> commit() const = 0;

  /// For messages: `commit 1a2b3c4d5e6f` or `the working tree`.
  [[nodiscard]] std::string description() const;
};

/// The files as they stand on disk below `root`.
[[nodiscard]] std::unique_ptr<FileTree> make_working_tree(std::filesystem::path root);

}  // namespace cemli
