#include "state/store/oci_config.h"

#include <catch2/catch.hpp>

#include "state/store/oci_regions.h"
#include "tests/support/home.h"
#include "tests/support/oci_sample.h"
#include "tests/support/test_keys.h"

namespace cemli {
namespace {

using test::Home;

const std::string kSecret = "s3cret phrase";

Error refusal(const std::string& text, const std::string& profile = "DEFAULT") {
  auto parsed = parse_oci_profile(text, "config", profile);
  REQUIRE_FALSE(parsed);
  return parsed.error();
}

OciProfile profile_in(const Home& home) {
  auto read = read_oci_profile(home.environment());
  REQUIRE(read);
  return *std::move(read);
}

std::string value(const OciProfile& profile, const std::string& key) {
  const OciSetting* setting = profile.find(key);
  return setting == nullptr ? "(none)" : setting->value;
}

}  // namespace

TEST_CASE("a profile is read with what it inherits, comments and spaces aside") {
  const auto profile = parse_oci_profile(
      "# of the team\n[DEFAULT]\nuser = u1\ntenancy=t1\n\n;old\n[prod]\nUSER=u2\n"
      "passphrase = a=b # c\nsomething_else=1\n",
      "config", "prod");
  REQUIRE(profile);
  CHECK(value(*profile, "user") == "u2");
  CHECK(profile->find("user")->where == "config:8");
  CHECK(value(*profile, "tenancy") == "t1");
  CHECK(profile->find("tenancy")->where == "config:4");
  CHECK(value(*profile, "pass_phrase") == "a=b # c");
  CHECK(value(*profile, "region") == "(none)");
}

TEST_CASE("a profile that is missing is named with those that are there") {
  const Error error = refusal("[DEFAULT]\n[prod]\n", "prd");
  CHECK(error.message() == "config: no profile 'prd'");
  CHECK(error.hint() == "it has: DEFAULT, prod");
}

TEST_CASE("a line that is no setting is named by its place, not by what it holds") {
  CHECK(refusal("[DEFAULT]\n" + kSecret + "\n").message() ==
        "config:2: expected KEY=VALUE or [PROFILE]");
  CHECK(refusal("user=u\n[DEFAULT]\n").message() ==
        "config:1: a setting stands before the first [PROFILE]");
  CHECK(refusal("[DEFAULT\n").message() == "config:1: the profile's name does not end with ]");
  CHECK(refusal("[DEFAULT]\nuser=a\nUser=b\n").message() ==
        "config:3: the profile has this key twice");
  CHECK(refusal("[a]\n[DEFAULT]\n[a]\n", "a").message() == "config:3: the profile is there twice");
}

TEST_CASE("the environment names the file and the profile, and goes before both") {
  Home home;
  home.write(".oci/config", "[DEFAULT]\nuser=u1\nregion=fra\n[prod]\nuser=u2\n");
  CHECK(value(profile_in(home), "user") == "u1");
  home.variables["OCI_CLI_PROFILE"] = "prod";
  CHECK(value(profile_in(home), "user") == "u2");
  home.variables["OCI_REGION"] = "phx";
  CHECK(value(profile_in(home), "region") == "fra");
  home.variables["OCI_CLI_REGION"] = "iad";
  home.variables["OCI_CLI_USER"] = "u3";
  CHECK(value(profile_in(home), "region") == "iad");
  CHECK(value(profile_in(home), "user") == "u3");
  CHECK(profile_in(home).find("user")->where == "OCI_CLI_USER");
  home.variables["OCI_CLI_CONFIG_FILE"] = home.write("other", "[prod]\ntenancy=t9\n");
  CHECK(value(profile_in(home), "tenancy") == "t9");
}

TEST_CASE("without the usual file others are looked for, and without any there is no profile") {
  Home home;
  home.variables["OCI_REGION"] = "phx";
  CHECK(profile_in(home).file.empty());
  CHECK(value(profile_in(home), "region") == "phx");
  home.write(".oraclebmc/config", "[DEFAULT]\nuser=old\n");
  CHECK(value(profile_in(home), "user") == "old");
  home.variables["OCI_CONFIG_FILE"] = home.write("named", "[DEFAULT]\nuser=named\n");
  CHECK(value(profile_in(home), "user") == "named");
  home.variables["OCI_CLI_CONFIG_FILE"] = home.path("missing");
  const auto missing = read_oci_profile(home.environment());
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message().find("missing") != std::string::npos);
}

TEST_CASE("the kind of credential is the one asked for, else the one there is") {
  Home home;
  const auto chosen = [&home](std::optional<OciAuth> asked_for = std::nullopt) {
    return choose_oci_auth(profile_in(home), asked_for, home.environment());
  };
  CHECK(chosen().error().message() ==
        "no OCI configuration file, and no 'user' in the environment");
  home.variables["OCI_RESOURCE_PRINCIPAL_VERSION"] = "2.2";
  CHECK(chosen().value() == OciAuth::resource_principal);
  home.write(".oci/config", "[DEFAULT]\nuser=u\n");
  CHECK(chosen().value() == OciAuth::api_key);
  home.write(".oci/config", "[DEFAULT]\nsecurity_token_file=f\n");
  CHECK(chosen().value() == OciAuth::security_token);
  home.write(".oci/config", "[DEFAULT]\nuser=u\nauthentication_type=instance_principal\n");
  CHECK(chosen().value() == OciAuth::instance_principal);
  home.variables["OCI_CLI_AUTH"] = "api_key";
  CHECK(chosen().value() == OciAuth::api_key);
  CHECK(chosen(OciAuth::resource_principal).value() == OciAuth::resource_principal);
  home.variables["OCI_CLI_AUTH"] = "magic";
  CHECK(chosen().error().message() == "OCI_CLI_AUTH: 'magic' is not a way to authenticate");
}

TEST_CASE("a profile with a user and a token says nothing until one is chosen") {
  Home home;
  home.write(".oci/config", "[DEFAULT]\nuser=u\nsecurity_token_file=f\n");
  const auto chosen = choose_oci_auth(profile_in(home), std::nullopt, home.environment());
  REQUIRE_FALSE(chosen);
  CHECK(chosen.error().message().ends_with("has a user and a security token"));
  CHECK(chosen.error().hint()->find("OCI_CLI_AUTH=security_token") != std::string::npos);
}

TEST_CASE("the key is opened with its passphrase, from a file or from the environment") {
  Home home;
  const std::string encrypted = test::encrypted_pem(test::sample_key_pem(), kSecret);
  home.write(".oci/key.pem", encrypted);
  home.write(".oci/config", "[DEFAULT]\nkey_file=~/.oci/key.pem\npass_phrase=" + kSecret + "\n");
  const auto key = read_oci_key(profile_in(home), home.environment());
  REQUIRE(key);
  CHECK(key->fingerprint() == test::kSampleFingerprint);

  home.variables["OCI_CLI_KEY_CONTENT"] = test::sample_key_pem();
  home.write(".oci/key.pem", "");
  REQUIRE(read_oci_key(profile_in(home), home.environment()));
}

TEST_CASE("a key that cannot be used is named with its file, and no secret is") {
  Home home;
  home.write(".oci/config", "[DEFAULT]\nkey_file=~/.oci/key.pem\npass_phrase=" + kSecret + "\n");
  const auto why = [&home] {
    const auto key = read_oci_key(profile_in(home), home.environment());
    REQUIRE_FALSE(key);
    CHECK(key.error().message().find(kSecret) == std::string::npos);
    CHECK(key.error().message().find(".oci/config:2: key_file") != std::string::npos);
    return key.error().message();
  };
  CHECK(why().ends_with("No such file or directory"));
  home.write(".oci/key.pem", test::encrypted_pem(test::sample_key_pem(), "another"));
  CHECK(why().ends_with("the passphrase does not open the private key"));
  home.write(".oci/config", "[DEFAULT]\nuser=u\n");
  const auto none = read_oci_key(profile_in(home), home.environment());
  CHECK(none.error().message().ends_with(".oci/config: the profile 'DEFAULT' has no 'key_file'"));
  CHECK(none.error().hint() == "add the line 'key_file=…' to [DEFAULT]");
}

TEST_CASE("a session's token is read without the space around it") {
  Home home;
  home.write("token", "\n header.claims.signature \n");
  home.write(".oci/config", "[DEFAULT]\nsecurity_token_file=~/token\n");
  CHECK(read_oci_session_token(profile_in(home), home.environment()).value() ==
        "header.claims.signature");
  home.write("token", "\n");
  const auto empty = read_oci_session_token(profile_in(home), home.environment());
  REQUIRE_FALSE(empty);
  CHECK(empty.error().message().ends_with("is empty"));
}

TEST_CASE("a region is known by its id or its key, with its realm's domain") {
  const Variables none = Home().environment();
  const auto region = [](const std::string& name, const Variables& variables) {
    auto found = find_oci_region(name, variables);
    REQUIRE(found);
    return *std::move(found);
  };
  CHECK(region("eu-frankfurt-1", none) == OciRegion{"eu-frankfurt-1", "oraclecloud.com"});
  CHECK(region("FRA", none) == OciRegion{"eu-frankfurt-1", "oraclecloud.com"});
  CHECK(region("ltn", none) == OciRegion{"uk-gov-london-1", "oraclegovcloud.uk"});
  CHECK(region("eu-frankfurt-2", none) == OciRegion{"eu-frankfurt-2", "oraclecloud.eu"});
  CHECK(region("xx-new-1", none) == OciRegion{"xx-new-1", "oraclecloud.com"});
  CHECK(find_oci_region("", none).error().code() == ErrorCode::invalid_input);
  CHECK(find_oci_region("a/b", none).error().code() == ErrorCode::invalid_input);

  Home home;
  home.variables["OCI_DEFAULT_REALM"] = "example.com";
  CHECK(region("xx-new-1", home.environment()).domain == "example.com");
  home.variables["OCI_REGION_METADATA"] =
      R"({"realmKey":"oc99","realmDomainComponent":"Cloud99.com","regionKey":"NEW",)"
      R"("regionIdentifier":"xx-new-1"})";
  CHECK(region("new", home.environment()) == OciRegion{"xx-new-1", "cloud99.com"});
  home.write(".oci/regions-config.json",
             R"([{"realmKey":"a","realmDomainComponent":"file.com","regionKey":"new",)"
             R"("regionIdentifier":"xx-new-1"}])");
  CHECK(region("new", home.environment()).domain == "file.com");
}

TEST_CASE("each service has its place in a region") {
  const OciRegion region{"us-ashburn-1", "oraclecloud.com"};
  CHECK(oci_object_storage_endpoint(region) ==
        "https://objectstorage.us-ashburn-1.oraclecloud.com");
  CHECK(oci_auth_endpoint(region) == "https://auth.us-ashburn-1.oraclecloud.com");
  CHECK(oci_secrets_endpoint(region) == "https://secrets.vaults.us-ashburn-1.oci.oraclecloud.com");
  const OciRegion dotted{"region.example.com", ""};
  CHECK(oci_object_storage_endpoint(dotted) == "https://objectstorage.region.example.com");
}

}  // namespace cemli
