#pragma once

#include <cstdint>
#include <string_view>

#include "reconciler/execute/outcome.h"

namespace cemli {

/// What a step may print, both streams together, before the middle is dropped.
inline constexpr std::size_t kOutputLimit = 16UL * 1024 * 1024;

/// Keeps a step's output up to a limit: first halves until they are full, then last halves. One
/// object for both streams, as they share the limit.
class OutputCapture {
 public:
  enum class Stream { out, err };

  explicit OutputCapture(std::size_t limit = kOutputLimit) : limit_(limit) {}

  void add(Stream stream, std::string_view bytes);
  /// What was kept of a stream; it is moved out.
  [[nodiscard]] CapturedStream take(Stream stream);

 private:
  [[nodiscard]] CapturedStream& of(Stream stream) { return stream == Stream::out ? out_ : err_; }
  void trim(CapturedStream& stream) const;

  std::size_t limit_;
  std::size_t in_heads_ = 0;
  CapturedStream out_;
  CapturedStream err_;
};

}  // namespace cemli
