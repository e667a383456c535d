#include <fmt/format.h>
#include <signal.h>

#include <catch2/catch.hpp>
#include <thread>

#include "tests/cli/buckets.h"

namespace cemli::test {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using nlohmann::json;

TEST_CASE("an environment lives in buckets from its first run to its audit") {
  Buckets buckets;
  Sandbox& sandbox = buckets.sandbox;
  buckets.desire({{"one", "1.0.0", "echo run >> $E/one; head -c 100000 /dev/zero | tr '\\0' x"},
                  {"two", "1.0.0", "echo run >> $E/two", {{"depends_on", {{"one", "1.0.0"}}}}}},
                 buckets.stores());
  CHECK(sandbox.json_of("plan -e dev --format json").at("summary").at("run") == 2);
  CHECK_THAT(sandbox.cemli(4, "apply -e dev --auto-approve").err, Contains("--first-run"));
  sandbox.cemli(0, "apply -e dev --auto-approve --first-run");
  CHECK(sandbox.effect("one") == std::vector<std::string>{"run"});
  CHECK(sandbox.effect("two") == std::vector<std::string>{"run"});
  sandbox.cemli(0, "plan -e dev --detailed-exitcode");
  CHECK(sandbox.status_of("two") == "succeeded");
  CHECK(sandbox.evidence_of("one").at("status") == "success");
  sandbox.cemli(0, "audit verify -e dev");
  // Another machine, which has nothing but the commit and the key, knows the same.
  sandbox.environment()["XDG_CACHE_HOME"] = (sandbox.root() / "other-cache").string();
  sandbox.cemli(0, "plan -e dev --detailed-exitcode");
}

TEST_CASE("no secret of the stores is printed or kept") {
  Buckets buckets;
  Sandbox& sandbox = buckets.sandbox;
  const std::string secret = object_store().key().at("AWS_SECRET_ACCESS_KEY");
  buckets.desire({{"one", "1.0.0", "env"}}, buckets.stores());
  const Ended applied = sandbox.cemli(0, "apply -e dev --auto-approve --first-run");
  const Ended logs = sandbox.cemli(0, "logs latest one -e dev");
  sandbox.environment()["AWS_SECRET_ACCESS_KEY"] = "wrong" + secret;
  const Ended refused = sandbox.cemli(1, "status -e dev");
  CHECK_THAT(refused.err, Contains("SignatureDoesNotMatch"));
  for (const Ended* ended : {&applied, &logs, &refused}) {
    CHECK(ended->out.find(secret) == std::string::npos);
    CHECK(ended->err.find(secret) == std::string::npos);
    CHECK(ended->err.find("Signature=") == std::string::npos);
  }
}

TEST_CASE("a store is checked for what cemli needs of it") {
  Buckets buckets;
  Sandbox& sandbox = buckets.sandbox;
  const json good = sandbox.json_of("store check --json " + buckets.address("state"));
  for (const json& check : good.at("checks")) {
    INFO(check.dump());
    CHECK(check.at("ok") == true);
  }
  CHECK(good.at("checks").size() == 5);
  CHECK_THAT(sandbox.cemli(0, "store check file:" + sandbox.root().string() + "/store").out,
             Contains("create only if absent  yes"));
  const Ended bad = sandbox.cemli(1, "store check " + buckets.address("state", "cemli-versions"));
  CHECK_THAT(bad.out, Contains("create only if absent  no: it accepts an object that exists"));
  const Ended nowhere = sandbox.cemli(1, "store check " + buckets.address("state", "nowhere"));
  CHECK_THAT(nowhere.out, Contains("NoSuchBucket") && Contains("(request id "));
  CHECK_THAT(sandbox.cemli(1, "store check s3://a").err, Contains("bucket's name"));
}

TEST_CASE("nothing is run on a state store that accepts what exists already") {
  Buckets buckets;
  Sandbox& sandbox = buckets.sandbox;
  buckets.desire({{"one", "1.0.0", "echo run >> $E/one"}}, buckets.stores("cemli-versions"));
  CHECK_THAT(sandbox.cemli(1, "apply -e dev --auto-approve --first-run").err,
             Contains("does not honour 'only if absent'"));
  CHECK_FALSE(sandbox.has_effect("one"));
}

TEST_CASE("packages and results live in a bucket from which nothing can be removed") {
  Buckets buckets;
  Sandbox& sandbox = buckets.sandbox;
  buckets.desire({{"one", "1.0.0", "echo run >> $E/one; head -c 100000 /dev/zero | tr '\\0' x"},
                  {"two", "1.0.0", "exit 3"}},
                 buckets.retained_stores());
  sandbox.cemli(3, "apply -e dev --auto-approve --first-run");
  CHECK(sandbox.effect("one") == std::vector<std::string>{"run"});
  const auto [there, refused] = object_store().remove_all("cemli-retained", buckets.prefix());
  // Two packages with a description each, and a run's evidence.
  CHECK(there > 8);
  CHECK(refused == there);
  sandbox.cemli(0, "audit verify -e dev");
  sandbox.cemli(0, "logs latest two -e dev");
}

/// Disturbs the server while a run is under way, which has to end as if nothing had been.
void disturb_a_run(const std::string& head, const std::function<void()>& disturb) {
  Buckets buckets;
  Sandbox& sandbox = buckets.sandbox;
  buckets.desire({{"one", "1.0.0", "echo run >> $E/one; sleep 1"},
                  {"two", "1.0.0", "echo run >> $E/two", {{"depends_on", {{"one", "1.0.0"}}}}}},
                 head + buckets.stores());
  Command run = sandbox.start("apply -e dev --auto-approve --first-run");
  REQUIRE(eventually([&] { return sandbox.has_effect("one"); }));
  disturb();
  const Ended ended = run.wait();
  INFO(ended.err);
  CHECK(ended.exit_code == 0);
  CHECK(sandbox.effect("one") == std::vector<std::string>{"run"});
  CHECK(sandbox.effect("two") == std::vector<std::string>{"run"});
  sandbox.cemli(0, "audit verify -e dev");
}

TEST_CASE("a server that hangs, and does late what it was asked to, delays a run and no more") {
  disturb_a_run("lease: 30s\n", [] {
    ::kill(object_store().disk(), SIGSTOP);
    std::this_thread::sleep_for(6s);
    ::kill(object_store().disk(), SIGCONT);
  });
}

TEST_CASE("a gateway that is killed and comes back delays a run and no more") {
  disturb_a_run("", [] { ::kill(object_store().gateway(), SIGKILL); });
}

TEST_CASE("of two runs on one bucket one runs and the other names it") {
  Buckets buckets;
  Sandbox& sandbox = buckets.sandbox;
  buckets.desire({{"one", "1.0.0", "echo run >> $E/one; sleep 2"}}, buckets.stores());
  Command first = sandbox.start("apply -e dev --auto-approve --first-run");
  REQUIRE(eventually([&] { return sandbox.has_effect("one"); }));
  CHECK_THAT(sandbox.cemli(5, "apply -e dev --auto-approve").err, Contains("is locked by run"));
  CHECK(first.wait().exit_code == 0);
  CHECK(sandbox.effect("one") == std::vector<std::string>{"run"});
}

}  // namespace
}  // namespace cemli::test
