#include "reconciler/desired/lock_memory.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace cemli {
namespace {

constexpr std::string_view kEnd = "}}\n";

/// The first line of a lock file of `environment`; the whole of an empty one shows what follows it.
std::string first_line(std::string_view environment, bool tracks_all) {
  LockFile empty{std::string(environment)};
  empty.tracks_all = tracks_all;
  const std::string text = encode_lock(empty);
  return text.substr(0, text.size() - kEnd.size());
}

}  // namespace

Result<LockFile> LockMemory::parse(std::string_view text, std::string_view environment,
                                   std::string_view file) {
  LockFile lock{std::string(environment)};
  std::string_view rest = text;
  for (const bool tracks_all : {false, true}) {
    const std::string first = first_line(environment, tracks_all);
    if (!text.starts_with(first)) continue;
    lock.tracks_all = tracks_all;
    rest.remove_prefix(first.size());
  }
  const auto in_whole = [&] { return parse_lock_file(text, environment, file); };
  if (rest.size() == text.size()) return in_whole();
  // Each line is a member of its own, so that the file is what its lines are.
  bool goes_on = true;
  while (rest != kEnd) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos || !goes_on) return in_whole();
    std::string_view line = rest.substr(0, end);
    goes_on = line.ends_with(',');
    if (goes_on) line.remove_suffix(1);
    const auto* package = find(line);
    if (package == nullptr || !lock.packages.insert(*package).second) return in_whole();
    rest.remove_prefix(end + 1);
  }
  if (goes_on && !lock.packages.empty()) return in_whole();
  return lock;
}

const std::pair<std::string, LockedPackage>* LockMemory::find(std::string_view line) {
  if (const auto known = lines_.find(line); known != lines_.end()) return &known->second;
  const std::string alone = first_line("x", false) + std::string(line) + "\n" + std::string(kEnd);
  auto read = parse_lock_file(alone, "x", "");
  if (!read || read->packages.size() != 1) return nullptr;
  return &lines_.emplace(line, std::pair(*std::move(read->packages.begin()))).first->second;
}

}  // namespace cemli
