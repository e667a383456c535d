#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "state/base/result.h"

namespace cemli {

/// A version after semver.org 2.0.0, of at most 128 characters and with numbers up to 2^53 - 1.
/// Ordered by precedence, where build metadata does not count; equal only when the whole text is.
class Version {
 public:
  /// Reads `MAJOR.MINOR.PATCH[-PRERELEASE][+BUILD]`; anything else is `invalid_input`.
  [[nodiscard]] static Result<Version> parse(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool is_prerelease() const { return !prerelease_.empty(); }
  [[nodiscard]] std::uint64_t major_number() const { return major_; }
  [[nodiscard]] std::uint64_t minor_number() const { return minor_; }
  [[nodiscard]] std::uint64_t patch_number() const { return patch_; }

  /// Semver precedence (clause 11).
  [[nodiscard]] static std::weak_ordering compare(const Version& left, const Version& right);
  friend bool operator==(const Version& left, const Version& right) {
    return left.text_ == right.text_;
  }

 private:
  friend class VersionRangeParser;
  Version() = default;

  std::string text_;
  std::uint64_t major_ = 0;
  std::uint64_t minor_ = 0;
  std::uint64_t patch_ = 0;
  std::vector<std::string> prerelease_;
};

/// A set of versions as npm writes it: comparators (`>=1.2.0 <2`), `^1.2`, `~1.2`, `1.x`, `1.2 -
/// 2`,
/// `*` and alternatives with `||`. A pre-release fits only where a comparator of the same
/// alternative names a pre-release of the same MAJOR.MINOR.PATCH. Narrower than npm: nothing at all
/// is not a range (`*` is), a number cannot follow an `x`, and versions have no leading `v`.
class VersionRange {
 public:
  /// Reads a range; `invalid_input` says which part is not one.
  [[nodiscard]] static Result<VersionRange> parse(std::string_view text);

  [[nodiscard]] bool contains(const Version& version) const;
  [[nodiscard]] const std::string& text() const { return text_; }

  friend bool operator==(const VersionRange& left, const VersionRange& right) {
    return left.text_ == right.text_;
  }

 private:
  enum class Operator { less, less_equal, greater, greater_equal, equal };
  struct Comparator {
    Operator op;
    Version version;
    [[nodiscard]] bool admits(const Version& candidate) const;
    [[nodiscard]] bool names_prerelease_of(const Version& candidate) const;
  };
  friend class VersionRangeParser;

  explicit VersionRange(std::string text) : text_(std::move(text)) {}

  std::string text_;
  std::vector<std::vector<Comparator>> alternatives_;
};

}  // namespace cemli
