#include <catch2/catch.hpp>

#include "state/store/open_store.h"
#include "tests/cli/buckets.h"
#include "tests/cli/leak_watch.h"

namespace cemli::test {
namespace {

const std::string kToken = "FwoGZXIvYXdzEJr//sessiontoken4711";

/// An environment in buckets, in which everything is watched.
struct WatchedBuckets : Buckets {
  WatchedBuckets() {
    for (const auto& [name, value] : object_store().key()) {
      if (name == "AWS_SECRET_ACCESS_KEY") watch.forbid("the secret access key", value);
      if (name == "AWS_ACCESS_KEY_ID") watch.forbid("the whole access key id", value);
    }
    watch.forbid("the session token", kToken);
    desire({{"one", "1.0.0", "env; echo done"}}, stores());
  }

  void work(Talk talk = Talk::all) {
    for (const auto& command : commands_of_a_day(address("state"), talk))
      watch.run(sandbox, command);
  }
  void check() {
    watch.see_files(sandbox.root(), ".aws");
    for (const char* name : {"packages", "results", "state"}) see_objects(address(name));
    watch.check();
  }
  void see_objects(const std::string& text) {
    auto store = open_store(parse_store_address(text).value(),
                            {std::make_shared<HttpClient>(HttpSettings()),
                             std::make_shared<RetryBudget>(100), object_store().variables()});
    REQUIRE(store);
    const auto keys = (*store)->list("", "", 10'000);
    REQUIRE(keys);
    for (const std::string& key : *keys)
      watch.see("object " + key, (*store)->get(key).value().value());
  }

  LeakWatch watch;
};

}  // namespace

TEST_CASE("nothing secret is printed or kept where all goes well in S3") {
  const Talk talk = GENERATE(Talk::usual, Talk::all);
  WatchedBuckets buckets;
  buckets.work(talk);
  CHECK(buckets.watch.has_seen("All is well."));
  CHECK(buckets.watch.has_seen("access key "));
  buckets.check();
}

TEST_CASE("nothing secret is printed where S3 refuses") {
  WatchedBuckets buckets;
  auto& variables = buckets.sandbox.environment();
  SECTION("a key that is wrong") {
    variables["AWS_SECRET_ACCESS_KEY"] = "wrong+" + variables["AWS_SECRET_ACCESS_KEY"];
  }
  SECTION("a key id that nobody knows") {
    variables["AWS_ACCESS_KEY_ID"] = "AKIAIOSFODNN7EXAMPLE";
    buckets.watch.forbid("the unknown key id", "AKIAIOSFODNN7EXAMPLE");
  }
  SECTION("a session token that it did not give out") {
    variables["AWS_SESSION_TOKEN"] = kToken;
  }
  SECTION("a profile without its second half") {
    variables.erase("AWS_SECRET_ACCESS_KEY");
  }
  buckets.work();
  buckets.check();
}

}  // namespace cemli::test
