#include "state/store/oci_store.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "state/base/clock.h"
#include "state/store/open_store.h"
#include "tests/support/home.h"
#include "tests/support/oci_sample.h"
#include "tests/support/oci_server.h"
#include "tests/support/store_suite.h"
#include "tests/support/test_keys.h"

namespace cemli {
namespace {

using namespace std::chrono_literals;
using test::Home;
using test::OciFault;
using test::OciServer;

/// A store in a bucket on loopback, asked by the sample user.
struct Bucket {
  OciServer server;
  Home home;
  OciAddress address{OciServer::kNamespace, OciServer::kBucket};
  CallLimits limits = {};
  std::shared_ptr<RetryBudget> retries = std::make_shared<RetryBudget>(100);

  Bucket() {
    home.write("key.pem", test::sample_key_pem());
    home.write(".oci/config", "[DEFAULT]\nuser=" + test::kSampleUser +
                                  "\ntenancy=" + test::kSampleTenancy + "\nkey_file=~/key.pem\n");
    address.endpoint = server.url();
  }
  std::unique_ptr<Store> open() const {
    StoreSurroundings surroundings{std::make_shared<HttpClient>(HttpSettings{}), retries,
                                   home.environment()};
    surroundings.part_size = test::kSuitePartSize;
    auto store = make_oci_store(address, surroundings, limits);
    if (!store) UNSCOPED_INFO(store.error().message());
    REQUIRE(store);
    return *std::move(store);
  }
  std::size_t requests(const std::string& method) {
    const auto received = server.received();
    return static_cast<std::size_t>(
        std::count_if(received.begin(), received.end(),
                      [&](const auto& request) { return request.method == method; }));
  }
};

Error refusal(Bucket& bucket) {
  auto bytes = bucket.open()->get("dev/log/1");
  REQUIRE_FALSE(bytes);
  return bytes.error();
}

}  // namespace

TEST_CASE("a bucket of OCI is a store") {
  const Bucket bucket;
  const auto store = bucket.open();
  test::check_store(*store);
}

TEST_CASE("a bucket of OCI takes files, in one request or in several") {
  const Bucket bucket;
  const auto store = bucket.open();
  test::check_file_store(*store);
}

TEST_CASE("a folder of a bucket of OCI is a store, also where lists have short pages") {
  Bucket bucket;
  bucket.address.prefix = "team a/cemli/";
  bucket.server.set_page_size(2);
  bucket.server.put_object("team a/cemli0", "not of this folder");
  const auto store = bucket.open();
  test::check_store(*store);
  CHECK(store->address().starts_with("oci://acme/cemli-state/"));
}

TEST_CASE("only an object that the service says is missing is absent") {
  Bucket bucket;
  CHECK_FALSE(bucket.open()->get("dev/log/1").value());
  bucket.address.bucket = "other";
  const Error missing = refusal(bucket);
  CHECK(missing.code() == ErrorCode::not_found);
  CHECK(missing.message().find("BucketNotFound") != std::string::npos);
  CHECK(missing.message().find("(request id request-") != std::string::npos);
  CHECK_FALSE(bucket.open()->list("dev/", "", 1));
  CHECK_FALSE(bucket.open()->create({"dev/log/1", ""}));

  bucket.address.bucket = OciServer::kBucket;
  bucket.server.fail_next({{.method = "GET", .status = 404, .code = "NotAuthorizedOrNotFound"},
                           {.method = "GET", .status = 403, .code = "NotAuthorized"},
                           {.method = "GET", .status = 404}});
  CHECK(refusal(bucket).code() == ErrorCode::denied);
  CHECK(refusal(bucket).code() == ErrorCode::denied);
  CHECK(refusal(bucket).code() == ErrorCode::not_found);
}

TEST_CASE("an object's age is the service's own, from one answer") {
  Bucket bucket;
  bucket.server.put_object("dev/log/1", "one", 3600s);
  bucket.server.set_clock_ahead(4min);
  const auto aged = bucket.open()->get_aged("dev/log/1");
  REQUIRE(aged);
  CHECK((*aged)->age == 3600s + 4min);
}

TEST_CASE("a create that failed on the way is sent again") {
  Bucket bucket;
  bucket.server.fail_next({{},
                           {.status = 503, .code = "ServiceUnavailable"},
                           {.status = 429, .code = "TooManyRequests"},
                           {.status = 409, .code = "ConcurrentObjectUpdate"}});
  CHECK(bucket.open()->create({"dev/log/1", "one"}).value() == Creation::created);
  CHECK(bucket.requests("PUT") == 5);
  CHECK(bucket.retries->taken() == 4);
}

TEST_CASE("a create whose answer was lost is known to exist, and nothing is written twice") {
  for (const int status : {0, 500, 409}) {
    Bucket bucket;
    bucket.server.fail_next({{.when = OciFault::When::after, .status = status}});
    CHECK(bucket.open()->create({"dev/log/1", "one"}).value() == Creation::exists);
    CHECK(bucket.server.object("dev/log/1") == "one");
  }
}

TEST_CASE("a create whose fate nobody tells is an error, unless the object is there") {
  Bucket bucket;
  bucket.limits.patience = 0ms;
  bucket.server.fail_next({{}, {.when = OciFault::When::after}});
  CHECK(bucket.open()->create({"dev/log/1", "one"}).error().code() == ErrorCode::unavailable);
  CHECK(bucket.open()->create({"dev/log/1", "one"}).value() == Creation::exists);
}

TEST_CASE("who may not overwrite learns all the same that an object exists") {
  Bucket bucket;
  bucket.server.put_object("dev/log/1", "there");
  bucket.server.fail_next({{.status = 403, .code = "NotAuthorized"},
                           {.status = 404, .code = "BucketNotFound"},
                           {.status = 403, .code = "NotAuthorized"}});
  const auto store = bucket.open();
  CHECK(store->create({"dev/log/1", "one"}).value() == Creation::exists);
  CHECK(store->create({"dev/log/1", "one"}).value() == Creation::exists);
  CHECK(store->create({"dev/log/2", "two"}).error().code() == ErrorCode::denied);
}

TEST_CASE("a create may be refused before its body was read") {
  Bucket bucket;
  bucket.server.answer_conditions_early();
  const auto store = bucket.open();
  const std::string large(3'000'000, 'x');
  CHECK(store->create({"dev/log/1", large}).value() == Creation::created);
  CHECK(store->create({"dev/log/1", large}).value() == Creation::exists);
}

TEST_CASE("what comes back altered is not believed") {
  Bucket bucket;
  const auto store = bucket.open();
  REQUIRE(store->create({"dev/log/1", "one"}));
  bucket.server.replace_bytes("dev/log/1", "two");
  const auto bytes = store->get("dev/log/1");
  REQUIRE_FALSE(bytes);
  CHECK(bytes.error().code() == ErrorCode::corrupt);
}

TEST_CASE("two keys are looked for by one request") {
  Bucket bucket;
  REQUIRE(bucket.open()->which_exist("dev/log/1", "dev/log/2"));
  CHECK(bucket.server.received().size() == 1);
}

TEST_CASE("a wrong clock is told apart from a wrong key, and says by how much") {
  Bucket bucket;
  bucket.server.set_clock_ahead(-10min);
  const Error skewed = refusal(bucket);
  CHECK(skewed.code() == ErrorCode::denied);
  CHECK(skewed.message().find("this machine's clock is 10m 0") != std::string::npos);
  bucket.server.set_clock_ahead(0s);
  bucket.server.distrust_sample_key();
  const Error wrong = refusal(bucket);
  CHECK(wrong.message().find("does not accept the API key") != std::string::npos);
  CHECK(wrong.message().find("clock") == std::string::npos);
}

TEST_CASE("a token that was revoked in the middle of a run is replaced once, with its key") {
  Bucket bucket;
  bucket.home.variables["OCI_METADATA_BASE_URL"] = bucket.server.url() + "/opc/v2";
  bucket.home.variables["OCI_SDK_AUTH_CLIENT_REGION_URL"] = bucket.server.url();
  bucket.address.auth = "instance_principal";
  const auto store = bucket.open();
  REQUIRE(store->create({"dev/log/1", "one"}));
  {
    const auto lock = bucket.server.lock();
    bucket.server.identity().revoke_tokens();
  }
  std::atomic<int> served = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] { served += store->get("dev/log/1").value() == "one" ? 1 : 0; });
  for (std::thread& thread : threads) thread.join();
  CHECK(served == 8);
  CHECK(store->create({"dev/log/2", "two"}).value() == Creation::created);
  const auto lock = bucket.server.lock();
  CHECK(bucket.server.identity().tokens_issued() == 2);
}

TEST_CASE("what Functions has written anew is read where the old token is refused") {
  Bucket bucket;
  const auto issue = [&bucket] {
    const auto lock = bucket.server.lock();
    bucket.server.identity().revoke_tokens();
    const auto now = std::chrono::floor<std::chrono::seconds>(wall_now());
    bucket.home.write("rpst", bucket.server.identity().issue_token(
                                  test::public_base64_of(test::sample_key_pem()), now));
  };
  issue();
  bucket.home.variables["OCI_RESOURCE_PRINCIPAL_VERSION"] = "2.2";
  bucket.home.variables["OCI_RESOURCE_PRINCIPAL_RPST"] = bucket.home.path("rpst");
  bucket.home.variables["OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM"] = bucket.home.path("key.pem");
  bucket.address.auth = "resource_principal";
  const auto store = bucket.open();
  REQUIRE(store->create({"dev/log/1", "one"}));
  issue();
  CHECK(store->get("dev/log/1").value() == "one");
}

TEST_CASE("a token is replaced before it ends") {
  Bucket bucket;
  bucket.home.variables["OCI_METADATA_BASE_URL"] = bucket.server.url() + "/opc/v2";
  bucket.home.variables["OCI_SDK_AUTH_CLIENT_REGION_URL"] = bucket.server.url();
  bucket.address.auth = "instance_principal";
  {
    const auto lock = bucket.server.lock();
    bucket.server.identity().set_token_lifetime(4s);
  }
  const auto store = bucket.open();
  const auto issued = [&bucket] {
    const auto lock = bucket.server.lock();
    return bucket.server.identity().tokens_issued();
  };
  for (int i = 0; i < 100 && issued() < 2; ++i) {
    REQUIRE(store->create({"dev/log/" + std::to_string(i), "x"}));
    std::this_thread::sleep_for(100ms);
  }
  CHECK(issued() == 2);
  CHECK(bucket.server.refusals().empty());
}

TEST_CASE("an address of OCI opens such a store, and asks nobody") {
  Bucket bucket;
  const auto address = parse_store_address("oci://acme/cemli-state/team?region=fra");
  REQUIRE(address);
  const auto store = open_store(*address, {nullptr, nullptr, bucket.home.environment()});
  REQUIRE(store);
  CHECK((*store)->address() == "oci://acme/cemli-state/team?region=fra");
}

TEST_CASE("a store that cannot be opened says what is missing") {
  Bucket bucket;
  bucket.address.endpoint.reset();
  auto store = make_oci_store(bucket.address, {nullptr, bucket.retries, bucket.home.environment()},
                              bucket.limits);
  REQUIRE_FALSE(store);
  CHECK(store.error().message() == "opening 'oci://acme/cemli-state': no region is named");
  bucket.address.auth = "magic";
  store = make_oci_store(bucket.address, {nullptr, bucket.retries, bucket.home.environment()},
                         bucket.limits);
  CHECK(store.error().code() == ErrorCode::usage);
}

TEST_CASE("no token, key or signature is part of an error") {
  Bucket bucket;
  bucket.server.fail_next({{.method = "GET", .status = 400, .code = "InvalidParameter"},
                           {.method = "GET", .status = 401, .code = "NotAuthenticated"}});
  for (int i = 0; i < 2; ++i) {
    const Error error = refusal(bucket);
    const std::string shown = error.message() + error.hint().value_or("");
    for (const auto& request : bucket.server.received()) {
      const auto& authorization = request.headers.at("authorization");
      const std::size_t signature = authorization.find("signature=\"") + 11;
      CHECK(shown.find(authorization.substr(signature, 20)) == std::string::npos);
    }
    CHECK(shown.find("PRIVATE") == std::string::npos);
  }
}

}  // namespace cemli
