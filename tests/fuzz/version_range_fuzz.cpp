// A range in the first line, versions behind it: what they say of each other is consistent.

#include <algorithm>

#include "state/base/semver.h"
#include "tests/fuzz/promise.h"

namespace cemli {
namespace {

using fuzz::promise;

/// So that looking at each pair stays fast.
constexpr std::size_t kMostVersions = 5;

VersionRange range_of(const std::string& text) {
  auto range = VersionRange::parse(text);
  promise(range.has_value(), "what is made of versions is a range");
  return *std::move(range);
}

Version without_build(const Version& version) {
  auto plain = Version::parse(version.text().substr(0, version.text().find('+')));
  promise(plain.has_value(), "a version without its build is one");
  return *std::move(plain);
}

void check_alone(const Version& version) {
  const std::string& text = version.text();
  promise(Version::parse(text)->text() == text, "a version is what was written");
  promise(Version::compare(version, version) == 0, "a version is as high as itself");
  promise(Version::compare(version, without_build(version)) == 0, "the build does not count");
  for (const char* sign : {"", "=", "^", "~", "~>", ">=", "<=", ">= ", "<1.0.0 || "})
    promise(range_of(sign + text).contains(version), "a version fits the range that begins there");
  promise(range_of(text + " - " + text).contains(version), "a span has its ends");
  for (const char* sign : {"<", ">"})
    promise(!range_of(sign + text).contains(version), "a version is not above or below itself");
  promise(range_of("*").contains(version) != version.is_prerelease(),
          "'*' is every version that is no pre-release");
}

void check_pair(const Version& left, const Version& right) {
  const std::weak_ordering order = Version::compare(left, right);
  promise(Version::compare(right, left) == (0 <=> order), "what is higher is not lower");
  if (left == right) promise(order == 0, "what is the same is as high");
  promise(range_of("=" + left.text()).contains(right) == (order == 0), "'=' is what is as high");
  if (right.is_prerelease()) return;
  promise(range_of(">=" + left.text()).contains(right) == (order <= 0),
          "'>=' is what is not lower");
  promise(range_of(">" + left.text()).contains(right) == (order < 0), "'>' is what is higher");
  promise(range_of("<" + left.text()).contains(right) == (order > 0), "'<' is what is lower");
  promise(range_of("<=" + left.text()).contains(right) == (order >= 0),
          "'<=' is what is not higher");
}

/// What is between two versions of a range that has no alternatives is in it.
void check_order(const std::vector<Version>& sorted, const VersionRange& range) {
  std::vector<bool> inside;
  for (const Version& version : sorted) {
    if (!version.is_prerelease()) inside.push_back(range.contains(version));
  }
  const auto first = std::find(inside.begin(), inside.end(), true);
  const auto end = std::find(first, inside.end(), false);
  promise(std::find(end, inside.end(), true) == inside.end(), "a range has no holes");
}

void check_range(std::string_view text, const std::vector<Version>& sorted) {
  const auto range = VersionRange::parse(text);
  if (!range) {
    promise(range.error().code() == ErrorCode::invalid_input, "a wrong range is invalid input");
    return;
  }
  promise(range->text() == text, "a range is what was written");
  std::vector<VersionRange> alternatives;
  for (std::string_view rest = text;;) {
    const std::size_t at = rest.find("||");
    alternatives.push_back(range_of(std::string(rest.substr(0, at))));
    if (at == std::string_view::npos) break;
    rest.remove_prefix(at + 2);
  }
  for (const Version& version : sorted) {
    const bool fits_one = std::any_of(alternatives.begin(), alternatives.end(),
                                      [&](const auto& one) { return one.contains(version); });
    promise(range->contains(version) == fits_one, "a range is what its alternatives are");
    promise(range->contains(without_build(version)) == fits_one, "the build does not count");
  }
  for (const VersionRange& one : alternatives) check_order(sorted, one);
}

void check(std::string_view text) {
  const std::vector<std::string_view> lines = fuzz::split(text, '\n');
  std::vector<Version> versions;
  for (std::size_t i = 1; i < lines.size() && versions.size() < kMostVersions; ++i) {
    if (auto version = Version::parse(lines[i])) versions.push_back(*std::move(version));
  }
  for (const Version& version : versions) {
    check_alone(version);
    for (const Version& other : versions) check_pair(version, other);
  }
  std::sort(versions.begin(), versions.end(),
            [](const Version& a, const Version& b) { return Version::compare(a, b) < 0; });
  promise(std::is_sorted(versions.begin(), versions.end(),
                         [](const auto& a, const auto& b) { return Version::compare(a, b) < 0; }),
          "versions have one order");
  check_range(lines[0], versions);
}

}  // namespace
}  // namespace cemli

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cemli::check(cemli::fuzz::text_of(data, size));
  return 0;
}
