#include "reconciler/desired/lock_memory.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "reconciler/desired/locking.h"

namespace cemli {
namespace {

LockedPackage locked_at(const std::string& name, const std::string& version) {
  auto manifest = parse_manifest(
      fmt::format(R"({{"name": "{}", "version": "{}", "type": "extension"}})", name, version),
      "m.json");
  REQUIRE(manifest);
  REQUIRE(complete_steps(*manifest, {"steps/run.sh"}, "m.json"));
  return {{*std::move(manifest), Digest::of(name + version), Digest::of(version), 100}};
}

LockFile sample(const std::string& environment, const std::string& version) {
  LockFile lock{environment};
  for (const char* name : {"a", "b", "c"}) lock.packages.emplace(name, locked_at(name, "1.0.0"));
  lock.packages.at("b") = locked_at("b", version);
  return lock;
}

/// What reading without memory comes to, as text.
template <typename T>
std::string outcome(const Result<T>& read) {
  return read ? encode_lock(*read) : read.error().message();
}

std::string without_memory(const std::string& text) {
  return outcome(parse_lock_file(text, "prod", "environments/prod.lock.json"));
}

TEST_CASE("lock files with lines in common are read as each alone") {
  LockMemory memory;
  for (const auto& [environment, version] :
       {std::pair("prod", "1.0.0"), std::pair("test", "1.1.0"), std::pair("prod", "1.1.0")}) {
    const LockFile lock = sample(environment, version);
    const auto read = memory.parse(encode_lock(lock), environment, "x");
    REQUIRE(read);
    CHECK(*read == lock);
  }
  LockFile tracking = sample("prod", "1.0.0");
  tracking.tracks_all = true;
  CHECK(memory.parse(encode_lock(tracking), "prod", "x").value() == tracking);
  const LockFile nothing{"prod"};
  CHECK(memory.parse(encode_lock(nothing), "prod", "x").value() == nothing);
}

TEST_CASE("with or without memory, what is wrong is wrong in the same words") {
  const std::string good = encode_lock(sample("prod", "1.0.0"));
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
  };
  const std::size_t first = good.find("\"a\"");
  const std::string line = good.substr(first, good.find('\n', first) + 1 - first);
  const std::vector<std::string> texts{
      changed("\"format\": 1", "\"format\": 2"),
      changed("\"environment\": \"prod\"", "\"environment\": \"test\""),
      changed("\n\"b\"", "\n\n\"b\""),
      changed(",\n\"b\"", "\n\"b\""),
      changed(",\n\"b\"", ", \"b\""),
      changed("\n}}\n", ",\n}}\n"),
      changed("\n}}\n", "\n}}"),
      changed("\n}}\n", "\n}, \"more\": {}}\n"),
      changed("\"a\"", line + "\"a\""),
      changed("\"a\"", "\"z\""),
      changed("\"version\":\"1.0.0\"", "\"version\":\"1.0.1\""),
      changed("\"a\": {", "\"a\": {}}, \"packages\": {\"a\": {"),
      changed("\"a\": {", "\"a\": {\n"),
      "",
      "{}"};
  for (const std::string& text : texts) {
    INFO(text);
    LockMemory memory;
    REQUIRE(memory.parse(good, "prod", "environments/prod.lock.json"));
    CHECK(outcome(memory.parse(text, "prod", "environments/prod.lock.json")) ==
          without_memory(text));
  }
}

}  // namespace
}  // namespace cemli
