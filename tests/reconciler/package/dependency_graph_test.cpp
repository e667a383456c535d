#include "reconciler/package/dependency_graph.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <string>

namespace cemli {
namespace {

using Names = std::vector<std::string>;

DependencyGraph graph_of(const std::map<std::string, Names>& names) {
  DependencyGraph graph;
  for (const auto& [name, dependencies] : names) {
    std::vector<Address>& addresses = graph[Address::parse(name).value()];
    for (const std::string& dependency : dependencies) {
      addresses.push_back(Address::parse(dependency).value());
    }
  }
  return graph;
}

std::vector<Names> cycles_of(const std::map<std::string, Names>& names) {
  std::vector<Names> found;
  for (const std::vector<Address>& cycle : find_cycles(graph_of(names))) {
    Names& texts = found.emplace_back();
    for (const Address& address : cycle) texts.push_back(address.text());
  }
  return found;
}

TEST_CASE("a graph without cycles has none") {
  CHECK(cycles_of({}).empty());
  CHECK(cycles_of({{"a", {"b", "c"}}, {"b", {"d"}}, {"c", {"d"}}, {"d", {}}}).empty());
}

TEST_CASE("a cycle begins and ends with its smallest address") {
  CHECK(cycles_of({{"a", {"c"}}, {"b", {"d"}}, {"c", {"b"}}, {"d", {"c"}}}) ==
        std::vector<Names>{{"b", "d", "c", "b"}});
  CHECK(cycles_of({{"a", {"a"}}}) == std::vector<Names>{{"a", "a"}});
}

TEST_CASE("cycles that share no address are all found") {
  CHECK(cycles_of({{"a", {"b", "m"}}, {"b", {"a"}}, {"m", {"n"}}, {"n", {"m"}}, {"z", {"a"}}}) ==
        std::vector<Names>{{"a", "b", "a"}, {"m", "n", "m"}});
}

TEST_CASE("of cycles that share an address one is found") {
  CHECK(cycles_of({{"a", {"b"}}, {"b", {"a", "c"}}, {"c", {"b"}}}) ==
        std::vector<Names>{{"a", "b", "a"}});
}

TEST_CASE("a chain of 100,000 packages is walked") {
  DependencyGraph graph;
  for (int i = 0; i < 100'000; ++i) {
    graph[Address::parse(fmt::format("p{:06}", i)).value()] = {
        Address::parse(fmt::format("p{:06}", std::min(i + 1, 99'999))).value()};
  }
  CHECK(find_cycles(graph).size() == 1);
  graph.at(Address::parse("p099999").value()).clear();
  CHECK(find_cycles(graph).empty());
}

}  // namespace
}  // namespace cemli
