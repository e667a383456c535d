#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "state/base/result.h"

namespace re2 {
class RE2;
}

namespace cemli {

/// Finds secret values in what programs print: as they are, URL-encoded (wholly or in part), and in
/// base64 of either alphabet at any place of what was encoded, also where its lines were wrapped. A
/// value of many lines is also found line by line, and a long one piece by piece. Immutable, and
/// safe to use from several threads.
class Masks {
 public:
  /// Finds nothing.
  Masks() = default;
  /// `values` have at least `kShortestSecret` bytes each. `invalid_input` where they are too many
  /// or too long together to be looked for.
  [[nodiscard]] static Result<Masks> make(const std::vector<std::string>& values);

  [[nodiscard]] bool empty() const { return pattern_ == nullptr; }
  /// `text` with `***` for each value, and one for all that overlap.
  [[nodiscard]] std::string mask(std::string_view text) const;
  [[nodiscard]] bool finds_in(std::string_view bytes) const;

 private:
  friend class StreamMask;
  /// Adds the first `limit` bytes to `masked`, of which the first `covered` ones belong to a value
  /// that was masked already. Returns how many bytes behind `limit` belong to the last value.
  std::size_t mask_until(std::string_view text, std::size_t limit, std::size_t covered,
                         std::string& masked) const;

  std::shared_ptr<const re2::RE2> pattern_;
  /// The most bytes that a find can have.
  std::size_t longest_ = 0;
};

/// A stream with its secrets masked, also where a value comes in several reads.
class StreamMask {
 public:
  /// `masks` must outlive the stream.
  explicit StreamMask(const Masks& masks) : masks_(&masks) {}

  /// The next bytes read; returns what can be shown now.
  [[nodiscard]] std::string feed(std::string_view bytes);
  /// At the stream's end: what was held back.
  [[nodiscard]] std::string finish();

 private:
  const Masks* masks_;
  std::string held_;
  /// How much of it belongs to a value that was shown as masked.
  std::size_t covered_ = 0;
};

/// Shorter ones would be found everywhere.
constexpr std::size_t kShortestSecret = 6;

}  // namespace cemli
