#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>

#include "tests/cli/tenancy.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;

/// Requests that came since the last look.
class Traffic {
 public:
  explicit Traffic(OciServer& server) : server_(server) {}

  std::vector<ReceivedRequest> take() {
    auto all = server_.received();
    std::vector<ReceivedRequest> news(all.begin() + static_cast<std::ptrdiff_t>(seen_), all.end());
    seen_ = all.size();
    return news;
  }

 private:
  OciServer& server_;
  std::size_t seen_ = 0;
};

std::ptrdiff_t count(const std::vector<ReceivedRequest>& requests, const std::string& method,
                     const std::string& part) {
  return std::count_if(requests.begin(), requests.end(), [&](const ReceivedRequest& request) {
    return request.method == method && request.target.find(part) != std::string::npos;
  });
}

/// Publishes and desires `size` packages that run nothing to speak of, by a lock file.
void desire_many(Tenancy& tenancy, int size) {
  Sandbox& sandbox = tenancy.sandbox;
  std::string lines;
  std::vector<std::string> publish{"package", "publish", "-e", "dev"};
  for (int i = 0; i < size; ++i) {
    const std::string name = fmt::format("p{:04}", i);
    lines += name + ": 1.0.0\n";
    publish.push_back(sandbox.write_package({name}).string());
  }
  sandbox.desire(lines, tenancy.stores());
  sandbox.cemli(0, publish);
  sandbox.cemli(0, "lock -e dev");
  sandbox.commit();
}

TEST_CASE("what has to be sent again is told with -v, counted in the run's result, and harmless") {
  Tenancy tenancy;
  Sandbox& sandbox = tenancy.sandbox;
  desire_many(tenancy, 1);
  tenancy.server.fail_next({{"PUT", OciFault::When::instead, 503, "ServiceUnavailable"}});
  const Ended apply = sandbox.cemli(0, "apply -e dev --auto-approve --first-run -v");
  CHECK_THAT(apply.err, Contains("cemli: PUT http://127.0.0.1:") &&
                            Contains("was answered 503 (request id ") &&
                            Contains("; it is sent again in ") && !Contains("signature="));
  CHECK(sandbox.json_of("show latest -e dev --json").at("store_retries") == 1);
  CHECK_THAT(sandbox.cemli(0, "show latest -e dev").out, Contains("1 request sent again"));

  tenancy.server.fail_next({{"GET", OciFault::When::instead, 429, "TooManyRequests"}});
  CHECK_THAT(sandbox.cemli(0, "status -e dev").err, !Contains("429"));
}

TEST_CASE("a plan with nothing to do and a warm cache makes one request, to the state store") {
  Tenancy tenancy;
  Sandbox& sandbox = tenancy.sandbox;
  desire_many(tenancy, 3);
  sandbox.cemli(0, "apply -e dev --auto-approve --first-run");
  sandbox.cemli(0, "plan -e dev --detailed-exitcode");
  Traffic traffic(tenancy.server);
  (void)traffic.take();
  sandbox.cemli(0, "plan -e dev --detailed-exitcode");
  const auto requests = traffic.take();
  REQUIRE(requests.size() == 1);
  CHECK_THAT(requests.front().target, Contains("prefix=state"));
}

TEST_CASE("a plan without a cache makes as many requests for many packages as for few") {
  const auto requests_of_plan = [](int size) {
    Tenancy tenancy;
    Sandbox& sandbox = tenancy.sandbox;
    desire_many(tenancy, size);
    sandbox.cemli(0, "apply -e dev --auto-approve --first-run");
    std::filesystem::remove_all(sandbox.root() / "home/.cache");
    Traffic traffic(tenancy.server);
    (void)traffic.take();
    sandbox.cemli(0, "plan -e dev --detailed-exitcode");
    const auto requests = traffic.take();
    CHECK(count(requests, "GET", "packages") == 0);
    CHECK(count(requests, "GET", "results") == 0);
    return requests.size();
  };
  CHECK(requests_of_plan(2) == requests_of_plan(60));
}

TEST_CASE("a run writes evidence at most twice a package, and log entries by its duration") {
  constexpr int kPackages = 300;
  Tenancy tenancy;
  Sandbox& sandbox = tenancy.sandbox;
  desire_many(tenancy, kPackages);
  Traffic traffic(tenancy.server);
  (void)traffic.take();
  sandbox.cemli(0, "apply -e dev --auto-approve --first-run -j 16");
  const auto requests = traffic.take();
  // The run's plan and result beside those of its packages.
  CHECK(count(requests, "PUT", "results") <= 2 * kPackages + 2);
  CHECK(count(requests, "PUT", "results") >= kPackages);
  CHECK(count(requests, "PUT", "%2Flog%2F") + count(requests, "PUT", "/log/") < kPackages / 2);
  // What the lock file says of each package is compared once with what was published.
  const auto published =
      std::count_if(requests.begin(), requests.end(), [](const ReceivedRequest& request) {
        return request.method == "GET" && request.target.find("packages") != std::string::npos &&
               request.target.find(".json") != std::string::npos;
      });
  CHECK(published == kPackages);
  CHECK(count(requests, "GET", ".json") - published < kPackages / 2);
}

}  // namespace
}  // namespace cemli::test
