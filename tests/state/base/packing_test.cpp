#include "state/base/packing.h"

#include <catch2/catch.hpp>
#include <limits>

namespace cemli {
namespace {

enum class Colour { red, green };

struct Part {
  std::string name;
  std::optional<std::int64_t> weight = std::nullopt;
  friend bool operator==(const Part&, const Part&) = default;
};

struct Whole {
  Address address;
  Digest digest;
  Colour colour = Colour::red;
  bool is_open = false;
  double share = 0;
  std::vector<Part> parts = {};
  std::map<std::string, std::variant<std::string, std::int64_t, std::vector<bool>>> values = {};
  std::set<Colour> colours = {};
  std::chrono::sys_time<std::chrono::milliseconds> time = {};
  std::filesystem::path folder = {};
  friend bool operator==(const Whole&, const Whole&) = default;
};

}  // namespace

template <>
struct Packed<Colour> {
  static constexpr auto last = Colour::green;
};

template <>
struct Packed<Part> {
  static constexpr auto members = std::tuple(&Part::name, &Part::weight);
};

template <>
struct Packed<Whole> {
  static constexpr auto members =
      std::tuple(&Whole::address, &Whole::digest, &Whole::colour, &Whole::is_open, &Whole::share,
                 &Whole::parts, &Whole::values, &Whole::colours, &Whole::time, &Whole::folder);
};

namespace {

Whole sample() {
  Whole whole{Address::parse("gl[eu]").value(), Digest::of("x"), Colour::green, true, -0.25};
  whole.parts = {{"", std::nullopt}, {std::string("a\0b", 3), -1}, {std::string(300, 'x'), 5}};
  whole.values["text"] = "one";
  whole.values["number"] = std::numeric_limits<std::int64_t>::min();
  whole.values["list"] = std::vector<bool>{true, false};
  whole.colours = {Colour::red, Colour::green};
  whole.time += std::chrono::milliseconds(-5);
  whole.folder = "a/b";
  return whole;
}

std::string packed(const auto& value) {
  Packer packer;
  packer.put(value);
  return packer.bytes();
}

template <typename T>
std::optional<T> unpacked(std::string_view bytes) {
  Unpacker unpacker(bytes);
  T value = unpacker.take<T>();
  if (!unpacker.is_whole()) return std::nullopt;
  return value;
}

}  // namespace

TEST_CASE("what was packed is unpacked the same") {
  CHECK(unpacked<Whole>(packed(sample())) == sample());
  const auto number =
      GENERATE(std::int64_t{0}, std::int64_t{-1}, std::int64_t{63}, std::int64_t{-64},
               std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min());
  CHECK(unpacked<std::int64_t>(packed(number)) == number);
  CHECK(unpacked<std::uint64_t>(packed(static_cast<std::uint64_t>(number))) ==
        static_cast<std::uint64_t>(number));
}

TEST_CASE("what is packed short is short") {
  CHECK(packed(std::uint64_t{127}).size() == 1);
  CHECK(packed(std::int64_t{-64}).size() == 1);
  CHECK(packed(std::string("abc")).size() == 4);
}

TEST_CASE("what was cut short anywhere, or goes on, is not whole") {
  const std::string bytes = packed(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    INFO("size " << size);
    CHECK_FALSE(unpacked<Whole>(std::string_view(bytes).substr(0, size)));
  }
  CHECK_FALSE(unpacked<Whole>(bytes + '\0'));
}

TEST_CASE("what cannot be what it is taken for is not whole") {
  CHECK_FALSE(unpacked<Colour>("\2"));
  CHECK_FALSE(unpacked<bool>("\2"));
  CHECK_FALSE(unpacked<std::optional<bool>>("\2"));
  CHECK_FALSE(unpacked<std::uint8_t>("\x80\x02"));
  CHECK_FALSE(unpacked<std::variant<bool, std::string>>("\2"));
  CHECK_FALSE(unpacked<Address>(packed(std::string("No Name")) + '\0'));
  // A number that does not end within 64 bits.
  CHECK_FALSE(unpacked<std::uint64_t>(std::string(10, '\xFF') + "\1"));
}

TEST_CASE("a count of more items than there are bytes makes none") {
  CHECK_FALSE(unpacked<std::vector<Part>>("\xFF\xFF\xFF\xFF\x0F"));
  CHECK_FALSE(unpacked<std::string>("\xFF\xFF\xFF\xFF\x0F"));
}

TEST_CASE("any bytes are unpacked to something, or nothing, without harm") {
  std::string bytes = packed(sample());
  for (char& byte : bytes) {
    const char whole = byte;
    for (const int flip : {1, 0x80, 0xFF}) {
      byte = static_cast<char>(whole ^ flip);
      static_cast<void>(unpacked<Whole>(bytes));
    }
    byte = whole;
  }
  SUCCEED();
}

}  // namespace cemli
