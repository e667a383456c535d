#include "state/base/semver.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <tuple>
#include <utility>

namespace cemli {
namespace {

constexpr std::uint64_t kLargestNumber = 9007199254740991;  // 2^53 - 1, as npm has it
constexpr std::size_t kLongestVersion = 128;                // it becomes part of a file's name

/// A version of which trailing numbers may be left open: `1`, `1.2`, `1.x`, `*`, `1.2.3-rc.1`.
struct PartialVersion {
  std::optional<std::uint64_t> major;
  std::optional<std::uint64_t> minor;
  std::optional<std::uint64_t> patch;
  std::vector<std::string> prerelease;
};

enum class OpenNumbers { allowed, refused };

Error invalid(std::string message) {
  return {ErrorCode::invalid_input, std::move(message)};
}

std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + separator.size());
  }
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_identifier_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

Result<std::uint64_t> read_number(std::string_view text) {
  if (!is_number(text)) return invalid(fmt::format("'{}' is not a number", text));
  if (text.size() > 1 && text.front() == '0')
    return invalid(fmt::format("the number '{}' starts with a zero", text));
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > kLargestNumber)
    return invalid(fmt::format("the number '{}' is too large", text));
  return number;
}

Result<std::vector<std::string>> read_identifiers(std::string_view text, std::string_view kind) {
  std::vector<std::string> identifiers;
  for (const std::string_view part : split(text, ".")) {
    if (part.empty() || !std::all_of(part.begin(), part.end(), is_identifier_character))
      return invalid(
          fmt::format("the {} '{}' has a part that is empty or holds other characters "
                      "than letters, digits and '-'",
                      kind, text));
    identifiers.emplace_back(part);
  }
  return identifiers;
}

Result<void> read_numbers(std::string_view text, OpenNumbers open, PartialVersion& version) {
  const std::vector<std::string_view> parts = split(text, ".");
  if (parts.size() > 3) return invalid("more than three numbers");
  const std::array<std::optional<std::uint64_t>*, 3> numbers{&version.major, &version.minor,
                                                             &version.patch};
  bool is_open = false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (open == OpenNumbers::allowed && (parts[i] == "x" || parts[i] == "X" || parts[i] == "*")) {
      is_open = true;
      continue;
    }
    if (is_open) return invalid(fmt::format("'{}' stands behind an open number", parts[i]));
    auto number = read_number(parts[i]);
    if (!number) return std::move(number).error();
    *numbers[i] = *number;
  }
  if (!version.patch && open == OpenNumbers::refused) return invalid("fewer than three numbers");
  return {};
}

Result<PartialVersion> read_version(std::string_view text, OpenNumbers open) {
  if (text.size() > kLongestVersion)
    return invalid(fmt::format("longer than {} characters", kLongestVersion));
  PartialVersion version;
  const std::size_t plus = text.find('+');
  const std::string_view before_build = text.substr(0, plus);
  const std::size_t dash = before_build.find('-');
  if (auto read = read_numbers(before_build.substr(0, dash), open, version); !read)
    return std::move(read).error();
  if (!version.patch && (dash != std::string_view::npos || plus != std::string_view::npos))
    return invalid("a pre-release or build needs all three numbers before it");
  if (dash != std::string_view::npos) {
    auto identifiers = read_identifiers(before_build.substr(dash + 1), "pre-release");
    if (!identifiers) return std::move(identifiers).error();
    version.prerelease = *std::move(identifiers);
    for (const std::string& identifier : version.prerelease) {
      if (is_number(identifier) && identifier.size() > 1 && identifier.front() == '0')
        return invalid(fmt::format("the pre-release number '{}' starts with a zero", identifier));
    }
  }
  if (plus != std::string_view::npos) {
    if (auto build = read_identifiers(text.substr(plus + 1), "build"); !build)
      return std::move(build).error();
  }
  return version;
}

/// Numbers compare by value and stand before words (semver clause 11.4). They may be of any length.
std::strong_ordering compare_identifiers(const std::string& left, const std::string& right) {
  const bool left_is_number = is_number(left);
  if (left_is_number != is_number(right))
    return left_is_number ? std::strong_ordering::less : std::strong_ordering::greater;
  if (left_is_number && left.size() != right.size()) return left.size() <=> right.size();
  return left <=> right;
}

}  // namespace

Result<Version> Version::parse(std::string_view text) {
  auto read = read_version(text, OpenNumbers::refused);
  if (!read) {
    return std::move(read)
        .error()
        .while_doing(fmt::format("'{}' is not a version", text))
        .with_hint("a version is MAJOR.MINOR.PATCH after semver.org, such as 1.4.2 or 2.0.0-rc.1");
  }
  Version version;
  version.text_ = text;
  version.major_ = *read->major;
  version.minor_ = *read->minor;
  version.patch_ = *read->patch;
  version.prerelease_ = std::move(read->prerelease);
  return version;
}

std::weak_ordering Version::compare(const Version& left, const Version& right) {
  const auto numbers = std::tie(left.major_, left.minor_, left.patch_) <=>
                       std::tie(right.major_, right.minor_, right.patch_);
  if (numbers != 0) return numbers;
  if (left.prerelease_.empty() || right.prerelease_.empty())
    return right.prerelease_.size() <=> left.prerelease_.size();
  const std::size_t common = std::min(left.prerelease_.size(), right.prerelease_.size());
  for (std::size_t i = 0; i < common; ++i) {
    const auto order = compare_identifiers(left.prerelease_[i], right.prerelease_[i]);
    if (order != 0) return order;
  }
  return left.prerelease_.size() <=> right.prerelease_.size();
}

/// Turns each part of a range into plain comparators.
class VersionRangeParser {
 public:
  [[nodiscard]] static Result<VersionRange> parse(std::string_view text) {
    VersionRange range{std::string(text)};
    for (const std::string_view alternative : split(text, "||")) {
      VersionRangeParser parser;
      if (auto read = parser.read_alternative(alternative); !read) {
        return std::move(read)
            .error()
            .while_doing(fmt::format("'{}' is not a version range", text))
            .with_hint("a range is written as in npm, such as '>=1.2.0 <2', '^1.2' or '*'");
      }
      range.alternatives_.push_back(std::move(parser.comparators_));
    }
    return range;
  }

 private:
  using Operator = VersionRange::Operator;

  Result<void> read_alternative(std::string_view text) {
    std::vector<std::string_view> words;
    for (const std::string_view word : split(text, " ")) {
      if (!word.empty()) words.push_back(word);
    }
    if (words.empty()) return invalid("nothing is said; '*' is any version");
    if (words.size() == 3 && words[1] == "-") return read_hyphen_range(words[0], words[2]);
    for (std::size_t i = 0; i < words.size(); ++i) {
      const auto [sign, rest] = split_sign(words[i]);
      const bool version_follows = rest.empty() && !sign.empty() && i + 1 < words.size();
      const std::string_view version = version_follows ? words[++i] : rest;
      if (auto read = read_comparator(sign, version); !read) return read;
    }
    return {};
  }

  static std::pair<std::string_view, std::string_view> split_sign(std::string_view word) {
    for (const std::string_view sign : {"<=", ">=", "~>", "<", ">", "=", "^", "~"}) {
      if (word.starts_with(sign)) return {sign, word.substr(sign.size())};
    }
    return {"", word};
  }

  Result<void> read_hyphen_range(std::string_view first, std::string_view last) {
    if (auto read = read_comparator(">=", first); !read) return read;
    return read_comparator("<=", last);
  }

  Result<void> read_comparator(std::string_view sign, std::string_view text) {
    const auto version = read_version(text, OpenNumbers::allowed);
    if (!version) return Error(version.error()).while_doing(fmt::format("in '{}{}'", sign, text));
    if (!version->major) {
      // Any version is already what no comparator at all says; none is below or above all of them.
      if (sign == "<" || sign == ">") add(Operator::less, below(0, 0, 0));
      return {};
    }
    if (sign == "^") {
      add_span(*version, after_caret(*version));
    } else if (sign == "~" || sign == "~>") {
      add_span(*version, after_open(*version));
    } else {
      add_comparison(sign, *version);
    }
    return {};
  }

  void add_comparison(std::string_view sign, const PartialVersion& version) {
    const bool is_whole = version.patch.has_value();
    const Version first = first_of(version);
    if (sign == ">=") {
      add(Operator::greater_equal, first);
    } else if (sign == "<") {
      add(Operator::less, is_whole ? first : below(first.major_, first.minor_, 0));
    } else if (sign == ">") {
      if (is_whole) {
        add(Operator::greater, first);
      } else {
        add(Operator::greater_equal, without_prerelease(after_open(version)));
      }
    } else if (sign == "<=") {
      add(is_whole ? Operator::less_equal : Operator::less, is_whole ? first : after_open(version));
    } else if (is_whole) {
      add(Operator::equal, first);
    } else {
      add_span(version, after_open(version));
    }
  }

  void add(Operator op, Version version) {
    comparators_.push_back(VersionRange::Comparator{op, std::move(version)});
  }

  void add_span(const PartialVersion& first, Version end) {
    add(Operator::greater_equal, first_of(first));
    add(Operator::less, std::move(end));
  }

  static Version make(std::uint64_t major, std::uint64_t minor, std::uint64_t patch,
                      std::vector<std::string> prerelease) {
    Version version;
    version.major_ = major;
    version.minor_ = minor;
    version.patch_ = patch;
    version.prerelease_ = std::move(prerelease);
    return version;
  }

  /// `MAJOR.MINOR.PATCH-0`, the lowest of all its pre-releases: as an end it keeps them all out.
  static Version below(std::uint64_t major, std::uint64_t minor, std::uint64_t patch) {
    return make(major, minor, patch, {"0"});
  }

  static Version without_prerelease(const Version& version) {
    return make(version.major_, version.minor_, version.patch_, {});
  }

  static Version first_of(const PartialVersion& version) {
    return make(*version.major, version.minor.value_or(0), version.patch.value_or(0),
                version.prerelease);
  }

  /// The end of all that an open version stands for: `1.2` ends at `1.3.0-0`.
  static Version after_open(const PartialVersion& version) {
    return version.minor ? below(*version.major, *version.minor + 1, 0)
                         : below(*version.major + 1, 0, 0);
  }

  /// A caret keeps the leftmost number that is not zero.
  static Version after_caret(const PartialVersion& version) {
    if (*version.major > 0 || !version.minor) return below(*version.major + 1, 0, 0);
    if (*version.minor > 0 || !version.patch) return below(0, *version.minor + 1, 0);
    return below(0, 0, *version.patch + 1);
  }

  std::vector<VersionRange::Comparator> comparators_;
};

Result<VersionRange> VersionRange::parse(std::string_view text) {
  return VersionRangeParser::parse(text);
}

bool VersionRange::Comparator::admits(const Version& candidate) const {
  const std::weak_ordering order = Version::compare(candidate, version);
  switch (op) {
    case Operator::less:
      return order < 0;
    case Operator::less_equal:
      return order <= 0;
    case Operator::greater:
      return order > 0;
    case Operator::greater_equal:
      return order >= 0;
    case Operator::equal:
      return order == 0;
  }
  return false;
}

bool VersionRange::Comparator::names_prerelease_of(const Version& candidate) const {
  return version.is_prerelease() && version.major_number() == candidate.major_number() &&
         version.minor_number() == candidate.minor_number() &&
         version.patch_number() == candidate.patch_number();
}

bool VersionRange::contains(const Version& version) const {
  const auto fits = [&](const std::vector<Comparator>& comparators) {
    const bool admitted = std::all_of(comparators.begin(), comparators.end(),
                                      [&](const Comparator& c) { return c.admits(version); });
    return admitted && (!version.is_prerelease() ||
                        std::any_of(comparators.begin(), comparators.end(),
                                    [&](const auto& c) { return c.names_prerelease_of(version); }));
  };
  return std::any_of(alternatives_.begin(), alternatives_.end(), fits);
}

}  // namespace cemli
