#include "reconciler/execute/output_capture.h"

#include <algorithm>
#include <utility>

namespace cemli {

void OutputCapture::add(Stream stream, std::string_view bytes) {
  CapturedStream& captured = of(stream);
  const std::size_t room = limit_ / 2 - in_heads_;
  // Once a tail was begun, its stream's head is closed.
  const std::size_t to_head = captured.tail.empty() ? std::min(room, bytes.size()) : 0;
  captured.head += bytes.substr(0, to_head);
  in_heads_ += to_head;
  captured.tail += bytes.substr(to_head);
  // Trimming at twice the size moves each byte at most once.
  if (captured.tail.size() > limit_) trim(captured, limit_ / 2);
}

void OutputCapture::trim(CapturedStream& stream, std::size_t keep) {
  if (stream.tail.size() <= keep) return;
  stream.dropped += stream.tail.size() - keep;
  stream.tail.erase(0, stream.tail.size() - keep);
}

CapturedStream OutputCapture::take(Stream stream) {
  const std::size_t half = limit_ / 2;
  const std::size_t of_err = std::min(err_.tail.size(), half / 2);
  trim(out_, half - of_err);
  trim(err_, half - std::min(out_.tail.size(), half));
  return std::exchange(of(stream), {});
}

}  // namespace cemli
