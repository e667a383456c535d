#include "state/store/store_clock.h"

#include <catch2/catch.hpp>

#include "tests/support/home.h"
#include "tests/support/oci_sample.h"
#include "tests/support/oci_server.h"

namespace cemli {
namespace {

using std::chrono::seconds;
using test::OciServer;

/// What a user with the sample key has around.
StoreSurroundings surroundings_of(const test::Home& home) {
  home.write("key.pem", test::sample_key_pem());
  home.write(".oci/config", "[DEFAULT]\nuser=u\ntenancy=t\nkey_file=~/key.pem\n");
  return {std::make_shared<HttpClient>(HttpSettings{}), std::make_shared<RetryBudget>(10),
          home.environment()};
}

}  // namespace

TEST_CASE("a service's clock is compared with this machine's without a credential") {
  OciServer server;
  const test::Home home;
  const StoreSurroundings surroundings = surroundings_of(home);
  const OciAddress address{OciServer::kNamespace, OciServer::kBucket, "", std::nullopt,
                           server.url()};
  const auto same = ask_clock_lead(address, surroundings);
  REQUIRE(same);
  REQUIRE(*same);
  CHECK(std::chrono::abs(**same) <= seconds(1));
  server.set_clock_ahead(seconds(432));
  const auto behind = ask_clock_lead(address, surroundings);
  REQUIRE(behind);
  REQUIRE(*behind);
  CHECK(std::chrono::abs(**behind + seconds(432)) <= seconds(1));
  const S3Address s3{"bucket", "", server.url()};
  const auto by_s3 = ask_clock_lead(s3, surroundings);
  REQUIRE(by_s3);
  CHECK(std::chrono::abs(by_s3->value() + seconds(432)) <= seconds(1));
  for (const auto& request : server.received())
    CHECK_FALSE(request.headers.contains("authorization"));
}

TEST_CASE("a folder has no clock, and a service that does not answer is an error") {
  const test::Home home;
  const StoreSurroundings surroundings = surroundings_of(home);
  const auto folder = ask_clock_lead(FolderAddress{"/srv"}, surroundings);
  REQUIRE(folder);
  CHECK_FALSE(*folder);
  const S3Address nowhere{"bucket", "", "http://127.0.0.1:1"};
  CHECK(ask_clock_lead(nowhere, surroundings).error().code() == ErrorCode::unavailable);
}

}  // namespace cemli
