#include <catch2/catch.hpp>

#include "tests/cli/tenancy.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

/// The check of that name; null where there is none.
json check_of(const json& diagnosis, const std::string& subject, const std::string& name) {
  for (const json& check : diagnosis.at("checks")) {
    if (check.at("subject") == subject && check.at("check") == name) return check;
  }
  return nullptr;
}

std::string state_of(const json& diagnosis, const std::string& subject, const std::string& name) {
  const json check = check_of(diagnosis, subject, name);
  INFO(subject << ": " << name);
  REQUIRE(check.is_object());
  return check.at("state");
}

json diagnose(Sandbox& sandbox, int exit_code, const std::string& words) {
  const Ended ended = sandbox.cemli(exit_code, words);
  json document = json::parse(ended.out, nullptr, false);
  REQUIRE_FALSE(document.is_discarded());
  CHECK(document.at("ok") == (exit_code == 0));
  return document;
}

}  // namespace

TEST_CASE("a doctor who finds all well says as whom, and what each store allows") {
  Tenancy tenancy;
  Sandbox& sandbox = tenancy.sandbox;
  sandbox.desire("one: 1.0.0", tenancy.stores());
  const json found = diagnose(sandbox, 0, "doctor -e dev --json");
  CHECK(found.at("environment") == "dev");
  const json credential = check_of(found, "credentials", "OCI");
  CHECK(credential.at("facts").at("user") == kSampleUser);
  CHECK(credential.at("facts").at("tenancy") == kSampleTenancy);
  CHECK(credential.at("facts").at("fingerprint") == kSampleFingerprint);
  for (const char* store : {"packages store", "results store", "state store"}) {
    for (const char* ability :
         {"clock", "read", "list", "create", "create only if absent", "tell ages"}) {
      CHECK(state_of(found, store, ability) == "ok");
    }
  }
  CHECK(state_of(found, "program", "git") == "ok");
  const Ended text = sandbox.cemli(0, "doctor -e dev");
  CHECK_THAT(text.out, Contains("fingerprint  " + kSampleFingerprint) && Contains("All is well."));
}

TEST_CASE("a doctor leaves the probe's object in each store, and a planner's not even that") {
  Tenancy tenancy;
  Sandbox& sandbox = tenancy.sandbox;
  sandbox.desire("one: 1.0.0", tenancy.stores());
  const auto before = Sandbox::contents(sandbox.repository());
  const auto uploads = [&tenancy] {
    std::vector<std::string> created;
    for (const ReceivedRequest& request : tenancy.server.received()) {
      if (request.method == "GET") continue;
      CHECK(request.method == "PUT");
      created.push_back(request.target);
    }
    return created;
  };
  sandbox.cemli(0, "doctor -e dev --role planner");
  CHECK(uploads().empty());
  sandbox.cemli(0, "doctor -e dev");
  CHECK(uploads().size() == 9);
  for (const std::string& target : uploads()) CHECK_THAT(target, Contains("%2Fstore-check%2F"));
  CHECK(Sandbox::contents(sandbox.repository()) == before);
}

TEST_CASE("who may only read is told so, and is well as a planner") {
  Tenancy tenancy;
  Sandbox& sandbox = tenancy.sandbox;
  sandbox.desire("one: 1.0.0", tenancy.stores());
  tenancy.server.deny_creation();
  const json found = diagnose(sandbox, 1, "doctor -e dev --json");
  CHECK(state_of(found, "state store", "read") == "ok");
  CHECK(state_of(found, "state store", "create") == "wrong");
  CHECK_THAT(check_of(found, "state store", "create").at("text").get<std::string>(),
             Catch::Matchers::StartsWith("denied: "));
  CHECK(state_of(found, "state store", "create only if absent") == "untried");
  CHECK(state_of(found, "packages store", "create") == "note");
  CHECK_THAT(sandbox.cemli(1, "doctor -e dev").out,
             Contains("denied: ") && Contains("2 things are wrong."));
  diagnose(sandbox, 0, "doctor -e dev --role planner --json");
}

TEST_CASE("a key that nobody knows, a clock and a bucket that are wrong are told apart") {
  Tenancy tenancy;
  Sandbox& sandbox = tenancy.sandbox;
  sandbox.desire("one: 1.0.0", tenancy.stores("elsewhere"));
  const json nowhere = diagnose(sandbox, 1, "doctor -e dev --json");
  CHECK(state_of(nowhere, "packages store", "read") == "ok");
  CHECK_THAT(check_of(nowhere, "state store", "read").at("text").get<std::string>(),
             Contains("BucketNotFound"));
  tenancy.server.set_clock_ahead(std::chrono::minutes(7));
  const json late = diagnose(sandbox, 1, "doctor -e dev --json");
  CHECK(state_of(late, "packages store", "clock") == "wrong");
  CHECK_THAT(check_of(late, "packages store", "clock").at("text").get<std::string>(),
             Contains("behind the service's"));
  tenancy.server.set_clock_ahead(std::chrono::seconds(0));
  tenancy.server.distrust_sample_key();
  const json unknown = diagnose(sandbox, 1, "doctor -e dev --json");
  CHECK(state_of(unknown, "packages store", "clock") == "ok");
  CHECK(check_of(unknown, "packages store", "read").at("hint").is_string());
}

TEST_CASE("without an environment a doctor looks at the machine alone") {
  Tenancy tenancy;
  const json found = diagnose(tenancy.sandbox, 0, "doctor --json");
  CHECK(found.at("environment").is_null());
  CHECK(state_of(found, "credentials", "OCI") == "ok");
  CHECK(state_of(found, "credentials", "S3") == "note");
  CHECK(tenancy.server.received().empty());
}

TEST_CASE("a doctor goes on behind what is wrong") {
  Sandbox sandbox;
  sandbox.environment()["HOME"] = (sandbox.root() / "empty").string();
  sandbox.desire("one: 1.0.0",
                 "secrets: {PW: 'env:NOT_SET'}\nstores: {packages: 's3://acme/p?region=x-1', "
                 "results: 'file:results', state: 'oci://acme/state?region=phx'}\n");
  const json found = diagnose(sandbox, 1, "doctor -e dev --json");
  CHECK(state_of(found, "credentials", "S3") == "wrong");
  CHECK(state_of(found, "credentials", "OCI") == "wrong");
  CHECK(state_of(found, "packages store", "access") == "untried");
  CHECK(state_of(found, "results store", "create only if absent") == "ok");
  CHECK(state_of(found, "state store", "access") == "untried");
  CHECK(state_of(found, "secrets", "PW") == "wrong");
  const json broken = diagnose(sandbox, 1, "doctor -e prod --json");
  CHECK(state_of(broken, "environment", "environments/prod.yaml") == "wrong");
  CHECK_THAT(sandbox.cemli(1, "doctor -e dev --role boss").err, Contains("planner, executor"));
}

}  // namespace cemli::test
