#include "state/base/checksum.h"

#include <catch2/catch.hpp>

#include "state/base/digest.h"

namespace cemli {

TEST_CASE("the checksum is the last member, and is of all bytes before it") {
  const std::string before = R"({"a":1,"checksum":"of something else")";
  const std::string text = with_checksum(before + "}\n");
  CHECK(text == before + R"(,"checksum":")" + Digest::of(before).hex() + "\"}\n");
  CHECK(check_checksum(text));
}

TEST_CASE("any other byte, one less and one more do not fit the checksum") {
  const std::string text = with_checksum("{\"a\":1}\n");
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const int bit : {1, 0x20, 0x80}) {
      std::string altered = text;
      altered[i] = static_cast<char>(altered[i] ^ bit);
      INFO(altered);
      CHECK_FALSE(check_checksum(altered));
    }
    CHECK_FALSE(check_checksum(text.substr(0, i)));
    CHECK_FALSE(check_checksum(text.substr(i + 1)));
  }
  CHECK_FALSE(check_checksum(text + "\n"));
  CHECK_FALSE(check_checksum("{\"a\":1}\n"));
  const auto checked = check_checksum("");
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code() == ErrorCode::corrupt);
  CHECK(checked.error().message() == "altered: its checksum is not that of its bytes");
}

}  // namespace cemli
