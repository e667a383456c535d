#include <algorithm>
#include <catch2/catch.hpp>

#include "state/base/file.h"
#include "state/store/oci_store.h"
#include "tests/support/home.h"
#include "tests/support/oci_sample.h"
#include "tests/support/oci_server.h"
#include "tests/support/test_keys.h"

namespace cemli {
namespace {

using test::Home;
using test::OciFault;
using test::OciServer;

/// A store in a bucket on loopback that takes parts of four bytes.
class PartedBucket {
 public:
  PartedBucket() {
    home_.write("key.pem", test::sample_key_pem());
    home_.write(".oci/config", "[DEFAULT]\nuser=" + test::kSampleUser +
                                   "\ntenancy=" + test::kSampleTenancy + "\nkey_file=~/key.pem\n");
    OciAddress address{OciServer::kNamespace, OciServer::kBucket};
    address.endpoint = server.url();
    StoreSurroundings surroundings{std::make_shared<HttpClient>(HttpSettings{}),
                                   std::make_shared<RetryBudget>(100), home_.environment()};
    surroundings.part_size = 4;
    store = make_oci_store(address, surroundings, {}).value();
    file = make_nameless_file(std::filesystem::temp_directory_path()).value();
    REQUIRE(write_all(file.get(), "0123456789"));
  }
  [[nodiscard]] Result<Creation> upload() {
    return store->create({"a.zip", FileRange{file.get(), 0, 10}});
  }
  [[nodiscard]] std::size_t requests(const std::string& method, const std::string& target) {
    const auto received = server.received();
    return static_cast<std::size_t>(
        std::count_if(received.begin(), received.end(), [&](const auto& request) {
          return request.method == method && request.target.find(target) != std::string::npos;
        }));
  }

  OciServer server;
  std::unique_ptr<Store> store;
  UniqueFd file;

 private:
  Home home_;
};

}  // namespace

TEST_CASE("a large file goes in parts, and what is in memory in one request, however large") {
  PartedBucket bucket;
  CHECK(bucket.upload().value() == Creation::created);
  CHECK(bucket.requests("POST", "/u") == 2);
  CHECK(bucket.requests("PUT", "&uploadPartNum=") == 3);
  CHECK(bucket.server.object("a.zip") == "0123456789");
  CHECK(bucket.server.open_uploads() == 0);
  CHECK(bucket.store->create({"log", "0123456789"}).value() == Creation::created);
  CHECK(bucket.requests("PUT", "/o/log") == 1);
}

TEST_CASE("a part that did not arrive is sent again") {
  PartedBucket bucket;
  bucket.server.fail_next({{}, {.status = 503}});
  CHECK(bucket.upload().value() == Creation::created);
  CHECK(bucket.requests("PUT", "&uploadPartNum=") == 5);
  CHECK(bucket.server.object("a.zip") == "0123456789");
}

TEST_CASE("an upload that fails is let go of") {
  PartedBucket bucket;
  bucket.server.fail_next({{.status = 400, .code = "UnmatchedContentMD5"}});
  const auto created = bucket.upload();
  REQUIRE_FALSE(created);
  CHECK(created.error().message().find("UnmatchedContentMD5") != std::string::npos);
  CHECK(bucket.requests("DELETE", "?uploadId=") == 1);
  CHECK(bucket.server.open_uploads() == 0);
}

TEST_CASE("an upload whose last answer was lost is known to exist") {
  PartedBucket bucket;
  bucket.server.fail_next(
      {{.method = "POST", .when = OciFault::When::after, .target = "?uploadId="}});
  CHECK(bucket.upload().value() == Creation::exists);
  CHECK(bucket.server.object("a.zip") == "0123456789");
}

TEST_CASE("an object that came while the parts were on their way stays, and the parts go") {
  PartedBucket bucket;
  bucket.server.fail_next(
      {{.method = "POST", .status = 412, .code = "IfNoneMatchFailed", .target = "?uploadId="}});
  CHECK(bucket.upload().value() == Creation::exists);
  CHECK(bucket.server.open_uploads() == 0);
}

TEST_CASE("no part is sent where the object exists") {
  PartedBucket bucket;
  bucket.server.put_object("a.zip", "other");
  CHECK(bucket.upload().value() == Creation::exists);
  CHECK(bucket.requests("PUT", "/u/") == 0);
}

TEST_CASE("a file that comes back altered is not believed") {
  PartedBucket bucket;
  CHECK(bucket.upload().value() == Creation::created);
  bucket.server.replace_bytes("a.zip", "012345678x");
  const auto fetched = bucket.store->get_to_file("a.zip", bucket.file.get());
  REQUIRE_FALSE(fetched);
  CHECK(fetched.error().code() == ErrorCode::corrupt);
}

}  // namespace cemli
