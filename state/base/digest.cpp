#include "state/base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <cassert>

namespace cemli {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

}  // namespace

Digest Digest::of(std::string_view bytes) {
  std::array<std::uint8_t, 32> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return Digest(digest);
}

Result<Digest> Digest::parse(std::string_view hex) {
  const auto not_a_digest = [] {
    return Error(ErrorCode::invalid_input, "expected a SHA-256 digest: 64 lower-case hex digits");
  };
  if (hex.size() != 64) return not_a_digest();
  std::array<std::uint8_t, 32> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = hex_value(hex[2 * i]);
    const int low = hex_value(hex[2 * i + 1]);
    if (high < 0 || low < 0) return not_a_digest();
    bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return Digest(bytes);
}

std::string Digest::hex() const {
  std::string text;
  text.reserve(64);
  for (const std::uint8_t byte : bytes_) {
    text += kHexDigits[byte >> 4U];
    text += kHexDigits[byte & 15U];
  }
  return text;
}

std::string Digest::bytes() const {
  return {bytes_.begin(), bytes_.end()};
}

std::string Digest::abbreviated() const {
  return hex().substr(0, 12);
}

struct Sha256::Context {
  DigestContext handle{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  [[maybe_unused]] const int ok = EVP_DigestInit_ex(context_->handle.get(), EVP_sha256(), nullptr);
  assert(ok == 1);
}

Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
  EVP_DigestUpdate(context_->handle.get(), bytes.data(), bytes.size());
}

Digest Sha256::finish() {
  std::array<std::uint8_t, 32> digest{};
  EVP_DigestFinal_ex(context_->handle.get(), digest.data(), nullptr);
  return Digest(digest);
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::array<unsigned char, 32> code{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), code.data(), &size);
  assert(size == code.size());
  return {code.begin(), code.end()};
}

struct Md5::Context {
  DigestContext handle{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

Md5::Md5() : context_(std::make_unique<Context>()) {
  [[maybe_unused]] const int ok = EVP_DigestInit_ex(context_->handle.get(), EVP_md5(), nullptr);
  assert(ok == 1);
}

Md5::~Md5() = default;

void Md5::update(std::string_view bytes) {
  EVP_DigestUpdate(context_->handle.get(), bytes.data(), bytes.size());
}

std::string Md5::finish() {
  std::array<unsigned char, 16> sum{};
  EVP_DigestFinal_ex(context_->handle.get(), sum.data(), nullptr);
  return {sum.begin(), sum.end()};
}

}  // namespace cemli
