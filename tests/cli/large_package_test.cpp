#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>

#include "state/base/digest.h"
#include "tests/cli/sandbox.h"
#include "tests/support/long_tests.h"
#include "tests/support/object_store.h"

namespace cemli::test {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr std::uint64_t kMostResident = 64 * kMiB;

/// Writes a file that no compression makes smaller. Returns the digest of what is in it.
Digest write_noise(const fs::path& path, std::uint64_t size) {
  Sha256 digest;
  std::mt19937_64 random(size);
  fs::create_directories(path.parent_path());
  REQUIRE(write_named_file(path, [&](int fd) -> Result<void> {
    std::string block(kMiB, '\0');
    for (std::uint64_t written = 0; written < size; written += block.size()) {
      for (std::size_t at = 0; at < block.size(); at += sizeof(std::uint64_t)) {
        const std::uint64_t word = random();
        block.replace(at, sizeof word, reinterpret_cast<const char*>(&word), sizeof word);
      }
      digest.update(block);
      if (auto done = write_all(fd, block); !done) return done;
    }
    return {};
  }));
  return digest.finish();
}

/// Runs cemli, which must succeed without ever having much in memory.
std::string in_little_memory(Sandbox& sandbox, const std::string& words) {
  const Ended ended = sandbox.start(words).wait(std::chrono::seconds(1200));
  INFO(words << '\n' << ended.err);
  REQUIRE(ended.exit_code == 0);
  CHECK(ended.most_resident_bytes <= kMostResident);
  return ended.out;
}

/// Builds, publishes, verifies and runs a package that is larger than what may be in memory.
void check_large_package(Sandbox& sandbox, const std::string& head) {
  const std::uint64_t size = is_long() ? 1024 * kMiB : 256 * kMiB;
  const fs::path folder = sandbox.write_package(
      {.name = "large",
       .run = "sha256sum < artifacts/noise > $E/sum; wc -c < artifacts/noise >> $E/sum"});
  const Digest noise = write_noise(folder / "artifacts/noise", size);
  sandbox.desire("large: 1.0.0", head);
  const std::string zip = (sandbox.root() / "large.zip").string();
  in_little_memory(sandbox, "package build " + folder.string() + " -o " + zip);
  in_little_memory(sandbox, "package verify " + zip);
  in_little_memory(sandbox, "package publish -e dev " + zip);
  in_little_memory(sandbox, "package publish -e dev " + folder.string());
  in_little_memory(sandbox, "package verify -e dev large@1.0.0");
  in_little_memory(sandbox, "apply -e dev --auto-approve --first-run");
  CHECK(sandbox.effect("sum") ==
        std::vector<std::string>{noise.hex() + "  -", std::to_string(size)});
}

TEST_CASE("a package larger than memory may be is built, published and run from a folder") {
  Sandbox sandbox;
  check_large_package(sandbox, "");
}

TEST_CASE("a package larger than memory may be is built, published and run from a bucket") {
  Sandbox sandbox;
  object_store().make_bucket("large");
  for (const auto& [name, value] : object_store().key()) sandbox.environment()[name] = value;
  const auto address = [](const std::string& store) {
    return object_store().address("large", store);
  };
  check_large_package(sandbox,
                      fmt::format("stores: {{packages: '{}', results: '{}', state: '{}'}}\n",
                                  address("packages"), address("results"), address("state")));
}

}  // namespace
}  // namespace cemli::test
