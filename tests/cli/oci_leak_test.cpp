#include <catch2/catch.hpp>

#include "tests/cli/leak_watch.h"
#include "tests/cli/tenancy.h"
#include "tests/support/test_keys.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;

const std::string kPassphrase = "opensesame/4711";
const std::string kErpPassword = "tiger+woods/9";
const std::string kErpSecret = "ocid1.vaultsecret.oc1.phx.erp";

/// A tenancy in which somebody with much to hide works, all of it watched.
struct WatchedTenancy : Tenancy {
  WatchedTenancy() {
    sandbox.environment()["CEMLI_OCI_VAULT_ENDPOINT"] = server.url();
    server.set_secret(kErpSecret, kErpPassword);
    watch.forbid("the ERP's password", kErpPassword);
    watch.forbid("the passphrase", kPassphrase);
    watch.forbid_key("the user's key", sample_key_pem());
    sandbox.desire("one: 1.0.0", "secrets: {ERP: 'oci-vault:" + kErpSecret + "'}\n" + stores());
    const std::string package =
        sandbox
            .write_package({"one",
                            "1.0.0",
                            "env; cat $CEMLI_SECRETS_DIR/ERP; ls -l $CEMLI_SECRETS_DIR >&2; "
                            "cat $CEMLI_SECRETS_DIR/ERP > $CEMLI_ARTIFACTS/connect.txt",
                            {{"secrets", {"ERP"}}, {"rerun_on", {"secrets"}}}})
            .string();
    watch.run(sandbox, {"package", "publish", "-e", "dev", package});
  }

  /// The configuration file's text, with the named profile's settings behind `[DEFAULT]`.
  void configure(const std::string& settings) const {
    REQUIRE(replace_file(sandbox.root() / "home/.oci/config", "[DEFAULT]\n" + settings,
                         Durability::relaxed));
  }
  [[nodiscard]] std::string write_key(const std::string& name, const std::string& pem) const {
    const std::filesystem::path path = sandbox.root() / "home/.oci" / name;
    REQUIRE(replace_file(path, pem, Durability::relaxed));
    ::chmod(path.c_str(), 0600);
    return path.string();
  }
  [[nodiscard]] static std::string user() {
    return "tenancy=" + kSampleTenancy + "\nuser=" + kSampleUser + "\n";
  }

  void work(Talk talk = Talk::all) {
    for (const auto& command : commands_of_a_day(address("state"), talk))
      watch.run(sandbox, command);
  }
  /// All that was printed, and all that was left on this machine and in the buckets.
  void check() {
    watch.see_files(sandbox.root(), ".oci");
    for (auto& [key, bytes] : server.objects()) watch.see("object " + key, std::move(bytes));
    watch.check();
  }

  LeakWatch watch;
};

}  // namespace

TEST_CASE("nothing secret is printed or kept where all goes well in OCI") {
  const Talk talk = GENERATE(Talk::usual, Talk::all);
  WatchedTenancy tenancy;
  const std::string key =
      tenancy.write_key("locked.pem", encrypted_pem(sample_key_pem(), kPassphrase));
  tenancy.configure(tenancy.user() + "key_file=" + key + "\npass_phrase=" + kPassphrase + "\n");
  tenancy.work(talk);
  CHECK(tenancy.watch.has_seen("All is well."));
  CHECK(tenancy.watch.has_seen("***"));
  // The requests, as `-vv` tells them.
  CHECK(tenancy.watch.has_seen("cemli: ") == (talk == Talk::all));
  CHECK(tenancy.watch.has_seen("oci-vault:" + kErpSecret + "@v1"));
  tenancy.check();
}

TEST_CASE("nothing secret is printed where OCI refuses") {
  WatchedTenancy tenancy;
  SECTION("a user that is not known") {
    tenancy.server.distrust_sample_key();
  }
  SECTION("who may not create") {
    tenancy.server.deny_creation();
  }
  SECTION("whose clock is wrong") {
    tenancy.server.set_clock_ahead(std::chrono::minutes(9));
  }
  tenancy.work();
  CHECK(tenancy.watch.has_seen("HTTP 40"));
  tenancy.check();
}

TEST_CASE("nothing secret is printed where an OCI key cannot be used") {
  WatchedTenancy tenancy;
  const std::string other = new_key_pem();
  tenancy.watch.forbid_key("another key", other);
  tenancy.watch.forbid("the wrong passphrase", "closesesame/0815");
  const std::string locked =
      tenancy.write_key("locked.pem", encrypted_pem(sample_key_pem(), kPassphrase));
  SECTION("with the wrong passphrase") {
    tenancy.configure(tenancy.user() + "key_file=" + locked + "\npass_phrase=closesesame/0815\n");
  }
  SECTION("with another key's fingerprint") {
    tenancy.configure(tenancy.user() + "key_file=" + tenancy.write_key("other.pem", other) +
                      "\nfingerprint=" + kSampleFingerprint + "\n");
  }
  SECTION("with a line that is no setting") {
    tenancy.configure(tenancy.user() + "pass_phrase " + kPassphrase + "\n");
  }
  SECTION("with the key where its file belongs") {
    tenancy.sandbox.environment()["OCI_CLI_KEY_CONTENT"] = other;
    tenancy.sandbox.environment()["OCI_CLI_PASSPHRASE"] = kPassphrase;
  }
  tenancy.work();
  tenancy.check();
}

TEST_CASE("no session token of OCI is printed or kept") {
  WatchedTenancy tenancy;
  const std::string key = new_key_pem();
  tenancy.watch.forbid_key("the session's key", key);
  std::string token;
  {
    const auto guard = tenancy.server.lock();
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    token = tenancy.server.identity().issue_token(public_base64_of(key), now);
    SECTION("while it lasts") {}
    SECTION("when the service has revoked it") {
      tenancy.server.identity().revoke_tokens();
    }
    SECTION("when it has ended") {
      tenancy.server.identity().set_token_lifetime(std::chrono::hours(-2));
      token = tenancy.server.identity().issue_token(public_base64_of(key), now);
    }
  }
  tenancy.watch.forbid("the session token", token);
  tenancy.watch.forbid("its signature", token.substr(token.rfind('.') + 1));
  tenancy.configure("tenancy=" + kSampleTenancy +
                    "\nregion=phx\nkey_file=" + tenancy.write_key("session.pem", key) +
                    "\nsecurity_token_file=" + tenancy.write_key("token", token) + "\n");
  tenancy.work();
  tenancy.check();
}

TEST_CASE("no token of a function is printed or kept") {
  WatchedTenancy tenancy;
  const std::string key = new_key_pem();
  tenancy.watch.forbid_key("the function's key", key);
  std::string token;
  {
    const auto guard = tenancy.server.lock();
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    token = tenancy.server.identity().issue_token(public_base64_of(key), now);
  }
  tenancy.watch.forbid("the function's token", token);
  auto& variables = tenancy.sandbox.environment();
  variables["OCI_CLI_AUTH"] = "resource_principal";
  variables["OCI_RESOURCE_PRINCIPAL_VERSION"] = "2.2";
  variables["OCI_RESOURCE_PRINCIPAL_RPST"] = token;
  variables["OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM"] = key;
  variables["OCI_RESOURCE_PRINCIPAL_REGION"] = "phx";
  tenancy.work();
  CHECK(tenancy.watch.has_seen("the resource principal of this function"));
  tenancy.check();
}

}  // namespace cemli::test
