#include "state/store/oci_credentials.h"

#include <catch2/catch.hpp>

#include "state/base/base64.h"
#include "state/store/oci_instance.h"
#include "tests/support/home.h"
#include "tests/support/oci_sample.h"
#include "tests/support/oci_server.h"
#include "tests/support/test_keys.h"

namespace cemli {
namespace {

using namespace std::chrono_literals;
using test::Home;
using test::OciServer;

const std::string kSecret = "s3cret phrase";

StoreSurroundings surroundings_of(const Home& home) {
  return {std::make_shared<HttpClient>(HttpSettings{}), std::make_shared<RetryBudget>(100),
          home.environment()};
}

Result<OciCredential> fetched(const Home& home, std::optional<std::string> auth = std::nullopt) {
  const StoreSurroundings surroundings = surroundings_of(home);
  auto found = surroundings.oci_credentials->find(auth, std::nullopt, surroundings);
  if (!found) return std::move(found).error();
  auto credential = (*found)->current();
  if (!credential) return std::move(credential).error();
  return **credential;
}

std::string refusal(const Home& home, std::optional<std::string> auth = std::nullopt) {
  auto credential = fetched(home, std::move(auth));
  REQUIRE_FALSE(credential);
  return credential.error().message();
}

/// A token that ends `from_now`; its signature is nobody's.
std::string token_ending(std::chrono::seconds from_now) {
  const auto end = std::chrono::floor<std::chrono::seconds>(wall_now()) + from_now;
  return "e30." + to_base64(R"({"exp":)" + std::to_string(end.time_since_epoch().count()) + "}") +
         ".c2ln";
}

/// A source whose credentials a test makes up, and a clock that it moves.
struct Source {
  Timestamp now = wall_now();
  int fetches = 0;
  std::optional<std::chrono::minutes> lifetime = 20min;
  std::optional<Error> failure = std::nullopt;
  RsaKey key = RsaKey::parse(test::sample_key_pem(), std::nullopt).value();
  OciCredentials credentials{[this]() -> Result<OciCredential> {
                               ++fetches;
                               if (failure) return *failure;
                               OciCredential made{{"key " + std::to_string(fetches), key}, "test"};
                               if (lifetime) made.expires = now + *lifetime;
                               return made;
                             },
                             [this] { return now; }};

  std::string current() {
    auto found = credentials.current();
    REQUIRE(found);
    return (*found)->signing.key_id;
  }
};

/// The environment of an instance whose services are on loopback.
void run_on_instance(Home& home, const OciServer& server) {
  home.variables["OCI_METADATA_BASE_URL"] = server.url() + "/opc/v2";
  home.variables["OCI_SDK_AUTH_CLIENT_REGION_URL"] = server.url();
}

}  // namespace

TEST_CASE("a credential is fetched once, and again shortly before it ends") {
  Source source;
  CHECK(source.current() == "key 1");
  source.now += 14min;
  CHECK(source.current() == "key 1");
  source.now += 2min;
  CHECK(source.current() == "key 2");
  CHECK(source.fetches == 2);
}

TEST_CASE("a credential that lives shortly is not fetched for each request") {
  Source source;
  source.lifetime = 2min;
  CHECK(source.current() == "key 1");
  source.now += 30s;
  CHECK(source.current() == "key 1");
  source.now += 40s;
  CHECK(source.current() == "key 2");
}

TEST_CASE("where no new credential can be had the old one serves as long as it lasts") {
  Source source;
  CHECK(source.current() == "key 1");
  source.failure = Error(ErrorCode::unavailable, "out of reach");
  source.now += 16min;
  CHECK(source.current() == "key 1");
  CHECK(source.current() == "key 1");
  CHECK(source.fetches == 2);
  source.now += 5min;
  const auto ended = source.credentials.current();
  REQUIRE_FALSE(ended);
  CHECK(ended.error().message() == "getting OCI credentials: out of reach");
}

TEST_CASE("of several that were refused together one fetches, and all get the same") {
  Source source;
  const auto first = source.credentials.current().value();
  const auto second = source.credentials.renew(first).value();
  CHECK(second->signing.key_id == "key 2");
  CHECK(source.credentials.renew(first).value() == second);
  CHECK(source.fetches == 2);
}

TEST_CASE("an API key is known by tenancy, user and the key's own fingerprint") {
  Home home;
  home.write("key.pem", test::sample_key_pem());
  home.write(".oci/config", "[DEFAULT]\nuser=u\ntenancy=t\nkey_file=~/key.pem\nregion=fra\n");
  const auto credential = fetched(home);
  REQUIRE(credential);
  CHECK(credential->signing.key_id == "t/u/" + test::kSampleFingerprint);
  CHECK(credential->region == "fra");
  CHECK_FALSE(credential->expires);
}

TEST_CASE("a fingerprint that is another key's is told before the service is asked") {
  Home home;
  home.write("key.pem", test::sample_key_pem());
  const std::string config = home.write(
      ".oci/config", "[DEFAULT]\nuser=u\ntenancy=t\nkey_file=~/key.pem\nfingerprint=aa\n");
  CHECK(refusal(home) == "getting OCI credentials: " + config +
                             ":5: the fingerprint is not the private key's, which is " +
                             test::kSampleFingerprint);
}

TEST_CASE("a session's token signs with its key until it ends") {
  Home home;
  home.write("key.pem", test::encrypted_pem(test::sample_key_pem(), kSecret));
  home.write(
      ".oci/config",
      "[DEFAULT]\nkey_file=~/key.pem\nsecurity_token_file=~/token\npass_phrase=" + kSecret + "\n");
  const std::string token = token_ending(10min);
  home.write("token", token + "\n");
  const auto credential = fetched(home);
  REQUIRE(credential);
  CHECK(credential->signing.key_id == "ST$" + token);
  CHECK(credential->expires == oci_token_expiry(token));
  CHECK(credential->who.find(token) == std::string::npos);

  home.write("token", token_ending(-10min));
  CHECK(refusal(home).starts_with(
      "getting OCI credentials: the session token of the profile 'DEFAULT' ended at"));
}

TEST_CASE("a resource principal is read from files or from the variables themselves") {
  Home home;
  home.variables["OCI_RESOURCE_PRINCIPAL_VERSION"] = "2.2";
  CHECK(refusal(home).find("OCI_RESOURCE_PRINCIPAL_RPST") != std::string::npos);
  home.variables["OCI_RESOURCE_PRINCIPAL_RPST"] = home.write("rpst", "header.e30.signature\n");
  home.variables["OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM"] =
      home.write("key.pem", test::encrypted_pem(test::sample_key_pem(), kSecret));
  home.variables["OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM_PASSPHRASE"] = home.write("phrase", kSecret);
  home.variables["OCI_RESOURCE_PRINCIPAL_REGION"] = "us-phoenix-1";
  const auto credential = fetched(home);
  REQUIRE(credential);
  CHECK(credential->signing.key_id == "ST$header.e30.signature");
  CHECK(credential->region == "us-phoenix-1");

  home.variables["OCI_RESOURCE_PRINCIPAL_RPST"] = "literal.e30.signature";
  home.variables["OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM"] = test::sample_key_pem();
  CHECK(fetched(home).value().signing.key_id == "ST$literal.e30.signature");
  home.variables["OCI_RESOURCE_PRINCIPAL_VERSION"] = "3.0";
  CHECK(refusal(home).find("version 3.0") != std::string::npos);
}

TEST_CASE("an instance gets a token for its certificate, and its region from the metadata") {
  OciServer server;
  Home home;
  run_on_instance(home, server);
  const auto credential = fetched(home, "instance_principal");
  REQUIRE(credential);
  CHECK(credential->signing.key_id.starts_with("ST$"));
  CHECK(credential->region == "us-phoenix-1");
  REQUIRE(credential->expires);
  CHECK(*credential->expires > wall_now() + 15min);
  CHECK(server.refusals().empty());
}

TEST_CASE("stores of one program ask for a token once") {
  OciServer server;
  Home home;
  run_on_instance(home, server);
  const StoreSurroundings surroundings = surroundings_of(home);
  const auto find = [&] {
    return surroundings.oci_credentials->find("instance_principal", std::nullopt, surroundings);
  };
  REQUIRE(find().value()->current());
  CHECK(find().value()->current().value() == find().value()->current().value());
  const auto lock = server.lock();
  CHECK(server.identity().tokens_issued() == 1);
}

TEST_CASE("an instance's certificate may change, its tenancy may not") {
  OciServer server;
  Home home;
  run_on_instance(home, server);
  const FetchOciCredential fetch = oci_instance_credentials(surroundings_of(home));
  const auto first = fetch();
  REQUIRE(first);
  {
    const auto lock = server.lock();
    server.identity().rotate_certificate(test::kSampleTenancy);
  }
  const auto second = fetch();
  REQUIRE(second);
  CHECK(second->signing.key_id != first->signing.key_id);
  CHECK(second->signing.key.fingerprint() != first->signing.key.fingerprint());
  {
    const auto lock = server.lock();
    server.identity().rotate_certificate("ocid1.tenancy.oc1..other");
  }
  const auto third = fetch();
  REQUIRE_FALSE(third);
  CHECK(third.error().code() == ErrorCode::denied);
}

TEST_CASE("federation by a wrong clock says by how much it is wrong") {
  OciServer server;
  Home home;
  run_on_instance(home, server);
  server.set_clock_ahead(20min + 10s);
  const std::string why = refusal(home, "instance_principal");
  CHECK(why.find("this machine's clock is 20m") != std::string::npos);
  CHECK(why.find("behind the service's") != std::string::npos);
}

TEST_CASE("a token says when it ends, where it can be read") {
  CHECK(oci_token_expiry("e30.eyJleHAiOjE3MDAwMDAwMDB9.c2ln") ==
        parse_timestamp("2023-11-14T22:13:20.000Z").value());
  for (const char* token : {"", "a", "a.b.c", "e30.e30.c2ln", "e30.eyJleHAiOiJ4In0.c2ln"})
    CHECK_FALSE(oci_token_expiry(token));
}

}  // namespace cemli
