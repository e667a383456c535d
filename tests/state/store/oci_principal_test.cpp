#include "state/store/oci_principal.h"

#include <catch2/catch.hpp>

#include "state/base/base64.h"
#include "tests/support/oci_sample.h"

namespace cemli {
namespace {

Facts principal_of(const std::string& key_id) {
  auto key = RsaKey::parse(test::sample_key_pem(), std::nullopt);
  REQUIRE(key);
  return oci_principal({{key_id, *std::move(key)}, "who"});
}

std::string token_with(const std::string& claims) {
  return "header." + to_base64(claims) + ".signature";
}

}  // namespace

TEST_CASE("an API key tells whose it is") {
  CHECK(principal_of("ocid1.tenancy.oc1..t/ocid1.user.oc1..u/73:61") ==
        Facts{{"user", "ocid1.user.oc1..u"},
              {"tenancy", "ocid1.tenancy.oc1..t"},
              {"fingerprint", "73:61"}});
}

TEST_CASE("a token's claims tell who was given it, and the token itself is not told") {
  CHECK(principal_of("ST$" + token_with(R"({"sub":"ocid1.user.oc1..u","tenant":"t","exp":1})")) ==
        Facts{{"principal", "ocid1.user.oc1..u"}, {"tenancy", "t"}});
  CHECK(principal_of("ST$" + token_with(R"({"sub":"x","res_id":"ocid1.fnfunc.oc1..f",
            "res_tenant":"t","res_compartment":"c"})")) ==
        Facts{{"principal", "ocid1.fnfunc.oc1..f"}, {"tenancy", "t"}, {"compartment", "c"}});
  CHECK(principal_of("ST$" + token_with(R"({"opc-instance":"i","opc-tenant":"t"})")) ==
        Facts{{"principal", "i"}, {"tenancy", "t"}});
}

TEST_CASE("a token that cannot be read tells nothing") {
  for (const std::string token : {"", "x", "a.b", "a.!!.c", "a..c", "a.bm90IGpzb24=.c"})
    CHECK(principal_of("ST$" + token).empty());
  CHECK(principal_of("").empty());
  CHECK(principal_of("a/b").empty());
}

}  // namespace cemli
