#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "state/base/result.h"

namespace cemli {

/// Owns a file descriptor.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept;
  ~UniqueFd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

/// Whether the bytes must survive a power loss before the call returns.
enum class Durability { synced, relaxed };

/// The whole file. `not_found` where there is none.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path);

/// Creates `path`, which must not exist: a temporary file beside it is written, synced and linked,
/// so that no reader ever sees a part. `conflict` where it exists. Missing folders are made.
[[nodiscard]] Result<void> create_file(const std::filesystem::path& path, std::string_view bytes,
                                       Durability durability);

/// As above, of what `fill` writes to the descriptor that it gets.
[[nodiscard]] Result<void> create_file(const std::filesystem::path& path,
                                       const std::function<Result<void>(int fd)>& fill,
                                       Durability durability);

/// Puts `bytes` at `path` in one step by renaming a temporary file over whatever is there.
[[nodiscard]] Result<void> replace_file(const std::filesystem::path& path, std::string_view bytes,
                                        Durability durability);

/// Writes what a user asked for: a file as a whole or not at all, and into anything else that is
/// there (a device, a pipe) as it comes. Makes no folders, and leaves a symbolic link one.
[[nodiscard]] Result<void> write_named_file(const std::filesystem::path& path,
                                            std::string_view bytes);
/// As above, of what `fill` writes to the descriptor that it gets. Where `fill` fails, nothing is
/// left of a file.
[[nodiscard]] Result<void> write_named_file(const std::filesystem::path& path,
                                            const std::function<Result<void>(int fd)>& fill);

/// Creates `path`, which must not exist, with `mode`, unsynced and in place: for scratch files that
/// nobody reads before they are whole.
[[nodiscard]] Result<void> write_scratch_file(const std::filesystem::path& path,
                                              std::string_view bytes, unsigned mode);
/// As above, of what `fill` writes to the descriptor that it gets.
[[nodiscard]] Result<void> write_scratch_file(const std::filesystem::path& path,
                                              const std::function<Result<void>(int fd)>& fill,
                                              unsigned mode);

/// An empty file in `folder` that has no name: it goes when it is closed.
[[nodiscard]] Result<UniqueFd> make_nameless_file(const std::filesystem::path& folder);
/// Opens a file to be read. `not_found` where there is none, or a folder.
[[nodiscard]] Result<UniqueFd> open_file(const std::filesystem::path& path);
/// The folder for files that nobody needs tomorrow: `TMPDIR`, or `/tmp`.
[[nodiscard]] std::filesystem::path temporary_root();

/// Writes all of `bytes` to `fd`, going on after interruptions and short writes.
[[nodiscard]] Result<void> write_all(int fd, std::string_view bytes);

/// Makes the entries of a folder (names, links) survive a power loss.
[[nodiscard]] Result<void> sync_folder(const std::filesystem::path& folder);

/// Makes `folder` and its missing parents, each durable where asked.
[[nodiscard]] Result<void> make_folders(const std::filesystem::path& folder, Durability durability);

/// Relative paths of the regular files in a folder and below, sorted; links to folders are not
/// entered. An error where the folder is not there, or no longer.
[[nodiscard]] Result<std::vector<std::string>> regular_files_in(
    const std::filesystem::path& folder);

/// Removes a tree, also where its folders were made read-only. Missing is success.
[[nodiscard]] Result<void> remove_tree(const std::filesystem::path& path);

/// A new, empty, private (0700) folder, removed with all it holds at the end of its life.
class TemporaryFolder {
 public:
  /// `parent` must exist; the name starts with `prefix`.
  [[nodiscard]] static Result<TemporaryFolder> make(const std::filesystem::path& parent,
                                                    std::string_view prefix);
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&& other) noexcept;
  ~TemporaryFolder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

/// `bytes` random bytes as lower-case hex, from the system's generator.
[[nodiscard]] std::string random_hex(std::size_t bytes);

}  // namespace cemli
