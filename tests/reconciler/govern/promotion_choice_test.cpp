#include "reconciler/govern/promotion_choice.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

namespace cemli {
namespace {

using Catch::Matchers::Contains;

Address address(std::string_view text) {
  return Address::parse(text).value();
}

std::vector<Address> addresses(const std::vector<std::string>& texts) {
  std::vector<Address> all;
  for (const std::string& text : texts) all.push_back(address(text));
  return all;
}

Identity identity(std::string_view at, const std::string& version) {
  return {address(at), version, Digest::of("content of " + version)};
}

/// `test`, with what succeeded there.
class Source {
 public:
  Source() { state_.environment = "test"; }

  Source& succeeded(std::string_view at, const std::string& version) {
    AddressRecord& record = state_.addresses[address(at)];
    record.status = Status::succeeded;
    record.last_success =
        Success{identity(at, version), "run-" + version, 1, Timestamp{}, std::nullopt, {}, {}, {}};
    return *this;
  }
  Source& since(std::string_view at, Status status, const std::string& version) {
    AddressRecord& record = state_.addresses[address(at)];
    record.status = status;
    record.last_attempt =
        Attempt{2, "run-2", ActionKind::update, identity(at, version), {}, {}, 0, {}, {}, {}, {}};
    return *this;
  }
  Source& forgotten(std::string_view at) {
    state_.addresses[address(at)].attempts = 3;
    return *this;
  }

  [[nodiscard]] const RecordedState& state() const { return state_; }

 private:
  RecordedState state_;
};

EnvironmentFile prod(const std::string& packages) {
  auto file = parse_environment_file("format: 1\nenvironment: prod\npackages: {" + packages + "}\n",
                                     "environments/prod.yaml");
  if (!file) FAIL(file.error().message());
  return *std::move(file);
}

/// With a lock that holds `content` under each version.
void lock(EnvironmentFile& file, const std::string& package, const std::string& version,
          const Digest& content) {
  if (!file.lock) file.lock = LockFile{"prod"};
  auto manifest = parse_manifest(
      fmt::format(R"({{"name": "{}", "version": "{}", "type": "extension"}})", package, version),
      "m.json");
  REQUIRE(manifest);
  file.lock->packages.emplace(package, LockedPackage{{*manifest, content, Digest::of("zip"), 1}});
}

/// `NAME OLD -> NEW` of each.
std::vector<std::string> shown(const PromotionChoice& choice) {
  std::vector<std::string> lines;
  for (const Promotion& promotion : choice.promotions)
    lines.push_back(fmt::format("{} {} -> {}", promotion.package,
                                promotion.from ? promotion.from->text() : "none",
                                promotion.to.text()));
  return lines;
}

std::string only_problem(const PromotionChoice& choice) {
  REQUIRE(choice.problems.size() == 1);
  CHECK(choice.promotions.empty());
  return choice.problems.front().where + ": " + choice.problems.front().what;
}

using Lines = std::vector<std::string>;

TEST_CASE("what both have is promoted where the versions differ") {
  const auto source = Source()
                          .succeeded("a", "1.1.0")
                          .succeeded("b", "1.0.0")
                          .succeeded("c", "0.9.0")
                          .succeeded("n", "1.0.0")
                          .forgotten("f");
  const PromotionChoice choice = choose_promotions(
      source.state(), prod("a: 1.0.0, b: 1.0.0, c: 1.0.0, f: 1.0.0, own: 1.0.0"), {});
  CHECK(shown(choice) == Lines{"a 1.0.0 -> 1.1.0", "c 1.0.0 -> 0.9.0"});
  CHECK(choice.only_in_source == Lines{"n"});
  CHECK(choice.problems.empty());
  REQUIRE(choice.promotions.front().uses.size() == 1);
  CHECK(choice.promotions.front().uses.front().run == "run-1.1.0");
  CHECK(choice.promotions.front().content == Digest::of("content of 1.1.0"));
}

TEST_CASE("what is named is promoted, and nothing else") {
  const auto source =
      Source().succeeded("a", "1.1.0").succeeded("b", "1.1.0").succeeded("n", "1.0.0");
  const EnvironmentFile target = prod("a: 1.0.0, b: 1.0.0");
  const PromotionChoice choice = choose_promotions(source.state(), target, addresses({"b", "n"}));
  CHECK(shown(choice) == Lines{"b 1.0.0 -> 1.1.0", "n none -> 1.0.0"});
  CHECK(choice.only_in_source.empty());
}

TEST_CASE("what is named and there already is said to be") {
  const auto source = Source().succeeded("a", "1.0.0");
  const PromotionChoice choice =
      choose_promotions(source.state(), prod("a: 1.0.0"), addresses({"a"}));
  CHECK(choice == PromotionChoice{{}, {}, {"a"}, {}});
}

TEST_CASE("the same version with other content in the lock is promoted") {
  const auto source = Source().succeeded("a", "1.0.0").succeeded("b", "1.0.0");
  EnvironmentFile target = prod("a: 1.0.0, b: 1.0.0");
  lock(target, "a", "1.0.0", Digest::of("other"));
  lock(target, "b", "1.0.0", Digest::of("content of 1.0.0"));
  CHECK(shown(choose_promotions(source.state(), target, {})) == Lines{"a 1.0.0 -> 1.0.0"});
}

TEST_CASE("a package that does not stand succeeded now is not promoted, and why is told") {
  auto source = Source().succeeded("a", "1.1.0").since("a", Status::failed, "1.2.0");
  const EnvironmentFile target = prod("a: 1.0.0");
  const std::string why =
      "a: it is failed in test, at 1.2.0 in run run-2; it last succeeded at 1.1.0";
  CHECK(only_problem(choose_promotions(source.state(), target, {})) == why);
  CHECK(only_problem(choose_promotions(source.state(), target, addresses({"a"}))) == why);
  // Nothing newer than what is there has ever succeeded.
  const EnvironmentFile same = prod("a: 1.1.0");
  CHECK(choose_promotions(source.state(), same, {}) == PromotionChoice{});
  CHECK(only_problem(choose_promotions(source.state(), same, addresses({"a"}))) == why);

  for (const Status status : {Status::tainted, Status::drifted, Status::interrupted,
                              Status::running, Status::error, Status::rolled_back}) {
    source.since("a", status, "1.1.0");
    CHECK_THAT(only_problem(choose_promotions(source.state(), target, {})),
               Contains(std::string("it is ") + std::string(word_of(status)) + " in test"));
  }
}

TEST_CASE("a package that never succeeded is refused where it is named") {
  const auto source = Source().since("a", Status::failed, "1.0.0");
  CHECK(choose_promotions(source.state(), prod("a: 0.9.0"), {}) == PromotionChoice{});
  CHECK(only_problem(choose_promotions(source.state(), prod("a: 0.9.0"), addresses({"a"}))) ==
        "a: it is failed in test, at 1.0.0 in run run-2; it has never succeeded there");
}

TEST_CASE("a name that the source does not know is refused with the nearest one") {
  const auto source = Source().succeeded("gl-base", "1.0.0").forgotten("gone");
  CHECK(only_problem(choose_promotions(source.state(), prod(""), addresses({"gl-bsae"}))) ==
        "gl-bsae: nothing of it was ever run in test; did you mean 'gl-base'?");
  CHECK_THAT(only_problem(choose_promotions(source.state(), prod(""), addresses({"gone"}))),
             Contains("nothing of it was ever run in test"));
  CHECK_THAT(only_problem(choose_promotions(source.state(), prod(""), addresses({"gl-base[X]"}))),
             Contains("this instance was never run in test"));
}

TEST_CASE("a range of the target is refused, unless its lock is there already") {
  const auto source = Source().succeeded("a", "1.1.0");
  EnvironmentFile target = prod("a: ^1");
  CHECK_THAT(only_problem(choose_promotions(source.state(), target, {})),
             Contains("environments/prod.yaml:3:15: 'a' is desired as '^1', which is a range"));
  lock(target, "a", "1.1.0", Digest::of("content of 1.1.0"));
  CHECK(choose_promotions(source.state(), target, {}) == PromotionChoice{});
}

TEST_CASE("all instances must have succeeded with one version and content") {
  auto source = Source().succeeded("l[DE]", "1.1.0").succeeded("l[FR]", "1.1.0");
  const EnvironmentFile target = prod("l: {version: 1.0.0, instances: {DE: {}, IT: {}}}");
  const PromotionChoice good = choose_promotions(source.state(), target, addresses({"l[DE]"}));
  CHECK(shown(good) == Lines{"l 1.0.0 -> 1.1.0"});
  CHECK(good.promotions.front().uses.size() == 2);
  CHECK(good.promotions.front().new_instances.empty());

  source.succeeded("l[FR]", "1.0.5");
  CHECK_THAT(
      only_problem(choose_promotions(source.state(), target, {})),
      Contains("different versions or content: l[DE] at 1.1.0") && Contains("l[FR] at 1.0.5"));
  source.since("l[FR]", Status::failed, "1.1.0").since("l[DE]", Status::failed, "1.1.0");
  const PromotionChoice failed = choose_promotions(source.state(), target, {});
  REQUIRE(failed.problems.size() == 2);
  CHECK(failed.problems[0].where == "l[DE]");
  CHECK(failed.problems[1].where == "l[FR]");
}

TEST_CASE("an instance that the target does not have is added by hand") {
  const auto source = Source().succeeded("l[DE]", "1.1.0").succeeded("l[FR]", "1.1.0");
  const EnvironmentFile target = prod("l: {version: 1.0.0, instances: {DE: {}}}");
  CHECK_THAT(only_problem(choose_promotions(source.state(), target, addresses({"l[FR]"}))),
             Contains("'l' has no instance 'FR' here"));
}

TEST_CASE("a new package comes with all instances, or those that are named") {
  const auto source = Source().succeeded("l[DE]", "1.1.0").succeeded("l[FR]", "1.1.0");
  const auto instances_of = [&](const std::vector<std::string>& wanted) {
    const PromotionChoice choice = choose_promotions(source.state(), prod(""), addresses(wanted));
    REQUIRE(choice.promotions.size() == 1);
    return choice.promotions.front().new_instances;
  };
  CHECK(instances_of({"l"}) == Lines{"DE", "FR"});
  CHECK(instances_of({"l[FR]"}) == Lines{"FR"});
  CHECK(instances_of({"l", "l[FR]"}) == Lines{"DE", "FR"});
}

TEST_CASE("all problems are told at once") {
  const auto source =
      Source().succeeded("a", "1.1.0").succeeded("b", "1.1.0").since("b", Status::tainted, "1.1.0");
  const PromotionChoice choice =
      choose_promotions(source.state(), prod("a: ^1, b: ^1"), addresses({"a", "b", "c"}));
  CHECK(choice.problems.size() == 4);
  CHECK(choice.promotions.empty());
}

TEST_CASE("what is published must be there, with the content that succeeded") {
  const auto source =
      Source().succeeded("a", "1.1.0").succeeded("b", "1.1.0").succeeded("c", "1.1.0");
  const EnvironmentFile target = prod("a: 1.0.0, b: 1.0.0, c: 1.0.0");
  const PromotionChoice choice = choose_promotions(source.state(), target, {});
  EnvironmentFile locked = prod("");
  lock(locked, "a", "1.1.0", Digest::of("content of 1.1.0"));
  lock(locked, "b", "1.1.0", Digest::of("other"));
  PublishedPackages found;
  for (const auto& [name, line] : locked.lock->packages) found.packages.emplace(name, line.package);
  const auto problems = check_published(choice, found, "test", target, "file:/store");
  REQUIRE(problems.size() == 2);
  CHECK_THAT(problems[0].what, Contains("1.1.0 has other content in prod's packages store than "
                                        "what succeeded in test"));
  CHECK(problems[1].what == "1.1.0 is not published in prod's packages store, file:/store");
}

}  // namespace
}  // namespace cemli
