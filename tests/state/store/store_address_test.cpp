#include "state/store/store_address.h"

#include <catch2/catch.hpp>

namespace cemli {
namespace {

StoreAddress parsed(std::string_view text) {
  auto address = parse_store_address(text);
  INFO(text);
  REQUIRE(address);
  return *std::move(address);
}

std::string complaint(std::string_view text) {
  const auto address = parse_store_address(text);
  INFO(text);
  REQUIRE_FALSE(address);
  CHECK(address.error().code() == ErrorCode::invalid_input);
  return address.error().message();
}

}  // namespace

TEST_CASE("an address names a folder, a bucket of S3 or one of OCI") {
  CHECK(parsed("file:var/state") == StoreAddress(FolderAddress{"var/state"}));
  CHECK(parsed("s3://acme-state") == StoreAddress(S3Address{"acme-state"}));
  CHECK(parsed("s3://acme/a/b/") == parsed("s3://acme/a/b"));
  const auto s3 = std::get<S3Address>(
      parsed("s3://acme/prod/x?endpoint=https://s3.example.com:8443/&region=eu-west-1&style=virtual"
             "&profile=ops%20team"));
  CHECK(s3.bucket == "acme");
  CHECK(s3.prefix == "prod/x/");
  CHECK(s3.endpoint == "https://s3.example.com:8443");
  CHECK(s3.region == "eu-west-1");
  CHECK(s3.style == S3Address::Style::virtual_host);
  CHECK(s3.profile == "ops team");
  const auto oci = std::get<OciAddress>(
      parsed("oci://acme/prod-state/x?region=eu-frankfurt-1&auth=instance_principal"));
  CHECK(oci.name_space == "acme");
  CHECK(oci.bucket == "prod-state");
  CHECK(oci.prefix == "x/");
  CHECK(oci.region == "eu-frankfurt-1");
  CHECK(oci.auth == "instance_principal");
}

TEST_CASE("an address is written as it is read") {
  for (const char* text :
       {"file:/srv/cemli", "s3://acme", "s3://acme/a/b",
        "s3://acme?endpoint=http://127.0.0.1:9000&region=us-east-1&style=path&profile=a%20b",
        "oci://acme/bucket", "oci://acme/bucket/a/b?region=eu-frankfurt-1&auth=x&profile=y",
        "s3://acme?endpoint=http://%5B::1%5D:9000"})
    CHECK(format_store_address(parsed(text)) == text);
}

TEST_CASE("what is wrong with an address is said") {
  for (const char* text : {"", "/srv/cemli", "file:", "http://acme", "S3://acme"})
    CHECK(complaint(text).find("expected file:DIR, s3://BUCKET[/PREFIX] or oci://") !=
          std::string::npos);
  for (const char* text : {"s3://", "s3:///a", "s3://ab", "s3://a b c", "s3://user:secret@acme",
                           "oci://acme", "oci://acme/", "s3://ac..me"})
    CHECK(complaint(text).find("bucket's name") != std::string::npos);
  CHECK(complaint("oci:///bucket").find("NAMESPACE") != std::string::npos);
  for (const char* text : {"s3://acme//a", "s3://acme/../a", "s3://acme/a%20b", "s3://acme/./a"})
    CHECK(complaint(text).find("a prefix is made of") != std::string::npos);
  for (const char* text : {"s3://acme?endpoint=s3.example.com", "s3://acme?endpoint=https://",
                           "s3://acme?endpoint=https://a/b", "s3://acme?endpoint=https://u:p@a"})
    CHECK(complaint(text).find("must be https://HOST") != std::string::npos);
  CHECK(complaint("s3://acme?region=").find("'region' has no value") != std::string::npos);
  CHECK(complaint("s3://acme?region").find("'region' has no value") != std::string::npos);
  CHECK(complaint("s3://acme?region=a&region=b").find("twice") != std::string::npos);
  CHECK(complaint("s3://acme?region=eu west").find("not a region") != std::string::npos);
  CHECK(complaint("s3://acme?style=both").find("path or virtual") != std::string::npos);
}

TEST_CASE("an option that is not known is not repeated, as it may hold a key") {
  const std::string message = complaint("s3://acme?regoin=secret");
  CHECK(message.find("did you mean 'region'?") != std::string::npos);
  CHECK(message.find("secret") == std::string::npos);
  CHECK(complaint("s3://acme?AWS_SECRET=secret").find("secret") == std::string::npos);
}

}  // namespace cemli
