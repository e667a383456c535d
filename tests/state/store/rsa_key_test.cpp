#include "state/store/rsa_key.h"

#include <catch2/catch.hpp>

#include "state/base/base64.h"
#include "tests/support/oci_sample.h"
#include "tests/support/test_keys.h"

namespace cemli {
namespace {

const std::string kPassphrase = "correct horse";

Result<RsaKey> parsed(const std::string& pem, std::optional<std::string> passphrase = {}) {
  return RsaKey::parse(pem, passphrase);
}

}  // namespace

TEST_CASE("a key is read, and named by the digest of its public half") {
  const auto key = parsed(test::sample_key_pem());
  REQUIRE(key);
  CHECK(key->fingerprint() == test::kSampleFingerprint);
}

TEST_CASE("only the PEM block of a key's file counts") {
  const auto key = parsed("of prod\n" + test::sample_key_pem() + "OCI_API_KEY\n");
  REQUIRE(key);
  CHECK(key->fingerprint() == test::kSampleFingerprint);
}

TEST_CASE("a passphrase opens the key that it encrypts, and harms no other") {
  const std::string encrypted = test::encrypted_pem(test::sample_key_pem(), kPassphrase);
  const auto opened = parsed(encrypted, kPassphrase);
  REQUIRE(opened);
  CHECK(opened->fingerprint() == test::kSampleFingerprint);
  CHECK(parsed(test::sample_key_pem(), kPassphrase));
}

TEST_CASE("a key that cannot be read says why, without a word of its own or the passphrase") {
  const std::string encrypted = test::encrypted_pem(test::sample_key_pem(), kPassphrase);
  CHECK(parsed(encrypted).error().message() ==
        "the private key is encrypted: it needs a passphrase");
  CHECK(parsed(encrypted, "wrong").error().message() ==
        "the passphrase does not open the private key");
  const std::string nothing = "it holds no RSA private key in PEM form";
  CHECK(parsed("").error().message() == nothing);
  CHECK(parsed("ssh-rsa AAAA").error().message() == nothing);
  CHECK(parsed(test::sample_key_pem().substr(0, 400)).error().message() == nothing);
  CHECK(parsed(test::elliptic_key_pem()).error().message() == nothing);
}

TEST_CASE("a new key signs, and its public half verifies") {
  const auto key = RsaKey::generate();
  REQUIRE(key);
  const auto signature = key->sign("text");
  REQUIRE(signature);
  CHECK(test::verifies(key->public_base64(), "text", *signature));
  CHECK_FALSE(test::verifies(key->public_base64(), "another text", *signature));
  CHECK(key->fingerprint() != RsaKey::generate()->fingerprint());
}

}  // namespace cemli
