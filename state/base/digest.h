#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "state/base/result.h"

namespace cemli {

/// SHA-256 of exact bytes. "The same" means equal digests.
class Digest {
 public:
  /// The digest of `bytes`.
  [[nodiscard]] static Digest of(std::string_view bytes);
  /// Reads 64 lower-case hex digits; anything else is `invalid_input`.
  [[nodiscard]] static Result<Digest> parse(std::string_view hex);

  /// A digest that was kept as its bytes.
  [[nodiscard]] static Digest of_bytes(const std::array<std::uint8_t, 32>& bytes) {
    return Digest(bytes);
  }

  /// 64 lower-case hex digits.
  [[nodiscard]] std::string hex() const;
  /// The 32 bytes themselves.
  [[nodiscard]] std::string bytes() const;
  /// The first 12 hex digits, for people.
  [[nodiscard]] std::string abbreviated() const;

  friend auto operator<=>(const Digest&, const Digest&) = default;
  friend bool operator==(const Digest&, const Digest&) = default;

 private:
  friend class Sha256;
  explicit Digest(std::array<std::uint8_t, 32> bytes) : bytes_(bytes) {}

  std::array<std::uint8_t, 32> bytes_;
};

/// A digest computed piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::string_view bytes);
  /// The digest of all pieces so far. Call once.
  [[nodiscard]] Digest finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// HMAC-SHA256 (RFC 2104), 32 bytes.
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view bytes);

/// MD5 computed piece by piece, for headers that ask for it: it finds damage, and proves nothing.
class Md5 {
 public:
  Md5();
  ~Md5();
  Md5(const Md5&) = delete;
  Md5& operator=(const Md5&) = delete;

  void update(std::string_view bytes);
  /// The 16 bytes for all pieces so far. Call once.
  [[nodiscard]] std::string finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace cemli
