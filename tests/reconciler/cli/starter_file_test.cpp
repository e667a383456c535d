#include "reconciler/cli/starter_file.h"

#include <catch2/catch.hpp>

#include "reconciler/desired/environment_file.h"

namespace cemli {
namespace {

EnvironmentFile parsed(const std::optional<StoreAddress>& store) {
  const std::string text = starter_file("prod", store);
  auto file = parse_environment_file(text, "environments/prod.yaml");
  INFO(text);
  INFO((file ? "" : file.error().message()));
  REQUIRE(file);
  return *std::move(file);
}

TEST_CASE("a starter file is valid and desires nothing yet") {
  const EnvironmentFile file = parsed(std::nullopt);
  CHECK(file.environment == "prod");
  CHECK_FALSE(file.stores);
  CHECK(file.packages.empty());
  CHECK(file.lease == std::chrono::minutes(5));
}

TEST_CASE("a starter file has its stores below the address that was given") {
  for (const std::string address :
       {"file:/srv/cemli \"prod\"", "s3://acme-prod/erp?region=eu-west-1&profile=ops", "s3://acme",
        "oci://acme/cemli-prod?region=eu-frankfurt-1&auth=instance_principal"}) {
    INFO(address);
    const StoreAddress given = parse_store_address(address).value();
    const EnvironmentFile file = parsed(given);
    REQUIRE(file.stores);
    CHECK(file.stores->packages == address_below(given, "packages"));
    CHECK(file.stores->results == address_below(given, "results"));
    CHECK(file.stores->state == address_below(given, "state"));
  }
  const StoreAddress oci = parse_store_address("oci://acme/erp/p?region=phx").value();
  CHECK(format_store_address(address_below(oci, "state")) == "oci://acme/erp/p/state?region=phx");
}

TEST_CASE("what a starter file proposes is valid, too") {
  // The lines in comments, without their mark, instead of those that they stand for.
  std::string text = starter_file("prod", std::nullopt);
  const std::size_t from = text.find("# packages:\n");
  REQUIRE(from != std::string::npos);
  std::string proposed;
  for (std::size_t at = from; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    proposed += text.substr(at + 2, end + 1 - at - 2);
    at = end + 1;
  }
  text.resize(text.find("packages: {}"));
  const auto file = parse_environment_file(text + proposed, "environments/prod.yaml");
  INFO(proposed);
  REQUIRE(file);
  CHECK(file->packages.size() == 2);
}

}  // namespace
}  // namespace cemli
