#include "state/store/oci_vault.h"

#include <catch2/catch.hpp>

#include "tests/support/home.h"
#include "tests/support/oci_sample.h"
#include "tests/support/oci_server.h"

namespace cemli {
namespace {

using test::Home;
using test::OciServer;

const std::string kVaultSecret = "ocid1.vaultsecret.oc1.phx.aaaa";

/// A vault on loopback, asked by the sample user.
struct Vaults {
  OciServer server;
  Home home;
  OciVault vault{[this] {
    home.write("key.pem", test::sample_key_pem());
    home.write(".oci/config", "[DEFAULT]\nuser=" + test::kSampleUser +
                                  "\ntenancy=" + test::kSampleTenancy + "\nkey_file=~/key.pem\n");
    home.variables["CEMLI_OCI_VAULT_ENDPOINT"] = server.url();
    return StoreSurroundings{std::make_shared<HttpClient>(HttpSettings{}),
                             std::make_shared<RetryBudget>(100), home.environment()};
  }()};
};

}  // namespace

TEST_CASE("a secret is read with its current value, whatever bytes it has") {
  Vaults vaults;
  const std::string value("pass\0word\n", 10);
  vaults.server.set_secret(kVaultSecret, value);
  CHECK(vaults.vault.read(kVaultSecret).value().value == value);
  CHECK(vaults.vault.read(kVaultSecret).value().version == 1);
  CHECK(vaults.server.received().front().target.ends_with("?stage=CURRENT"));
}

TEST_CASE("a secret's version is told without its value") {
  Vaults vaults;
  vaults.server.set_secret(kVaultSecret, "first value");
  CHECK(vaults.vault.current_version(kVaultSecret).value() == 1);
  vaults.server.set_secret(kVaultSecret, "second value");
  CHECK(vaults.vault.current_version(kVaultSecret).value() == 2);
  for (const auto& request : vaults.server.received())
    CHECK(request.target.find("/versions") != std::string::npos);
}

TEST_CASE("a secret that is missing, or no secret, is an error that names it") {
  Vaults vaults;
  const auto missing = vaults.vault.read(kVaultSecret);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code() == ErrorCode::denied);
  CHECK(missing.error().message().find(kVaultSecret) != std::string::npos);
  CHECK(missing.error().hint()->find("secret-bundles") != std::string::npos);
  for (const char* ocid : {"", "secret", "ocid1.vault.oc1.phx.aaaa", "ocid1.vaultsecret.oc1..aaaa"})
    CHECK(vaults.vault.read(ocid).error().code() == ErrorCode::invalid_input);
  CHECK(vaults.server.received().size() == 1);
}

}  // namespace cemli
