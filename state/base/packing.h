#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "state/base/address.h"
#include "state/base/digest.h"

namespace cemli {

/// How values of a type are packed. Specialised with `static constexpr auto members`, a tuple of
/// pointers to all members of an aggregate in the order of their declaration, or, for an
/// enumeration, with `static constexpr T last`, its greatest value.
template <typename T>
struct Packed;

namespace packing {
template <typename T, template <typename...> typename Template>
inline constexpr bool is_of = false;
template <template <typename...> typename Template, typename... Arguments>
inline constexpr bool is_of<Template<Arguments...>, Template> = true;
template <typename T>
concept Optional = is_of<T, std::optional>;
template <typename T>
concept Map = is_of<T, std::map>;
template <typename T>
concept Sequence = is_of<T, std::vector> || is_of<T, std::set>;
template <typename T>
concept Variant = is_of<T, std::variant>;
template <typename T>
concept Duration = is_of<T, std::chrono::duration>;
template <typename T>
concept TimePoint = is_of<T, std::chrono::time_point>;
/// What any member can be made of, unevaluated.
struct Anything {
  template <typename T>
  operator T() const;  // NOLINT(google-explicit-constructor): conversion is what it is for
};
template <typename T, std::size_t... places>
constexpr bool is_made_of(std::index_sequence<places...>) {
  return requires {
    T{(static_cast<void>(places), Anything())...};
  };
}
/// Whether an aggregate has this many members.
template <typename T, std::size_t count>
concept HasMembers = is_made_of<T>(std::make_index_sequence<count>()) &&
    !is_made_of<T>(std::make_index_sequence<count + 1>());
/// Whether its list of members is whole.
template <typename T>
concept Listed = HasMembers<T, std::tuple_size_v<decltype(Packed<T>::members)>>;

template <typename Class, typename Member>
Member member_type(Member Class::*);
}  // namespace packing

/// Writes values as bytes, small and fast to read, for files that are dropped when their layout
/// changes: nothing in them says what they are.
class Packer {
 public:
  template <typename T>
  void put(const T& value) {
    if constexpr (std::same_as<T, bool>) {
      bytes_ += value ? '\1' : '\0';
    } else if constexpr (std::unsigned_integral<T>) {
      put_number(value);
    } else if constexpr (std::signed_integral<T>) {
      // The sign last, so that small numbers are short.
      put_number((static_cast<std::uint64_t>(value) << 1U) ^ (value < 0 ? ~std::uint64_t{0} : 0));
    } else if constexpr (std::same_as<T, double>) {
      std::array<char, sizeof(double)> raw{};
      std::memcpy(raw.data(), &value, sizeof(double));
      bytes_.append(raw.data(), raw.size());
    } else if constexpr (std::is_enum_v<T>) {
      put_number(static_cast<std::uint64_t>(value));
    } else if constexpr (std::same_as<T, std::string>) {
      put_number(value.size());
      bytes_ += value;
    } else if constexpr (std::same_as<T, std::filesystem::path>) {
      put(value.string());
    } else if constexpr (std::same_as<T, Digest>) {
      bytes_ += value.bytes();
    } else if constexpr (std::same_as<T, Address>) {
      put(value.name());
      put(value.instance());
    } else if constexpr (packing::Duration<T>) {
      put(static_cast<std::int64_t>(value.count()));
    } else if constexpr (packing::TimePoint<T>) {
      put(value.time_since_epoch());
    } else if constexpr (packing::Optional<T>) {
      put(value.has_value());
      if (value) put(*value);
    } else if constexpr (packing::Map<T>) {
      put_number(value.size());
      for (const auto& [key, item] : value) {
        put(key);
        this->put(item);
      }
    } else if constexpr (packing::Sequence<T>) {
      put_number(value.size());
      for (const auto& item : value) this->put(item);
    } else if constexpr (packing::Variant<T>) {
      put_number(value.index());
      std::visit([this](const auto& held) { this->put(held); }, value);
    } else {
      static_assert(packing::Listed<T>);
      std::apply([&](auto... member) { (this->put(value.*member), ...); }, Packed<T>::members);
    }
  }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  void put_number(std::uint64_t number) {
    for (; number >= 0x80; number >>= 7U) bytes_ += static_cast<char>(number | 0x80U);
    bytes_ += static_cast<char>(number);
  }

  std::string bytes_;
};

/// Reads what a `Packer` wrote, in the same order. Once something is missing or cannot be meant,
/// what is taken has no meaning, and `is_whole` stays false; no more items are made than there are
/// bytes.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}

  template <typename T>
  [[nodiscard]] T take() {
    if constexpr (std::same_as<T, bool>) {
      return take_number(1) == 1;
    } else if constexpr (std::unsigned_integral<T>) {
      return static_cast<T>(take_number(std::numeric_limits<T>::max()));
    } else if constexpr (std::signed_integral<T>) {
      const std::uint64_t number = take_number();
      return static_cast<T>((number >> 1U) ^ (~(number & 1U) + 1));
    } else if constexpr (std::same_as<T, double>) {
      const std::string_view raw = take_bytes(sizeof(double));
      double value = 0;
      if (raw.size() == sizeof(double)) std::memcpy(&value, raw.data(), sizeof(double));
      return value;
    } else if constexpr (std::is_enum_v<T>) {
      return static_cast<T>(take_number(static_cast<std::uint64_t>(Packed<T>::last)));
    } else if constexpr (std::same_as<T, std::string>) {
      return std::string(take_bytes(take_number()));
    } else if constexpr (std::same_as<T, std::filesystem::path>) {
      return take<std::string>();
    } else if constexpr (std::same_as<T, Digest>) {
      std::array<std::uint8_t, 32> raw{};
      const std::string_view bytes = take_bytes(raw.size());
      if (bytes.size() == raw.size()) std::memcpy(raw.data(), bytes.data(), raw.size());
      return Digest::of_bytes(raw);
    } else if constexpr (std::same_as<T, Address>) {
      return take_address();
    } else if constexpr (packing::Duration<T>) {
      return T(static_cast<typename T::rep>(take<std::int64_t>()));
    } else if constexpr (packing::TimePoint<T>) {
      return T(take<typename T::duration>());
    } else if constexpr (packing::Optional<T>) {
      if (!take<bool>()) return std::nullopt;
      return T(take<typename T::value_type>());
    } else if constexpr (packing::Map<T>) {
      T values;
      for (std::uint64_t left = take_count(); left > 0 && is_sound_; --left) {
        auto key = take<typename T::key_type>();
        values.emplace_hint(values.end(), std::move(key), take<typename T::mapped_type>());
      }
      return values;
    } else if constexpr (packing::Sequence<T>) {
      T values;
      for (std::uint64_t left = take_count(); left > 0 && is_sound_; --left)
        values.insert(values.end(), take<typename T::value_type>());
      return values;
    } else if constexpr (packing::Variant<T>) {
      return take_variant<T>(take_number(std::variant_size_v<T> - 1));
    } else {
      static_assert(packing::Listed<T>);
      // Braces, as they read in the order in which they are written.
      return std::apply(
          [this](auto... member) {
            return T{this->take<decltype(packing::member_type(member))>()...};
          },
          Packed<T>::members);
    }
  }

  /// Whether all that was taken was there, and nothing is left.
  [[nodiscard]] bool is_whole() const { return is_sound_ && rest_.empty(); }

 private:
  std::uint64_t fail() {
    is_sound_ = false;
    rest_ = {};
    return 0;
  }

  std::uint64_t take_number(std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return fail();
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      number |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return number <= most ? number : fail();
    }
    return fail();
  }

  /// Each item takes a byte at least.
  std::uint64_t take_count() {
    const std::uint64_t count = take_number();
    return count <= rest_.size() ? count : fail();
  }

  std::string_view take_bytes(std::uint64_t size) {
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  Address take_address() {
    const auto name = take<std::string>();
    auto address = Address::make(name, take<std::optional<std::string>>());
    if (address) return *std::move(address);
    fail();
    return Address::make("x", std::nullopt).value();
  }

  template <typename T, std::size_t index = 0>
  T take_variant(std::uint64_t wanted) {
    if constexpr (index + 1 < std::variant_size_v<T>) {
      if (wanted != index) return take_variant<T, index + 1>(wanted);
    }
    return T(std::in_place_index<index>, take<std::variant_alternative_t<index, T>>());
  }

  std::string_view rest_;
  bool is_sound_ = true;
};

}  // namespace cemli
