#include "tests/support/test_keys.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>

#include "state/base/base64.h"
#include "state/base/digest.h"

namespace cemli::test {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using X509Handle = std::unique_ptr<X509, decltype(&X509_free)>;

void require(bool is_true, const char* what) {
  if (!is_true) throw std::runtime_error(what);
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string text_of(const Bio& bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

Key key_of(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free_all);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  require(key != nullptr, "no private key");
  return key;
}

std::string pem_of(const Key& key, const std::string& passphrase) {
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free_all);
  const EVP_CIPHER* cipher = passphrase.empty() ? nullptr : EVP_aes_256_cbc();
  require(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), cipher, passphrase.data(),
                                        static_cast<int>(passphrase.size()), nullptr, nullptr) == 1,
          "a key cannot be written");
  return text_of(bio);
}

/// What OpenSSL writes as DER, which `free` gives back to it.
template <typename Write, typename Object>
std::string base64_of(Write write, Object* object) {
  unsigned char* der = nullptr;
  const int size = write(object, &der);
  require(size > 0, "something cannot be written as DER");
  const std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return to_base64(text);
}

void add_to_subject(X509_NAME* name, const std::string& part) {
  const std::size_t at = part.find('=');
  require(X509_NAME_add_entry_by_txt(name, part.substr(0, at).c_str(), MBSTRING_UTF8,
                                     bytes_of(part.substr(at + 1)), -1, -1, 0) == 1,
          "a subject cannot be written");
}

}  // namespace

std::string encrypted_pem(const std::string& key_pem, const std::string& passphrase) {
  return pem_of(key_of(key_pem), passphrase);
}

std::string elliptic_key_pem() {
  return pem_of(Key(EVP_EC_gen("P-256"), &EVP_PKEY_free), "");
}

std::string new_key_pem() {
  return pem_of(Key(EVP_RSA_gen(2048U), &EVP_PKEY_free), "");
}

std::string public_base64_of(const std::string& key_pem) {
  return base64_of(&i2d_PUBKEY, key_of(key_pem).get());
}

std::string public_base64_of_certificate(const std::string& certificate) {
  const std::string der = from_base64(certificate).value();
  const unsigned char* at = bytes_of(der);
  const X509Handle handle(d2i_X509(nullptr, &at, static_cast<long>(der.size())), &X509_free);
  require(handle != nullptr, "no certificate");
  return base64_of(&i2d_PUBKEY, X509_get0_pubkey(handle.get()));
}

std::string certificate_of(const std::string& key_pem, const std::string& subject) {
  const Key key = key_of(key_pem);
  const X509Handle certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  for (std::size_t from = 0; from < subject.size();) {
    const std::size_t end = std::min(subject.find('/', from), subject.size());
    add_to_subject(name, subject.substr(from, end - from));
    from = end + 1;
  }
  X509_set_issuer_name(certificate.get(), name);
  require(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0, "a certificate is unsigned");
  return base64_of(&i2d_X509, certificate.get());
}

std::string sha256_fingerprint(const std::string& base64) {
  const std::string digest = Digest::of(from_base64(base64).value()).bytes();
  std::string text;
  for (const char c : digest)
    text += fmt::format("{}{:02X}", text.empty() ? "" : ":", static_cast<unsigned char>(c));
  return text;
}

std::string armoured(const std::string& base64, const std::string& kind) {
  std::string text = "-----BEGIN " + kind + "-----\n";
  for (std::size_t at = 0; at < base64.size(); at += 64) text += base64.substr(at, 64) + '\n';
  return text + "-----END " + kind + "-----\n";
}

bool verifies(const std::string& public_base64, std::string_view text, std::string_view signature) {
  const auto der = from_base64(public_base64);
  if (!der) return false;
  const unsigned char* at = bytes_of(*der);
  const Key key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der->size())), &EVP_PKEY_free);
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  return key != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text),
                          text.size()) == 1;
}

}  // namespace cemli::test
