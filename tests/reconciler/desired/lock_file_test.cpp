#include "reconciler/desired/lock_file.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "reconciler/desired/locking.h"

namespace cemli {
namespace {

LockedPackage locked(const std::string& name, const std::string& version,
                     std::vector<std::string> instances = {}) {
  auto manifest = parse_manifest(
      fmt::format(R"({{"name": "{}", "version": "{}", "type": "extension", "locks": ["ledger"],
                       "parameters": {{"rate": {{"type": "number", "max": 99.5}}}}}})",
                  name, version),
      "m.json");
  if (!manifest) FAIL(manifest.error().message());
  REQUIRE(complete_steps(*manifest, {"steps/run.sh"}, "m.json"));
  return {{*std::move(manifest), Digest::of(name), Digest::of(version), 100}, std::move(instances)};
}

LockFile sample() {
  return {"prod", true, {{"a", locked("a", "1.0.0+b", {"DE", "FR"})}, {"b", locked("b", "2.0.0")}}};
}

std::string problem_of(const EnvironmentFile& file) {
  const auto taken = take_locked(file);
  return taken ? "none" : taken.error().message();
}

TEST_CASE("a lock file is read back as it was written") {
  const auto read = parse_lock_file(encode_lock(sample()), "prod", "environments/prod.lock.json");
  REQUIRE(read);
  CHECK(*read == sample());
  const LockFile empty{"prod"};
  CHECK(*parse_lock_file(encode_lock(empty), "prod", "f") == empty);
}

TEST_CASE("a locked package whose lines stand in another order or shape is the same") {
  std::string text = encode_lock(sample());
  for (std::size_t at = 0; (at = text.find(",\"", at)) != std::string::npos; at += 3)
    text.insert(at + 1, "\n");
  const auto read = parse_lock_file(text, "prod", "f");
  REQUIRE(read);
  CHECK(*read == sample());
}

TEST_CASE("a lock that names an instance twice is refused") {
  const LockFile lock{"prod", false, {{"a", locked("a", "1.0.0", {"DE", "DE"})}}};
  const auto read = parse_lock_file(encode_lock(lock), "prod", "f");
  REQUIRE_FALSE(read);
  CHECK(read.error().message() ==
        "f: /packages/a/instances: expected names of instances, sorted, each once");
}

TEST_CASE("a lock that fits gives its packages, and nothing of them floats") {
  auto file = parse_environment_file(
      "format: 1\nenvironment: prod\ntrack: all\npackages:\n"
      "  a: {version: 1.x, instances: {FR: {rate: 5}, DE: {}}}\n",
      "environments/prod.yaml");
  REQUIRE(file);
  file->lock = sample();
  const auto taken = take_locked(*file);
  REQUIRE(taken);
  CHECK(taken->packages.at("b") == sample().packages.at("b").package);
  CHECK(taken->floating.empty());
  CHECK(kept_versions(*file, {"b"}).size() == 1);

  file->lock->packages.emplace("rc", locked("rc", "1.0.0-rc.1"));
  CHECK(problem_of(*file) ==
        "environments/prod.lock.json: stale: it does not fit environments/prod.yaml\n"
        "environments/prod.lock.json: 'rc' 1.0.0-rc.1 is locked, and environments/prod.yaml does "
        "not desire it");
  CHECK(kept_versions(*file, {}).size() == 2);
}

TEST_CASE("a lock of 10,000 packages is read") {
  const LockedPackage one = locked("p", "1.0.0");
  std::string text = encode_lock({"prod", false, {{"p", one}}});
  const std::size_t begin = text.find('\n') + 1;
  const std::string line = text.substr(begin, text.find("\n}}") - begin);
  std::string lines;
  for (int i = 0; i < 10'000; ++i) {
    std::string other = line;
    const std::string name = fmt::format("\"p{:05}\"", i);
    for (std::size_t at = 0; (at = other.find("\"p\"", at)) != std::string::npos; at += name.size())
      other.replace(at, 3, name);
    lines += (i > 0 ? ",\n" : "") + other;
  }
  const auto read =
      parse_lock_file(text.replace(begin, line.size(), lines), "prod", "environments/p.lock.json");
  REQUIRE(read);
  CHECK(read->packages.size() == 10'000);
}

}  // namespace
}  // namespace cemli
