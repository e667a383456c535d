#include "state/store/rsa_key.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>

#include "state/base/base64.h"

namespace cemli {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

constexpr unsigned kBits = 2048;

/// What OpenSSL asks for while it reads a PEM block.
struct PassphraseQuestion {
  const std::optional<std::string>* answer;
  bool was_asked = false;
};

int answer_passphrase(char* buffer, int size, int /*is_writing*/, void* context) {
  auto& question = *static_cast<PassphraseQuestion*>(context);
  question.was_asked = true;
  if (!*question.answer) return -1;
  const std::string& passphrase = **question.answer;
  if (size < 0 || passphrase.size() > static_cast<std::size_t>(size)) return -1;
  return static_cast<int>(passphrase.copy(buffer, passphrase.size()));
}

/// OpenSSL keeps its reasons in a queue of the thread, where the next caller would find them.
Error failed(ErrorCode code, const char* why) {
  ERR_clear_error();
  return {code, why};
}

}  // namespace

struct RsaKey::Handle {
  Key key{nullptr, &EVP_PKEY_free};
};

Result<RsaKey> RsaKey::parse(std::string_view pem, const std::optional<std::string>& passphrase) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free_all);
  PassphraseQuestion question{&passphrase};
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &answer_passphrase, &question),
          &EVP_PKEY_free);
  if (!key && question.was_asked && !passphrase)
    return failed(ErrorCode::invalid_input, "the private key is encrypted: it needs a passphrase");
  if (!key && question.was_asked)
    return failed(ErrorCode::invalid_input, "the passphrase does not open the private key");
  if (!key || EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA)
    return failed(ErrorCode::invalid_input, "it holds no RSA private key in PEM form");
  return RsaKey(std::make_shared<const Handle>(Handle{std::move(key)}));
}

Result<RsaKey> RsaKey::generate() {
  Key key(EVP_RSA_gen(kBits), &EVP_PKEY_free);
  if (!key) return failed(ErrorCode::internal, "no RSA key could be made");
  return RsaKey(std::make_shared<const Handle>(Handle{std::move(key)}));
}

Result<std::string> RsaKey::sign(std::string_view text) const {
  const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  // Without a word about padding an RSA key signs by PKCS#1 v1.5.
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, handle_->key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1)
    return failed(ErrorCode::internal, "the private key does not sign");
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     bytes, text.size()) != 1)
    return failed(ErrorCode::internal, "the private key does not sign");
  signature.resize(size);
  return signature;
}

std::string RsaKey::public_der() const {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(handle_->key.get(), &der);
  if (size <= 0) return {};
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

std::string RsaKey::fingerprint() const {
  const std::string der = public_der();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(der.data(), der.size(), digest.data(), &size, EVP_md5(), nullptr);
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{}{:02x}", i == 0 ? "" : ":", digest[i]);
  return text;
}

std::string RsaKey::public_base64() const {
  return to_base64(public_der());
}

}  // namespace cemli
