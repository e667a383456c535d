#include "reconciler/desired/desired_cache.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "state/base/file.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

TemporaryFolder cache_folder() {
  return TemporaryFolder::make(fs::temp_directory_path(), "cemli-desired-").value();
}

EnvironmentFileIds ids(const std::string& file) {
  return {file, "b", std::nullopt, "d"};
}

/// With something in every member.
KnownEnvironment all_of(const std::string& environment) {
  const Address address = Address::parse("gl[EU]").value();
  KnownEnvironment known{{"environments/prod.yaml", environment, "Production"},
                         {environment, std::nullopt, {}, Digest::of("policy")}};
  EnvironmentSettings& settings = known.settings;
  settings.stores = {
      FolderAddress{"packages"},
      S3Address{"bucket", "a/", "http://localhost:1", "eu", S3Address::Style::path, "P"},
      OciAddress{"ns", "bucket", "b/", "eu-frankfurt-1", "http://localhost:2", "api_key", "Q"}};
  settings.lease = std::chrono::seconds(90);
  settings.promote_from = "test";
  settings.runner = {{"PATH"}, {{"A", "b"}}, RunnerSettings::Home::inherit};
  settings.secrets = {{"PASSWORD", {SecretSource::Kind::oci_vault, "ocid1"}}};
  Policy& policy = settings.policy;
  policy = {true, true, true, true, "test", {{"owner", "x"}, {"ticket", std::nullopt}}};
  policy.types = {PackageType::configuration, PackageType::integration};
  policy.signed_packages = SignerRule{{"*@a"}};
  policy.signed_commits = SignerRule{};
  policy.approvals = ApprovalRule{2, true, true, std::chrono::hours(1), {"*@b"}};
  policy.max_changes = 5;
  settings.signers = {"jane ssh-ed25519 AAAA\n", std::string("\0KRL", 4)};
  DesiredState& desired = known.desired;
  desired.packages.emplace(
      address, DesiredPackage{.identity = {address,
                                           "1.0.0",
                                           Digest::of("content"),
                                           {{"limit", std::int64_t{-5}},
                                            {"share", 0.5},
                                            {"list", std::vector<ScalarValue>{"a", true}}},
                                           {{"secret PASSWORD", "v3"}}},
                              .depends_on = {Address::parse("base").value()},
                              .locks = {"ledger"},
                              .idempotent = true,
                              .reversible = Reversible::yes,
                              .abilities = {"check"},
                              .can_rehearse = true,
                              .zip_digest = Digest::of("zip"),
                              .zip_size = 100,
                              .secrets = {"PASSWORD"},
                              .reruns_on_new_secrets = true});
  desired.rules = policy;
  desired.runner = settings.runner;
  desired.secrets = settings.secrets;
  desired.floating = {{"a", "1.0.0", "^1"}, {"b", "1.0.0", std::nullopt}};
  desired.ranges = {{"a", "^1"}};
  desired.tracks_all = true;
  return known;
}

}  // namespace

TEST_CASE("what files say comes back in every member, for the same files alone") {
  const TemporaryFolder folder = cache_folder();
  const DesiredCache cache(folder.path() / "made" / "when needed");
  CHECK_FALSE(cache.load("prod", ids("a")));
  cache.keep(ids("a"), all_of("prod"));
  CHECK(cache.load("prod", ids("a")) == all_of("prod"));
  CHECK_FALSE(cache.load("test", ids("a")));
  for (const EnvironmentFileIds& other : {EnvironmentFileIds{"x", "b", std::nullopt, "d"},
                                          EnvironmentFileIds{"a", "x", std::nullopt, "d"},
                                          EnvironmentFileIds{"a", "b", "d", std::nullopt},
                                          EnvironmentFileIds{"a", "b", std::nullopt, "x"}}) {
    CHECK_FALSE(cache.load("prod", other));
  }
}

TEST_CASE("a damaged file of a desired state counts as absent") {
  const TemporaryFolder folder = cache_folder();
  const DesiredCache cache(folder.path());
  cache.keep(ids("a"), all_of("prod"));
  const fs::path file = *fs::directory_iterator(folder.path() / "desired" / "prod");
  std::string bytes = read_file(file).value();
  bytes[bytes.size() / 2] ^= 1;
  REQUIRE(replace_file(file, bytes, Durability::relaxed));
  CHECK_FALSE(cache.load("prod", ids("a")));
  cache.keep(ids("a"), all_of("prod"));
  CHECK(cache.load("prod", ids("a")));
}

TEST_CASE("what was just kept stays, whatever the time of the others") {
  const TemporaryFolder folder = cache_folder();
  const DesiredCache cache(folder.path());
  for (int i = 0; i < 16; ++i) cache.keep(ids(fmt::format("{}", i)), all_of("prod"));
  for (const auto& entry : fs::directory_iterator(folder.path() / "desired" / "prod"))
    fs::last_write_time(entry, entry.last_write_time() + std::chrono::hours(1));
  cache.keep(ids("newest"), all_of("prod"));
  CHECK(cache.load("prod", ids("newest")));
}

TEST_CASE("of environments of one name the desired states that were used last are kept") {
  const TemporaryFolder folder = cache_folder();
  const DesiredCache cache(folder.path());
  cache.keep(ids("of-test"), all_of("test"));
  const auto age_all = [&] {
    for (const auto& entry : fs::directory_iterator(folder.path() / "desired" / "prod"))
      fs::last_write_time(entry, entry.last_write_time() - std::chrono::seconds(1));
  };
  for (int i = 0; i < 20; ++i) {
    cache.keep(ids(fmt::format("{}", i)), all_of("prod"));
    age_all();
    CHECK(cache.load("prod", ids("0")));
  }
  for (int i = 1; i < 20; ++i) {
    INFO(i);
    CHECK(cache.load("prod", ids(fmt::format("{}", i))).has_value() == (i >= 5));
  }
  CHECK(cache.load("test", ids("of-test")));
}

TEST_CASE("without a folder, or one that can be written, nothing is kept and nothing is wrong") {
  const DesiredCache none(std::nullopt);
  none.keep(ids("a"), all_of("prod"));
  CHECK_FALSE(none.load("prod", ids("a")));
  const TemporaryFolder folder = cache_folder();
  REQUIRE(replace_file(folder.path() / "file", "", Durability::relaxed));
  const DesiredCache blocked(folder.path() / "file");
  blocked.keep(ids("a"), all_of("prod"));
  CHECK_FALSE(blocked.load("prod", ids("a")));
}

}  // namespace cemli
