#pragma once

#include <cstdint>
#include <string_view>

#include "reconciler/execute/outcome.h"

namespace cemli {

/// What a step may print, both streams together, before the middle is dropped.
inline constexpr std::size_t kOutputLimit = 16UL * 1024 * 1024;

/// Keeps a step's output: all of it up to a limit, past it the first and the last half. One object
/// for both streams, as they share the limit; where both have much at the end, each keeps a
/// quarter.
class OutputCapture {
 public:
  enum class Stream { out, err };

  explicit OutputCapture(std::size_t limit = kOutputLimit) : limit_(limit) {}

  void add(Stream stream, std::string_view bytes);
  /// What was kept of a stream; it is moved out. Nothing may be added afterwards.
  [[nodiscard]] CapturedStream take(Stream stream);

 private:
  [[nodiscard]] CapturedStream& of(Stream stream) { return stream == Stream::out ? out_ : err_; }
  static void trim(CapturedStream& stream, std::size_t keep);

  std::size_t limit_;
  std::size_t in_heads_ = 0;
  CapturedStream out_;
  CapturedStream err_;
};

}  // namespace cemli
