#include "reconciler/desired/secret_versions.h"

#include <catch2/catch.hpp>

namespace cemli {
namespace {

Address named(const std::string& name) {
  return Address::make(name, std::nullopt).value();
}

DesiredPackage package(const std::string& name, std::vector<std::string> secrets, bool reruns) {
  DesiredPackage made{.identity = {named(name), "1.0.0", Digest::of(name), {}},
                      .zip_digest = Digest::of(name)};
  made.secrets = std::move(secrets);
  made.reruns_on_new_secrets = reruns;
  return made;
}

DesiredState state_of(const std::vector<DesiredPackage>& packages) {
  DesiredState state{"dev", std::nullopt, {}, Digest::of("")};
  for (const DesiredPackage& each : packages) state.packages.emplace(each.identity.address, each);
  return state;
}

TEST_CASE("only secrets that a package is to run again on are watched") {
  const DesiredState state = state_of({package("a", {"ERP", "KEY"}, true),
                                       package("b", {"ERP"}, true), package("c", {"X"}, false)});
  CHECK(watched_secrets(state) == std::set<std::string>{"ERP", "KEY"});
}

TEST_CASE("a version is part of the identity of who runs again on it") {
  DesiredState state = state_of({package("a", {"ERP"}, true), package("b", {"ERP"}, false)});
  const Digest before = state.digest();
  take_secret_versions(state, {{"ERP", "v3"}});
  CHECK(state.packages.at(named("a")).identity.rerun_on ==
        std::map<std::string, std::string>{{"secret ERP", "v3"}});
  CHECK(state.packages.at(named("b")).identity.rerun_on.empty());
  const Digest third = state.digest();
  take_secret_versions(state, {{"ERP", "v4"}});
  CHECK(before != third);
  CHECK(state.digest() != third);
}

TEST_CASE("a secret has moved where its version is not the planned one") {
  DesiredState state = state_of({package("a", {"ERP", "KEY"}, true)});
  take_secret_versions(state, {{"ERP", "v3"}, {"KEY", "v1"}});
  const DesiredPackage& planned = state.packages.at(named("a"));
  CHECK(moved_secrets(planned, {{"ERP", "v3"}, {"KEY", "v1"}}).empty());
  CHECK(moved_secrets(planned, {{"ERP", "v4"}, {"KEY", "v1"}}) == std::vector<std::string>{"ERP"});
  CHECK(moved_secrets(package("b", {"ERP"}, false), {{"ERP", "v4"}}).empty());
}

}  // namespace
}  // namespace cemli
