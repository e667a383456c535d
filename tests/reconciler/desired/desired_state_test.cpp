#include "reconciler/desired/desired_state.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "state/base/canonical_json.h"

namespace cemli {
namespace {

DesiredState one_package() {
  const Address address = Address::parse("gl-base").value();
  DesiredState state{"dev", "0123", {}, policy_digest({})};
  state.packages.emplace(
      address, DesiredPackage{.identity = {address, "1.0.0", Digest::of("content"), {}, {}},
                              .zip_digest = Digest::of("zip")});
  return state;
}

TEST_CASE("the desired digest is that of a written text") {
  const DesiredState state = one_package();
  const std::string identity =
      state.packages.at(Address::parse("gl-base").value()).identity.digest().hex();
  CHECK(state.digest() == Digest::of(R"({"environment":"dev","packages":{"gl-base":")" + identity +
                                     R"("},"policy":")" + policy_digest({}).hex() + R"("})"));
}

TEST_CASE("the members of the desired digest are in the order of their texts") {
  DesiredState state{"dev", "0123", {}, policy_digest({})};
  for (const char* text : {"a[X]", "a-b", "a[1]", "b"}) {
    const Address address = Address::parse(text).value();
    state.packages.emplace(address, DesiredPackage{.identity = {address, "1.0.0", Digest::of(text)},
                                                   .zip_digest = Digest::of("zip")});
  }
  nlohmann::json identities;
  for (const auto& [address, package] : state.packages)
    identities[address.text()] = package.identity.digest().hex();
  CHECK(state.digest() == digest_of({{"environment", "dev"},
                                     {"packages", std::move(identities)},
                                     {"policy", state.policy.hex()}}));
}

TEST_CASE("the desired digest of the documented address is the documented one") {
  const Address demo = Address::parse("demo").value();
  const Digest content =
      Digest::parse("7b7f68863bd0a97fa2be16ba1fb51a0428cb632d306e4b87e163ca2fbe17441e").value();
  DesiredState state{"dev", std::nullopt, {}, policy_digest({})};
  state.packages.emplace(
      demo,
      DesiredPackage{.identity = {demo, "1.0.0", content, {{"limit", 5000}, {"text", "é\n"}}, {}},
                     .zip_digest = Digest::of("zip")});
  CHECK(state.digest().hex() == "4b29d5636bf70a6e03e5036bee4898600f22a2696eed4e35d8b4bf4552acc5bd");
}

TEST_CASE("the desired digest depends on what is run and on nothing else") {
  const DesiredState state = one_package();
  const Address address = Address::parse("gl-base").value();
  DesiredState same = state;
  same.commit = std::nullopt;
  same.packages.at(address).zip_digest = Digest::of("another zip of the same files");
  same.packages.at(address).locks = {"ledger"};
  CHECK(same.digest() == state.digest());
  DesiredState other = state;
  other.packages.at(address).identity.parameters["limit"] = std::int64_t{5};
  CHECK(other.digest() != state.digest());
  other = state;
  other.environment = "test";
  CHECK(other.digest() != state.digest());
  other = state;
  other.policy = Digest::of("another");
  CHECK(other.digest() != state.digest());
}

}  // namespace
}  // namespace cemli
