#include "reconciler/execute/ready_queue.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

namespace cemli {
namespace {

struct Node {
  std::string address;
  std::vector<std::string> depends_on = {};
  std::vector<std::string> locks = {};
};

Address at(const std::string& text) {
  return Address::parse(text).value();
}

Plan plan_of(const std::vector<Node>& nodes) {
  const Digest digest = Digest::of("");
  Plan plan{"dev", std::nullopt, std::nullopt, digest, digest, {}};
  for (const Node& node : nodes) {
    Action action{at(node.address), ActionKind::run};
    DesiredPackage desired{{action.address, "1.0.0", digest},
                           {},
                           node.locks,
                           false,
                           Reversible::no,
                           {},
                           false,
                           digest,
                           0};
    for (const std::string& dependency : node.depends_on)
      desired.depends_on.push_back(at(dependency));
    action.desired = std::move(desired);
    plan.actions.push_back(std::move(action));
  }
  return plan;
}

/// All that may start now.
std::vector<std::size_t> take_all(ReadyQueue& queue) {
  std::vector<std::size_t> taken;
  while (const auto action = queue.take()) taken.push_back(*action);
  return taken;
}

using Indices = std::vector<std::size_t>;

TEST_CASE("what is ready is taken in the plan's order, dependencies first") {
  const Plan plan = plan_of({{"c"}, {"a"}, {"b", {"a", "c"}}, {"d", {"b"}}});
  ReadyQueue queue(plan);
  CHECK(take_all(queue) == Indices{0, 1});
  queue.succeeded(1);
  CHECK(take_all(queue).empty());
  queue.succeeded(0);
  CHECK(take_all(queue) == Indices{2});
  queue.succeeded(2);
  CHECK(take_all(queue) == Indices{3});
}

TEST_CASE("a dependency that does not run in this plan is not waited for") {
  Plan plan = plan_of({{"base"}, {"app", {"base", "elsewhere"}}});
  plan.actions[0].kind = ActionKind::none;
  ReadyQueue queue(plan);
  CHECK(take_all(queue) == Indices{1});
}

TEST_CASE("what is up to date hands on what it would have waited for") {
  Plan plan = plan_of({{"a"}, {"b", {"a"}}, {"c", {"b"}}, {"d", {"c"}}, {"free"}});
  plan.actions[1].kind = ActionKind::none;
  plan.actions[2].kind = ActionKind::none;
  ReadyQueue queue(plan);
  CHECK(take_all(queue) == Indices{0, 4});
  SECTION("its success") {
    queue.succeeded(0);
    CHECK(take_all(queue) == Indices{3});
  }
  SECTION("its failure, and what is up to date is not called blocked") {
    const auto blocked = queue.failed(0);
    REQUIRE(blocked.size() == 1);
    CHECK(blocked[0].action == 3);
    CHECK(blocked[0].because == 0);
    CHECK(take_all(queue).empty());
  }
}

TEST_CASE("actions that run nothing are never taken") {
  Plan plan = plan_of({{"a"}, {"b"}, {"c"}, {"d"}});
  plan.actions[0].kind = ActionKind::held;
  plan.actions[1].kind = ActionKind::blocked;
  plan.actions[2].kind = ActionKind::forget;
  ReadyQueue queue(plan);
  CHECK(take_all(queue) == Indices{3});
}

TEST_CASE("a removal waits for the removal of its dependents") {
  Plan plan = plan_of({{"app"}, {"base"}});
  for (Action& action : plan.actions) {
    action.kind = ActionKind::remove;
    action.desired.reset();
  }
  plan.actions[1].waits_for = {at("app")};
  ReadyQueue queue(plan);
  CHECK(take_all(queue) == Indices{0});
  queue.succeeded(0);
  CHECK(take_all(queue) == Indices{1});
}

TEST_CASE("holders of one lock never run together, and others pass them by") {
  const Plan plan = plan_of({{"a", {}, {"ledger"}}, {"b", {}, {"ledger"}}, {"c"}});
  ReadyQueue queue(plan);
  CHECK(take_all(queue) == Indices{0, 2});
  queue.release_locks(0);
  CHECK(take_all(queue) == Indices{1});
  // Its end is recorded later, when the lock is another's.
  queue.succeeded(0);
  CHECK(take_all(queue).empty());
}

TEST_CASE("a failure hands its locks on") {
  const Plan plan = plan_of({{"a", {}, {"ledger"}}, {"b", {}, {"ledger"}}});
  ReadyQueue queue(plan);
  CHECK(take_all(queue) == Indices{0});
  CHECK(queue.failed(0).empty());
  CHECK(take_all(queue) == Indices{1});
}

TEST_CASE("what waits for two locks starts once both are free and keeps neither from others") {
  const Plan plan = plan_of(
      {{"a", {}, {"x"}}, {"b", {}, {"y"}}, {"both", {}, {"x", "y"}}, {"late-x", {}, {"x"}}});
  ReadyQueue queue(plan);
  CHECK(take_all(queue) == Indices{0, 1});
  SECTION("the free lock goes to the next one that wants it") {
    queue.release_locks(0);
    CHECK(take_all(queue) == Indices{3});
    queue.release_locks(3);
    CHECK(take_all(queue).empty());
    queue.release_locks(1);
    CHECK(take_all(queue) == Indices{2});
  }
  SECTION("the earlier in the plan comes first where both are free") {
    queue.release_locks(1);
    queue.release_locks(0);
    CHECK(take_all(queue) == Indices{2});
    queue.release_locks(2);
    CHECK(take_all(queue) == Indices{3});
  }
}

TEST_CASE("many packages on one lock run one after the other in order, without quadratic work") {
  std::vector<Node> nodes;
  constexpr std::size_t kMany = 20'000;
  for (std::size_t i = 0; i < kMany; ++i)
    nodes.push_back({fmt::format("p{}", i), {}, {"ledger", "orders"}});
  const Plan plan = plan_of(nodes);
  ReadyQueue queue(plan);
  for (std::size_t i = 0; i < kMany; ++i) {
    REQUIRE(take_all(queue) == Indices{i});
    queue.succeeded(i);
  }
  CHECK(take_all(queue).empty());
}

TEST_CASE("a failure blocks its dependents transitively, each once and by its nearest cause") {
  const Plan plan = plan_of(
      {{"a"}, {"b", {"a"}}, {"c", {"a", "b"}}, {"d", {"c"}}, {"other"}, {"e", {"d", "other"}}});
  ReadyQueue queue(plan);
  CHECK(take_all(queue) == Indices{0, 4});
  const auto blocked = queue.failed(0);
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (const auto& [action, because] : blocked) pairs.emplace_back(action, because);
  CHECK(pairs == std::vector<std::pair<std::size_t, std::size_t>>{{1, 0}, {2, 0}, {3, 2}, {5, 3}});
  queue.succeeded(4);
  CHECK(take_all(queue).empty());
}

TEST_CASE("a second failure does not name again what is blocked already") {
  const Plan plan = plan_of({{"a"}, {"b"}, {"c", {"a", "b"}}});
  ReadyQueue queue(plan);
  CHECK(take_all(queue) == Indices{0, 1});
  CHECK(queue.failed(0).size() == 1);
  CHECK(queue.failed(1).empty());
}

TEST_CASE("a chain of 100,000 actions is worked off, and blocked without recursion") {
  std::vector<Node> nodes{{"p0"}};
  constexpr std::size_t kMany = 100'000;
  for (std::size_t i = 1; i < kMany; ++i)
    nodes.push_back({fmt::format("p{}", i), {fmt::format("p{}", i - 1)}});
  const Plan plan = plan_of(nodes);
  ReadyQueue queue(plan);
  SECTION("worked off") {
    for (std::size_t i = 0; i < kMany; ++i) {
      REQUIRE(queue.take() == i);
      queue.succeeded(i);
    }
    CHECK_FALSE(queue.take());
  }
  SECTION("blocked") {
    REQUIRE(queue.take() == std::size_t{0});
    CHECK(queue.failed(0).size() == kMany - 1);
    CHECK_FALSE(queue.take());
  }
}

}  // namespace
}  // namespace cemli
