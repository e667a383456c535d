#include "state/base/digest.h"

#include <catch2/catch.hpp>
#include <string>

namespace cemli {
namespace {

constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

}  // namespace

TEST_CASE("digests are SHA-256 of FIPS 180-4") {
  CHECK(Digest::of("").hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(Digest::of("abc").hex() == kAbc);
  CHECK(Digest::of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").hex() ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(Digest::of(std::string("a\0b", 3)) != Digest::of("ab"));
}

TEST_CASE("a digest computed in pieces is that of the whole") {
  Sha256 pieces;
  pieces.update("a");
  pieces.update("");
  pieces.update("bc");
  CHECK(pieces.finish() == Digest::of("abc"));
  CHECK(Sha256().finish() == Digest::of(""));
}

TEST_CASE("a digest is read back from its hex form") {
  const auto parsed = Digest::parse(kAbc);
  REQUIRE(parsed);
  CHECK(*parsed == Digest::of("abc"));
  CHECK(parsed->abbreviated() == "ba7816bf8f01");
}

TEST_CASE("what is not 64 lower-case hex digits is no digest") {
  std::string upper = kAbc;
  upper[0] = 'B';
  std::string other = kAbc;
  other[63] = 'g';
  for (const std::string& text : {std::string(), upper, other, std::string(kAbc).substr(1),
                                  std::string(kAbc) + "0", std::string(kAbc).substr(1) + " "}) {
    INFO(text);
    const auto parsed = Digest::parse(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code() == ErrorCode::invalid_input);
  }
}

TEST_CASE("digests are ordered as their hex form is") {
  const Digest low = *Digest::parse(std::string(63, '0') + "1");
  const Digest high = *Digest::parse("8" + std::string(63, '0'));
  CHECK(low < high);
}

TEST_CASE("keyed digests are those of RFC 4231, and MD5 that of RFC 1321") {
  const auto hex = [](std::string_view bytes) {
    std::string text;
    for (const char byte : bytes) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      text += kDigits[static_cast<unsigned char>(byte) >> 4U];
      text += kDigits[static_cast<unsigned char>(byte) & 15U];
    }
    return text;
  };
  CHECK(hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(hex(hmac_sha256(std::string(131, '\xaa'),
                        "Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  Md5 md5;
  md5.update("a");
  md5.update("bc");
  CHECK(hex(md5.finish()) == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(hex(Digest::of("abc").bytes()) == kAbc);
}

}  // namespace cemli
