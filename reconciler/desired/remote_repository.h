#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "state/base/result.h"

namespace cemli {

/// Whether `--repo` names a repository elsewhere: `https://…`, `ssh://…`, `file://…`, `HOST:PATH`.
/// A path that exists here is never one.
[[nodiscard]] bool is_remote_repository(const std::string& location);

/// The address as it may be shown: without a user's name and password.
[[nodiscard]] std::string shown_address(std::string_view url);

/// Brings branches, tags and `HEAD` of the repository at `url` into a bare copy below `cache` with
/// the `git` program, so that its ssh configuration, credential helpers and keys count; it never
/// asks. Returns the copy's folder. Commands that fetch the same one at the same time wait for one
/// another. `unavailable` says what git said; readable `stop_fd` (-1: none) gives up as `stopped`.
[[nodiscard]] Result<std::filesystem::path> fetch_repository(const std::string& url,
                                                             const std::filesystem::path& cache,
                                                             int stop_fd);

}  // namespace cemli
