#include "state/store/certificate.h"

#include <catch2/catch.hpp>

#include "tests/support/test_keys.h"

namespace cemli {

TEST_CASE("a certificate is read: what it is, its digest, and whose it is") {
  const std::string base64 = test::certificate_of(
      test::new_key_pem(), "CN=ocid1.instance.oc1..x/OU=opc-tenant:ocid1.tenancy.oc1..t");
  const auto certificate = parse_certificate(test::armoured(base64, "CERTIFICATE"));
  REQUIRE(certificate);
  CHECK(certificate->base64 == base64);
  CHECK(certificate->sha256 == test::sha256_fingerprint(base64));
  CHECK(certificate->subject ==
        std::vector<std::string>{"ocid1.instance.oc1..x", "opc-tenant:ocid1.tenancy.oc1..t"});
}

TEST_CASE("what is no certificate is refused") {
  for (const std::string text : {"", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n"}) {
    const auto certificate = parse_certificate(text);
    REQUIRE_FALSE(certificate);
    CHECK(certificate.error().message() == "it holds no certificate in PEM form");
  }
}

}  // namespace cemli
