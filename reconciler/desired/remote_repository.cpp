#include "reconciler/desired/remote_repository.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "reconciler/desired/git_program.h"
#include "state/base/ascii.h"
#include "state/base/digest.h"
#include "state/base/file.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

/// Where `user:password@` stands in a URL, as begin and end.
std::optional<std::pair<std::size_t, std::size_t>> user_in(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  const std::size_t begin = scheme + 3;
  const std::size_t end = url.substr(0, url.find('/', begin)).rfind('@');
  if (end == std::string_view::npos || end < begin) return std::nullopt;
  return std::pair(begin, end);
}

class GitProgram {
 public:
  explicit GitProgram(int stop_fd) : stop_fd_(stop_fd) {}

  /// What it printed.
  [[nodiscard]] Result<std::string> run(std::vector<std::string> arguments) const {
    auto end = run_git(std::move(arguments), stop_fd_);
    if (!end) return std::move(end).error();
    if (end->exit_code == 0) return std::move(end->out);
    Error error(ErrorCode::unavailable, what_git_said(*end));
    if (error.message().find("mismatched algorithms") == std::string::npos) return error;
    return std::move(error).with_hint("cemli reads repositories of the SHA-1 kind only");
  }

 private:
  int stop_fd_;
};

Result<UniqueFd> lock_copy(const fs::path& copy) {
  const std::string path = copy.string() + ".lock";
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.is_open()) return system_error(errno, fmt::format("opening '{}'", path));
  while (::flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return system_error(errno, fmt::format("locking '{}'", path));
  }
  return fd;
}

/// What `git ls-remote --symref URL HEAD` says: the branch that HEAD is, or the commit it is at.
struct RemoteHead {
  std::string branch;
  std::string commit;
};

RemoteHead parse_head(std::string_view text) {
  RemoteHead head;
  while (!text.empty()) {
    const std::string_view line = take_until(text, '\n');
    const std::size_t tab = line.find('\t');
    if (tab == std::string_view::npos || line.substr(tab + 1) != "HEAD") continue;
    constexpr std::string_view kSymbolic = "ref: ";
    if (line.starts_with(kSymbolic)) {
      head.branch = line.substr(kSymbolic.size(), tab - kSymbolic.size());
    } else {
      head.commit = line.substr(0, tab);
    }
  }
  return head;
}

Result<void> update_copy(const GitProgram& git, const std::string& url, const fs::path& copy) {
  const std::string folder = copy.string();
  if (auto made = git.run({"init", "--quiet", "--bare", folder}); !made)
    return std::move(made).error();
  if (auto fetched = git.run({"-C", folder, "fetch", "--quiet", "--prune", "--force",
                              "--no-write-fetch-head", "--no-recurse-submodules", "--", url,
                              "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"});
      !fetched) {
    return std::move(fetched).error();
  }
  auto listed = git.run({"ls-remote", "--symref", "--", url, "HEAD"});
  if (!listed) return std::move(listed).error();
  const RemoteHead head = parse_head(*listed);
  if (!head.branch.empty()) {
    auto set = git.run({"-C", folder, "symbolic-ref", "HEAD", head.branch});
    if (!set) return std::move(set).error();
  } else if (!head.commit.empty()) {
    auto set = git.run({"-C", folder, "update-ref", "--no-deref", "HEAD", head.commit});
    if (!set) return std::move(set).error();
  }
  return {};
}

}  // namespace

bool is_remote_repository(const std::string& location) {
  std::error_code ignored;
  if (fs::exists(location, ignored)) return false;
  if (location.find("://") != std::string::npos) return true;
  const std::size_t colon = location.find(':');
  return colon != std::string::npos && colon > 0 && location.find('/') > colon;
}

std::string shown_address(std::string_view url) {
  const auto user = user_in(url);
  if (!user) return std::string(url);
  return fmt::format("{}***{}", url.substr(0, user->first), url.substr(user->second));
}

Result<fs::path> fetch_repository(const std::string& url, const fs::path& cache, int stop_fd) {
  const std::string fetching = fmt::format("fetching '{}'", shown_address(url));
  const fs::path folder = cache / "repositories";
  if (auto made = make_folders(folder, Durability::relaxed); !made)
    return std::move(made).error().while_doing(fetching);
  fs::path copy = folder / (Digest::of(url).hex() + ".git");
  auto lock = lock_copy(copy);
  if (!lock) return std::move(lock).error().while_doing(fetching);
  if (auto updated = update_copy(GitProgram(stop_fd), url, copy); !updated)
    return std::move(updated).error().while_doing(fetching);
  return copy;
}

}  // namespace cemli
