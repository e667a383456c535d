#include <catch2/catch.hpp>

#include "tests/cli/tenancy.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

const std::string kVaultSecret = "ocid1.vaultsecret.oc1.phx.erp";
const json kReruns = {{"rerun_on", {"secrets"}}};
const std::string kValue = "first/passw+rd";

/// An environment on this machine whose package gets a secret of a vault.
struct VaultBox : Tenancy {
  explicit VaultBox(const json& manifest) {
    sandbox.environment()["CEMLI_OCI_VAULT_ENDPOINT"] = server.url();
    server.set_secret(kVaultSecret, kValue + "\n");
    json whole = manifest;
    whole["secrets"] = {"ERP_PASSWORD"};
    sandbox.publish_and_desire(
        {{.name = "one",
          .run = "cat $CEMLI_SECRETS_DIR/ERP_PASSWORD >> $E/one; echo >> $E/one; "
                 "echo password: $(cat $CEMLI_SECRETS_DIR/ERP_PASSWORD)",
          .manifest = whole}},
        "secrets: {ERP_PASSWORD: 'oci-vault:" + kVaultSecret + "'}\n");
  }

  /// Whether a value was asked for, and not only versions.
  [[nodiscard]] bool was_value_read() {
    for (const ReceivedRequest& request : server.received()) {
      if (request.target.find("/secretbundles/") != std::string::npos &&
          request.target.find("/versions") == std::string::npos) {
        return true;
      }
    }
    return false;
  }
};

}  // namespace

TEST_CASE("a step gets its secret from a vault, and nobody else sees it") {
  VaultBox box(json::object());
  box.sandbox.cemli(0, "plan -e dev");
  CHECK(box.server.received().empty());
  const Ended applied = box.sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(box.sandbox.effect("one") == std::vector<std::string>{kValue});
  const json evidence = box.sandbox.evidence_of("one");
  CHECK(evidence.at("secrets") == json{{"ERP_PASSWORD", "oci-vault:" + kVaultSecret + "@v1"}});
  CHECK_THAT(evidence.dump(), Contains("password: ***"));
  CHECK_THAT(applied.out + applied.err, !Contains(kValue));
  for (const auto& [path, bytes] : Sandbox::contents(box.sandbox.store()))
    CHECK(bytes.find(kValue) == std::string::npos);
  // Nobody asked for its versions.
  box.server.set_secret(kVaultSecret, "second/passw+rd");
  box.sandbox.cemli(0, "plan -e dev --detailed-exitcode");
  CHECK(box.server.refusals().empty());
}

TEST_CASE("a new version of a secret runs a package again that asks for it") {
  VaultBox box(kReruns);
  box.sandbox.cemli(2, "plan -e dev --detailed-exitcode");
  CHECK_FALSE(box.was_value_read());
  box.sandbox.cemli(0, "apply -e dev --auto-approve");
  box.sandbox.cemli(0, "plan -e dev --detailed-exitcode");
  CHECK(box.sandbox.evidence_of("one").at("rerun_on") == json{{"secret ERP_PASSWORD", "v1"}});
  box.server.set_secret(kVaultSecret, "second/passw+rd");
  const Ended plan = box.sandbox.cemli(2, "plan -e dev --detailed-exitcode");
  CHECK_THAT(plan.out, Contains("ERP_PASSWORD") && Contains("v1") && Contains("v2"));
  box.sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(box.sandbox.effect("one") == std::vector<std::string>{kValue, "second/passw+rd"});
  box.sandbox.cemli(0, "plan -e dev --detailed-exitcode");
  box.sandbox.cemli(0, "audit verify -e dev");
}

TEST_CASE("a plan that was saved does not stand once a secret has a new version") {
  VaultBox box(kReruns);
  box.sandbox.cemli(0, "plan -e dev -o saved.json");
  box.server.set_secret(kVaultSecret, "second/passw+rd");
  box.sandbox.cemli(6, "apply saved.json -e dev");
  CHECK_FALSE(box.sandbox.has_effect("one"));
}

TEST_CASE("a secret that may not be read is one clear error before anything runs") {
  VaultBox box(json::object());
  const std::string other = "ocid1.vaultsecret.oc1.phx.other";
  box.sandbox.desire("one: 1.0.0", "secrets: {ERP_PASSWORD: 'oci-vault:" + other + "'}\n");
  const Ended denied = box.sandbox.cemli(1, "apply -e dev --auto-approve");
  CHECK_THAT(denied.err, Contains("secret 'ERP_PASSWORD': ") && Contains(other) &&
                             Contains("NotAuthorizedOrNotFound") && Contains("secret-bundles"));
  CHECK(box.sandbox.events().empty());
  CHECK_FALSE(box.sandbox.has_effect("one"));
}

TEST_CASE("a vault is asked with the credential that is chosen") {
  VaultBox box(json::object());
  const Ended function =
      box.sandbox.cemli(1, "apply -e dev --auto-approve --auth resource_principal");
  CHECK_THAT(function.err, Contains("OCI_RESOURCE_PRINCIPAL_VERSION"));
  CHECK_THAT(box.sandbox.cemli(1, "apply -e dev --auto-approve --auth password").err,
             Contains("'password' is not a way to authenticate"));
  box.sandbox.environment()["OCI_CLI_AUTH"] = "resource_principal";
  box.sandbox.cemli(0, "apply -e dev --auto-approve --auth api_key");
}

}  // namespace cemli::test
