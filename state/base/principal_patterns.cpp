#include "state/base/principal_patterns.h"

#include "state/base/ascii.h"

namespace cemli {
namespace {

/// Without recursion: a star takes one more character each time that the rest does not fit.
bool matches_pattern(std::string_view name, std::string_view pattern) {
  std::size_t at = 0;
  std::size_t in_pattern = 0;
  std::size_t star = std::string_view::npos;
  std::size_t taken = 0;
  while (at < name.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      star = in_pattern++;
      taken = at;
    } else if (in_pattern < pattern.size() &&
               (pattern[in_pattern] == '?' || pattern[in_pattern] == name[at])) {
      ++at;
      ++in_pattern;
    } else if (star != std::string_view::npos) {
      in_pattern = star + 1;
      at = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

enum class Match { meant, out, neither };

Match match_list(std::string_view name, std::string_view list) {
  Match match = Match::neither;
  while (!list.empty()) {
    std::string_view pattern = take_until(list, ',');
    const bool is_negated = pattern.starts_with('!');
    if (is_negated) pattern.remove_prefix(1);
    if (pattern.empty() || !matches_pattern(name, pattern)) continue;
    if (is_negated) return Match::out;
    match = Match::meant;
  }
  return match;
}

Match match_lists(std::string_view name, std::span<const std::string> lists) {
  Match all = Match::neither;
  for (const std::string& list : lists) {
    const Match match = match_list(name, list);
    if (match == Match::out) return Match::out;
    if (match == Match::meant) all = Match::meant;
  }
  return all;
}

}  // namespace

bool matches_principal(std::string_view name, std::span<const std::string> patterns) {
  return match_lists(name, patterns) == Match::meant;
}

bool matches_principals(std::span<const std::string> names, std::span<const std::string> patterns) {
  bool is_meant = false;
  for (const std::string& name : names) {
    const Match match = match_lists(name, patterns);
    if (match == Match::out) return false;
    is_meant = is_meant || match == Match::meant;
  }
  return is_meant;
}

}  // namespace cemli
