#include "reconciler/desired/policy_reader.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <map>

namespace cemli {
namespace {

struct ReadPolicy {
  WrittenPolicy written;
  /// `LINE:COLUMN: WHAT`
  std::vector<std::string> problems;
};

/// Reads `policy: TEXT`, with the rules that are refused by name where `to_come` has none.
ReadPolicy read(std::string_view text, const RulesToCome& to_come = {}) {
  std::vector<YamlEvent> events;
  REQUIRE(read_yaml(text, [&](const YamlEvent& event) { events.push_back(event); }).empty());
  ReadPolicy read;
  read.written = read_policy(events, to_come, [&](TextPosition at, std::string what) {
    read.problems.push_back(fmt::format("{}:{}: {}", at.line, at.column, what));
  });
  return read;
}

TEST_CASE("all rules of a policy are read") {
  const ReadPolicy all = read(
      "allow_removal: true\n"
      "mutable_versions: true\n"
      "exact_versions: true\n"
      "locked: true\n"
      "promoted: true\n"
      "require: {change_ticket: 'CHG[0-9]{7}', owner: true, tags.CostCenter: \"true\"}\n"
      "types: [configuration, extension]\n"
      "signed_packages: {by: ['*@build.acme.com', '*@a.com']}\n"
      "signed_commits: true\n"
      "approvals: {count: 2, not_author: true, expire: 2d, by: ['*@acme.com']}\n"
      "max_changes: 50\n");
  CHECK(all.problems.empty());
  Policy expected{true, true, true, true};
  expected.require = {
      {"change_ticket", "CHG[0-9]{7}"}, {"owner", std::nullopt}, {"tags.CostCenter", "true"}};
  expected.types = {PackageType::configuration, PackageType::extension};
  expected.signed_packages = SignerRule{{"*@a.com", "*@build.acme.com"}};
  expected.signed_commits = SignerRule{};
  expected.approvals = ApprovalRule{2, true, true, std::chrono::hours(48), {"*@acme.com"}};
  expected.max_changes = 50;
  CHECK(all.written.policy == expected);
  CHECK(all.written.promoted_at == TextPosition{5, 1});
}

TEST_CASE("what is said to be off is at its default") {
  const ReadPolicy off = read(
      "{allow_removal: false, exact_versions: false, locked: false, promoted: false, "
      "signed_packages: false, signed_commits: false}");
  CHECK(off.problems.empty());
  CHECK(off.written.policy == Policy{});
  CHECK_FALSE(off.written.promoted_at);
}

TEST_CASE("approvals have defaults") {
  const ReadPolicy some = read("approvals: {count: 1, not_author: [package]}");
  CHECK(some.problems.empty());
  CHECK(some.written.policy.approvals ==
        ApprovalRule{1, false, true, std::chrono::hours(7 * 24), {}});
}

TEST_CASE("each wrong rule says what is expected") {
  const std::map<std::string, std::string> cases{
      {"locked: maybe", "1:9: 'locked' must be true or false, not 'maybe'"},
      {"locked: 'true'", "1:9: 'locked' must be true or false without quotes"},
      {"locked: [true]", "1:9: 'locked' must not be a list"},
      {"locked: {}", "1:9: 'locked' must not be a mapping"},
      {"locked:", "1:1: 'locked' has no value"},
      {"lockd: true", "1:1: unknown key 'lockd'; did you mean 'locked'?"},
      {"require: owner", "1:10: 'require' must be a mapping of fields of manifests"},
      {"require: {}", "1:10: 'require' names no fields of manifests"},
      {"require:", "1:1: 'require' has no value"},
      {"require: {owner: false}", "1:18: 'owner' must be true or a pattern, not 'false'"},
      {"require: {owner: [a]}", "1:18: 'owner' must not be a list"},
      {"require: {owner: 'a('}", "1:18: 'a(' is not a pattern: missing ): a("},
      {"require: {ownr: true}",
       "1:11: 'ownr' is no field of a manifest that can be required; did you mean 'owner'?"},
      {"require: {tags.: true}",
       "1:11: 'tags.' is no field of a manifest that can be required: there are change_ticket, "
       "description, idempotent, owner, resume, reversible, tags.NAME"},
      {"types: extension", "1:8: 'types' must be a list of types of packages"},
      {"types: []", "1:8: 'types' names no types of packages"},
      {"types: [extensoin]", "1:9: 'extensoin' is no type of package; did you mean 'extension'?"},
      {"types: [extension, extension]", "1:20: 'extension' stands there twice"},
      {"types: [[a]]", "1:9: an item of 'types' must be a word"},
      {"max_changes: 0", "1:14: 'max_changes' must be a whole number from 1 on, not '0'"},
      {"max_changes: many", "1:14: 'max_changes' must be a whole number from 1 on, not 'many'"},
      {"max_changes: '5'", "1:14: 'max_changes' must be a whole number from 1 on, not '5'"},
      {"signed_packages: {}", "1:18: 'signed_packages' must be true, or name 'by' whom"},
      {"signed_packages: {by: []}", "1:23: 'by' names no principals"},
      {"signed_packages: {by: a}", "1:23: 'by' must be a list of principals"},
      {"signed_packages: {from: [a]}", "1:19: unknown key 'from'"},
      {"signed_commits: yes", "1:17: 'signed_commits' must be true or false, not 'yes'"},
      {"approvals: 2", "1:12: 'approvals' must be a mapping of 'count'"},
      {"approvals: {not_author: true}",
       "1:1: 'approvals' does not say how many: 'count' is missing"},
      {"approvals: {count: 0}", "1:20: 'count' must be a whole number from 1 to 100, not '0'"},
      {"approvals: {count: 1, expire: soon}",
       "1:31: 'soon' is not a duration: expected a whole number and ms, s, m, h or d"},
      {"approvals: {count: 1, expire: 1s}", "1:31: 'expire' must be from 1m to 366d, not '1s'"},
      {"approvals: {count: 1, not_author: [commiter]}",
       "1:36: 'not_author' is about the author of a commit or a package, not of 'commiter'"},
      {"approvals: {count: 1, expires: 1d}", "1:23: unknown key 'expires'; did you mean 'expire'?"},
  };
  for (const auto& [text, problem] : cases) {
    INFO(text);
    CHECK(read(text).problems == std::vector<std::string>{problem});
  }
}

TEST_CASE("rules to come are refused by name, whatever they say") {
  for (const char* rule : {"windows", "freezes", "max_parallel", "commands"}) {
    const ReadPolicy refused = read(fmt::format("{}: {{a: [1]}}", rule), rules_to_come());
    CHECK(refused.problems ==
          std::vector<std::string>{
              fmt::format("1:1: '{}' is not supported by this version of cemli yet", rule)});
    CHECK(refused.written.policy == Policy{});
  }
}

TEST_CASE("of a policy that is cut off, what is there is read") {
  using Kind = YamlEvent::Kind;
  std::vector<YamlEvent> events{{Kind::mapping_start},         {Kind::key, {1, 1}, "locked"},
                                {Kind::plain, {1, 9}, "true"}, {Kind::key, {2, 1}, "types"},
                                {Kind::list_start, {2, 8}},    {Kind::plain, {2, 9}, "extension"}};
  const ProblemSink fail = [](TextPosition, const std::string& what) { FAIL(what); };
  CHECK(read_policy(events, {}, fail).policy.types ==
        std::set<PackageType>{PackageType::extension});
  events.resize(4);
  CHECK(read_policy(events, {}, fail).policy.locked);
  CHECK(read_policy({}, {}, fail).policy == Policy{});
}

}  // namespace
}  // namespace cemli
