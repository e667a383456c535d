#include "reconciler/plan/dependency_order.h"

#include <catch2/catch.hpp>

#include "tests/reconciler/plan/states.h"

namespace cemli {
namespace {

using test::at;

std::vector<std::string> order(const DependencyGraph& graph,
                               const std::map<Address, double>& weights = {}) {
  std::vector<std::string> texts;
  for (const Address& address : dependency_order(graph, weights)) texts.push_back(address.text());
  return texts;
}

Address numbered(int number) {
  return at("p" + std::to_string(1'000'000 + number));
}

TEST_CASE("dependencies come first") {
  CHECK(order({{at("a"), {at("b")}}, {at("b"), {at("c")}}, {at("c"), {}}}) ==
        std::vector<std::string>{"c", "b", "a"});
}

TEST_CASE("among the ready the longest remaining path comes first, then the address") {
  const DependencyGraph graph{{at("a"), {}}, {at("b"), {}}, {at("c"), {at("b")}}, {at("d"), {}}};
  CHECK(order(graph) == std::vector<std::string>{"b", "a", "c", "d"});
  CHECK(order(graph, {{at("d"), 30.0}, {at("c"), 5.0}}) ==
        std::vector<std::string>{"d", "b", "c", "a"});
  CHECK(order(graph, {{at("a"), 0.0}, {at("b"), 0.0}, {at("c"), 0.0}, {at("d"), 0.0}}) ==
        std::vector<std::string>{"a", "b", "c", "d"});
}

TEST_CASE("instances of a package are ordered by their address") {
  CHECK(order({{at("l10n[FR]"), {}}, {at("l10n[DE]"), {}}, {at("l10n"), {}}}) ==
        std::vector<std::string>{"l10n", "l10n[DE]", "l10n[FR]"});
}

TEST_CASE("what stands on a cycle comes last instead of getting lost") {
  CHECK(order({{at("a"), {at("b")}}, {at("b"), {at("a")}}, {at("c"), {at("a")}}, {at("d"), {}}}) ==
        std::vector<std::string>{"d", "a", "b", "c"});
}

TEST_CASE("an empty graph has an empty order") {
  CHECK(order({}).empty());
}

TEST_CASE("a chain of 100,000 is ordered") {
  DependencyGraph chain;
  constexpr int kCount = 100'000;
  for (int i = 0; i < kCount; ++i) {
    chain[numbered(i)] = {};
    if (i + 1 < kCount) chain[numbered(i)].push_back(numbered(i + 1));
  }
  const std::vector<Address> ordered = dependency_order(chain, {});
  REQUIRE(ordered.size() == kCount);
  CHECK(ordered.front() == numbered(kCount - 1));
  CHECK(ordered.back() == numbered(0));
}

TEST_CASE("100,000 behind one and before another are ordered") {
  DependencyGraph wide;
  constexpr int kCount = 100'000;
  std::vector<Address> all;
  for (int i = 0; i < kCount; ++i) {
    wide[numbered(i)] = {at("first")};
    all.push_back(numbered(i));
  }
  wide[at("first")] = {};
  wide[at("last")] = all;
  const std::vector<Address> ordered = dependency_order(wide, {});
  REQUIRE(ordered.size() == kCount + 2);
  CHECK(ordered.front() == at("first"));
  CHECK(ordered[1] == numbered(0));
  CHECK(ordered.back() == at("last"));
}

}  // namespace
}  // namespace cemli
