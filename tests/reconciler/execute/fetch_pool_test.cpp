#include "reconciler/execute/fetch_pool.h"

#include <poll.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <latch>

#include "tests/support/sample_run.h"

namespace cemli {
namespace {

using test::SampleRun;

/// Waits until so many packages are ready.
std::map<std::size_t, PreparedPackage> take_all(FetchPool& pool, std::size_t count) {
  std::map<std::size_t, PreparedPackage> taken;
  while (taken.size() < count) {
    pollfd ready{pool.ready_fd(), POLLIN, 0};
    REQUIRE(::poll(&ready, 1, 30'000) == 1);
    for (PreparedPackage& prepared : pool.take()) {
      const std::size_t action = prepared.action;
      taken.emplace(action, std::move(prepared));
    }
  }
  return taken;
}

TEST_CASE("packages are fetched and unpacked, and failures come back like them") {
  const TemporaryFolder folder = test::temporary_folder();
  std::vector<test::SampleAction> actions;
  for (int i = 0; i < 40; ++i) actions.push_back({"p" + std::to_string(i)});
  const SampleRun run(actions);
  const PackageFetcher all = run.fetcher();
  FetchPool pool(
      4,
      [&all](const DesiredPackage& desired) -> Result<UniqueFd> {
        if (desired.identity.address.name() == "p7")
          return Error(ErrorCode::unavailable, "the store is away");
        return all(desired);
      },
      folder.path());
  for (std::size_t i = 0; i < actions.size(); ++i) pool.ask(i, *run.plan.actions[i].desired);
  const auto ready = take_all(pool, actions.size());
  for (const auto& [action, prepared] : ready) {
    if (action == 7) {
      REQUIRE_FALSE(prepared.workspace);
      CHECK(prepared.workspace.error().message() == "the store is away");
    } else {
      REQUIRE(prepared.workspace);
      CHECK(std::filesystem::exists(prepared.workspace->package() / "steps/run.sh"));
    }
  }
  CHECK(pool.take().empty());
}

TEST_CASE("several packages are fetched at once") {
  const TemporaryFolder folder = test::temporary_folder();
  const SampleRun run({{"a"}, {"b"}});
  std::latch both(2);
  FetchPool pool(
      2,
      [&](const DesiredPackage& desired) -> Result<UniqueFd> {
        both.arrive_and_wait();
        return test::file_of(run.zips.at(desired.identity.address.text()));
      },
      folder.path());
  for (std::size_t i = 0; i < 2; ++i) pool.ask(i, *run.plan.actions[i].desired);
  CHECK(take_all(pool, 2).size() == 2);
}

TEST_CASE("the end of a pool drops what nobody took, and wishes not begun") {
  const TemporaryFolder folder = test::temporary_folder();
  const SampleRun run({{"a"}});
  std::atomic<int> fetched = 0;
  std::latch begun(1);
  std::latch go_on(1);
  {
    FetchPool pool(
        1,
        [&](const DesiredPackage& desired) -> Result<UniqueFd> {
          if (fetched++ == 0) begun.count_down();
          go_on.wait();
          return test::file_of(run.zips.at(desired.identity.address.text()));
        },
        folder.path());
    for (std::size_t i = 0; i < 100; ++i) pool.ask(i, *run.plan.actions[0].desired);
    begun.wait();
    go_on.count_down();
  }
  CHECK(fetched >= 1);
  CHECK(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace cemli
