#include "state/base/base64.h"

#include <catch2/catch.hpp>

namespace cemli {

TEST_CASE("base64 is written as RFC 4648 says") {
  CHECK(to_base64("").empty());
  CHECK(to_base64("f") == "Zg==");
  CHECK(to_base64("fo") == "Zm8=");
  CHECK(to_base64("foo") == "Zm9v");
  CHECK(to_base64("foob") == "Zm9vYg==");
  CHECK(to_base64("fooba") == "Zm9vYmE=");
  CHECK(to_base64("foobar") == "Zm9vYmFy");
  CHECK(to_base64("\xff\xef\xbe") == "/+++");
}

TEST_CASE("base64 comes back as the bytes it was made of, in either alphabet") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    CHECK(from_base64(to_base64(bytes)).value() == bytes);
    bytes += static_cast<char>(i);
  }
  CHECK(from_base64("_-_-").value() == from_base64("/+/+").value());
  CHECK(from_base64("Zg").value() == "f");
}

TEST_CASE("what is not base64 is refused, and not repeated") {
  for (const char* text : {"Z", "Zg*=", "Zm9v\n", "Z g=", "Zg===", "=Zg="}) {
    const auto bytes = from_base64(text);
    REQUIRE_FALSE(bytes);
    CHECK(bytes.error().code() == ErrorCode::invalid_input);
    CHECK(bytes.error().message() == "it is not base64");
  }
}

}  // namespace cemli
