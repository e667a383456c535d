#include "reconciler/execute/step_logs.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <limits>
#include <optional>
#include <utility>

#include "state/base/file.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

RuleHit trouble(const std::string& file, std::string what) {
  return {RuleHit::Kind::fail, "cemli/logs", file, 0, std::move(what)};
}

/// Reads from `from` up to `to` or the end, in pieces. Whether it could be read.
bool read_range(int fd, std::uint64_t from, std::uint64_t to,
                const std::function<void(std::string_view)>& take) {
  std::array<char, 64UL * 1024> buffer;
  while (from < to) {
    const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), to - from);
    const ssize_t n = ::pread(fd, buffer.data(), wanted, static_cast<off_t>(from));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n == 0;
    take({buffer.data(), static_cast<std::size_t>(n)});
    from += static_cast<std::uint64_t>(n);
  }
  return true;
}

std::optional<Digest> digest_of(int fd, std::uint64_t size) {
  Sha256 sha;
  const bool read = read_range(fd, 0, size, [&sha](std::string_view part) { sha.update(part); });
  if (!read) return std::nullopt;
  return sha.finish();
}

/// Never waits for a pipe's other end, and follows no link out of the folder.
UniqueFd open_log(const fs::path& file) {
  return UniqueFd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
}

bool operator==(const std::timespec& left, const std::timespec& right) {
  return left.tv_sec == right.tv_sec && left.tv_nsec == right.tv_nsec;
}

}  // namespace

StepLogs::StepLogs(fs::path folder, std::vector<std::string> patterns)
    : folder_(std::move(folder)), patterns_(std::move(patterns)) {
  for (const std::string& path : find()) {
    const UniqueFd fd = open_log(folder_ / path);
    struct stat status {};
    if (!fd.is_open() || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    Before before{static_cast<std::uint64_t>(status.st_size), Digest::of("")};
    before.changed = status.st_ctim;
    Sha256 sha;
    std::uint64_t at = 0;
    const bool read = read_range(fd.get(), 0, before.size, [&](std::string_view part) {
      sha.update(part);
      before.last_line += static_cast<std::uint64_t>(std::count(part.begin(), part.end(), '\n'));
      const std::size_t last = part.rfind('\n');
      if (last != std::string_view::npos) before.last_line_at = at + last + 1;
      at += part.size();
    });
    if (!read) continue;
    before.digest = sha.finish();
    before_.emplace(path, before);
  }
}

bool StepLogs::is_named(const std::string& path, const std::string& pattern) const {
  return ::fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME) == 0;
}

/// Paths in the folder, sorted; folders that are links are not entered.
std::vector<std::string> StepLogs::find() const {
  std::vector<std::string> paths;
  if (patterns_.empty()) return paths;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder_, error), end; !error && it != end;
       it.increment(error)) {
    const std::string path = it->path().native().substr(folder_.native().size() + 1);
    const bool is_folder = fs::is_directory(it->symlink_status(error));
    const bool named =
        std::any_of(patterns_.begin(), patterns_.end(),
                    [&](const std::string& pattern) { return is_named(path, pattern); });
    if (named && !is_folder) paths.push_back(path);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

void StepLogs::judge_changes(OutputJudge& judge, const Masks& masks) const {
  if (patterns_.empty()) return;
  const std::vector<std::string> paths = find();
  std::uint64_t budget = kMostLogBytes;
  for (const std::string& path : paths) judge_file(path, budget, judge, masks);
  for (const std::string& pattern : patterns_) {
    const bool is_used = std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
      return is_named(path, pattern);
    });
    if (!is_used)
      judge.report({RuleHit::Kind::warn, "cemli/logs", pattern, 0, "there is no such log file"});
  }
}

void StepLogs::judge_file(const std::string& path, std::uint64_t& budget, OutputJudge& judge,
                          const Masks& masks) const {
  const UniqueFd fd = open_log(folder_ / path);
  if (!fd.is_open() && errno != ELOOP)
    return judge.report(trouble(path, std::string("cannot be read: ") + ::strerror(errno)));
  struct stat status {};
  if (!fd.is_open() || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return judge.report(trouble(path, "is not a regular file, so it cannot be judged"));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  std::uint64_t from = 0;
  if (const auto known = before_.find(path); known != before_.end()) {
    const Before& before = known->second;
    if (size == before.size && status.st_ctim == before.changed) return;
    // A rewritten file may well be longer than the one before.
    if (size > before.size && digest_of(fd.get(), before.size) == before.digest) {
      from = before.last_line_at;
      judge.begin_at(path, before.last_line);
    }
  }
  if (size - from > budget)
    return judge.report(trouble(path, "is too long to be judged: more than 256 MiB of log files"));
  budget -= size - from;
  StreamMask mask(masks);
  const bool read = read_range(fd.get(), from, size,
                               [&](std::string_view part) { judge.add(path, mask.feed(part)); });
  judge.add(path, mask.finish());
  if (!read) judge.report(trouble(path, "cannot be read to its end"));
}

}  // namespace cemli
