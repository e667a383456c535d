#include "reconciler/execute/output_capture.h"

#include <catch2/catch.hpp>
#include <string>

namespace cemli {
namespace {

using Stream = OutputCapture::Stream;

/// `size` bytes that tell where they stood.
std::string numbered(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + " ";
  text.resize(size);
  return text;
}

void add_in_pieces(OutputCapture& capture, Stream stream, const std::string& text,
                   std::size_t piece) {
  for (std::size_t at = 0; at < text.size(); at += piece)
    capture.add(stream, std::string_view(text).substr(at, piece));
}

TEST_CASE("output up to the limit is kept whole, on whichever stream it came") {
  OutputCapture capture(1000);
  const std::string text = numbered(1000);
  const auto piece = GENERATE(std::size_t{1}, std::size_t{7}, std::size_t{1000});
  SECTION("one stream") {
    const Stream stream = GENERATE(Stream::out, Stream::err);
    add_in_pieces(capture, stream, text, piece);
    const CapturedStream kept = capture.take(stream);
    CHECK(kept.text() == text);
    CHECK(kept.dropped == 0);
  }
  SECTION("both streams") {
    const auto share = GENERATE(std::size_t{1}, std::size_t{250}, std::size_t{500},
                                std::size_t{740}, std::size_t{999});
    add_in_pieces(capture, Stream::out, text.substr(0, share), piece);
    add_in_pieces(capture, Stream::err, text.substr(share), piece);
    CHECK(capture.take(Stream::out).text() == text.substr(0, share));
    CHECK(capture.take(Stream::err).text() == text.substr(share));
  }
}

TEST_CASE("past the limit the first and the last half of it are kept") {
  OutputCapture capture(1000);
  const std::string text = numbered(123'457);
  add_in_pieces(capture, Stream::out, text,
                GENERATE(std::size_t{1}, std::size_t{64}, std::size_t{4096}, std::size_t{200'000}));
  const CapturedStream kept = capture.take(Stream::out);
  CHECK(kept.head == text.substr(0, 500));
  CHECK(kept.tail == text.substr(text.size() - 500));
  CHECK(kept.dropped == text.size() - 1000);
  CHECK(kept.text() == kept.head + "\n[cemli: 122457 bytes dropped here]\n" + kept.tail);
}

TEST_CASE("both streams share the limit") {
  OutputCapture capture(1000);
  const std::string out = numbered(5000);
  const std::string err(3000, 'e');
  for (std::size_t i = 0; i < 10; ++i) {
    capture.add(Stream::out, std::string_view(out).substr(i * 500, 500));
    capture.add(Stream::err, std::string_view(err).substr(i * 300, 300));
  }
  const CapturedStream kept_out = capture.take(Stream::out);
  const CapturedStream kept_err = capture.take(Stream::err);
  CHECK(kept_out.head.size() + kept_err.head.size() == 500);
  CHECK(kept_out.tail == out.substr(out.size() - 250));
  CHECK(kept_err.tail.size() == 250);
  CHECK(kept_out.head.size() + kept_out.dropped + kept_out.tail.size() == out.size());
  CHECK(kept_err.head.size() + kept_err.dropped + kept_err.tail.size() == err.size());
}

TEST_CASE("a few bytes at the end of a loud step's quiet stream are kept") {
  OutputCapture capture(1000);
  add_in_pieces(capture, Stream::out, numbered(50'000), 100);
  capture.add(Stream::err, "FATAL: no tablespace");
  CHECK(capture.take(Stream::err).text() == "FATAL: no tablespace");
  CHECK(capture.take(Stream::out).tail.size() == 480);
}

TEST_CASE("a silent step has empty streams") {
  OutputCapture capture;
  CHECK(capture.take(Stream::out) == CapturedStream{});
  CHECK(capture.take(Stream::err) == CapturedStream{});
}

}  // namespace
}  // namespace cemli
