#include "tests/reconciler/plan/states.h"

#include <catch2/catch.hpp>
#include <utility>

#include "reconciler/plan/planner.h"
#include "reconciler/plan/policy.h"

namespace cemli::test {

Address at(std::string_view text) {
  return Address::parse(text).value();
}

Timestamp time_at(std::string_view text) {
  return parse_timestamp(text).value();
}

Identity identity_of(std::string_view address, std::string version, Parameters parameters) {
  const Digest content = Digest::of(at(address).name() + " " + version);
  return Identity{at(address), std::move(version), content, std::move(parameters)};
}

namespace {

std::vector<Address> addresses_of(const std::vector<std::string>& texts) {
  std::vector<Address> addresses;
  for (const std::string& text : texts) addresses.push_back(at(text));
  return addresses;
}

}  // namespace

DesiredPackage package_of(const Identity& identity, const std::vector<std::string>& depends_on) {
  const Digest zip = Digest::of("zip of " + identity.address.name() + " " + identity.version);
  return DesiredPackage{
      identity, addresses_of(depends_on), {}, false, Reversible::no, {}, false, zip, 1000};
}

DesiredState desired_of(const std::vector<DesiredPackage>& packages) {
  DesiredState desired{
      "prod", "3f2a91c0d1e27b7d1f0c9a8b7c6d5e4f3a2b1c0d", {}, Digest::of("policy")};
  for (const DesiredPackage& package : packages)
    desired.packages.emplace(package.identity.address, package);
  return desired;
}

RecordedState recorded_of(const std::map<Address, AddressRecord>& addresses) {
  RecordedState recorded;
  recorded.environment = "prod";
  recorded.log = "f00dfeed";
  recorded.head = Head{42, Digest::of("entry 42")};
  recorded.addresses = addresses;
  recorded.converged =
      Convergence{Digest::of("desired"), Digest::of("policy"),
                  "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567", "20261120T080000Z-bbbbbbbb"};
  return recorded;
}

AddressRecord success_of(const Identity& identity, const std::vector<std::string>& depends_on,
                         const std::vector<std::string>& abilities) {
  const Timestamp start = time_at("2026-11-22T08:00:01.000Z");
  const Timestamp end = time_at("2026-11-22T08:00:13.000Z");
  const std::vector<Address> dependencies = addresses_of(depends_on);
  const RunId run = "20261122T080000Z-aaaaaaaa";
  const ObjectReference evidence{
      "prod/runs/" + run + "/" + identity.address.text() + "/1/result.json",
      Digest::of("evidence")};
  AddressRecord record;
  record.status = Status::succeeded;
  record.attempts = 1;
  record.last_success =
      Success{identity, run, 1, end, std::chrono::seconds(12), evidence, dependencies, abilities};
  record.last_attempt = Attempt{
      1, run, ActionKind::run, identity, dependencies, abilities, 10, start, end, "", evidence};
  return record;
}

AddressRecord then(AddressRecord record, Status status, const Identity& identity,
                   std::string summary) {
  const bool end_known = status == Status::failed || status == Status::error;
  const std::vector<Address> dependencies =
      record.last_attempt ? record.last_attempt->depends_on : std::vector<Address>{};
  const std::optional<Timestamp> ended =
      end_known ? std::optional(time_at("2026-11-23T02:15:10.000Z")) : std::nullopt;
  std::optional<ObjectReference> evidence;
  if (end_known) evidence = ObjectReference{"prod/runs/x/result.json", Digest::of("evidence")};
  record.last_attempt = Attempt{++record.attempts,
                                "20261123T021455Z-6f3a9c21",
                                ActionKind::run,
                                identity,
                                dependencies,
                                {},
                                20,
                                time_at("2026-11-23T02:14:55.000Z"),
                                ended,
                                std::move(summary),
                                evidence};
  record.status = status;
  return record;
}

AddressRecord only(Status status, const Identity& identity, std::string summary) {
  return then({}, status, identity, std::move(summary));
}

OperatorWord jane_says(std::string why) {
  return {"jane@ops-1", std::move(why), time_at("2026-11-23T09:30:00.000Z")};
}

Plan planned(const DesiredState& desired, const RecordedState& recorded) {
  auto plan = make_plan(desired, recorded, {});
  REQUIRE(plan);
  plan->refusals = judge(desired.rules, {}, *plan);
  return *std::move(plan);
}

std::vector<std::string> lines_of(const Plan& plan) {
  std::vector<std::string> lines;
  for (const Action& action : plan.actions) {
    std::string line = action.address.text() + " " + std::string(word_of(action.kind));
    char separator = ' ';
    for (const Reason& reason : action.reasons) line += std::exchange(separator, ',') + reason.code;
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace cemli::test
