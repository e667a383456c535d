#include "tests/support/sample_log.h"

#include <catch2/catch.hpp>
#include <utility>

namespace cemli::test {

Timestamp time_at(std::string_view text) {
  const auto time = parse_timestamp(text);
  REQUIRE(time);
  return *time;
}

Timestamp moment(int seconds) {
  return time_at("2026-11-23T06:00:00.000Z") + std::chrono::seconds(seconds);
}

Address address_of(std::string_view text) {
  auto address = Address::parse(text);
  REQUIRE(address);
  return *std::move(address);
}

Identity identity_of(std::string_view address, std::string version) {
  return {address_of(address), std::move(version), Digest::of("content"), {}, {}};
}

Writer written_by(const RunId& run) {
  return {run, "runner-7", std::nullopt, "pipeline", "0.1.0"};
}

Writer operator_jane() {
  return {std::nullopt, "desk", std::nullopt, "jane", "0.1.0"};
}

std::string sample_policy() {
  return R"({"allowed_signers":")" + Digest::of(kSampleSigners).hex() + R"(","policy":{}})";
}

RunStarted run_started(const RunId& run) {
  return {run,
          "4c1f0a77b5d0c3a1e6f2f8f9a0b1c2d3e4f50617",
          Digest::of("desired"),
          Digest::of(sample_policy()),
          Digest::of("plan"),
          "apply",
          std::chrono::minutes(5),
          {"a boot of another machine", "pid:[4026531836]", {4711, 1000}, {4712, 1001}}};
}

RunFinished run_finished(const RunId& run) {
  return {run, "succeeded", {}, false, std::nullopt};
}

PackageStarted started(std::string_view address, std::uint64_t attempt, std::string version) {
  return {ActionKind::run, attempt, identity_of(address, std::move(version)), {}, {}};
}

PackageFinished finished(std::string_view address, std::uint64_t attempt, OutcomeKind outcome) {
  std::optional<ObjectReference> evidence;
  if (outcome != OutcomeKind::not_started)
    evidence = ObjectReference{"dev/runs/r/a/1/result.json", Digest::of("evidence")};
  return {address_of(address), attempt, outcome, "", moment(1), moment(3), std::move(evidence)};
}

History::History() {
  state_.environment = "dev";
}

Entry History::next(const Writer& writer, std::vector<Event> events) const {
  const std::uint64_t seq = state_.seq() + 1;
  return {"a1b2c3",
          "dev",
          seq,
          state_.head ? std::optional(state_.head->digest) : std::nullopt,
          moment(static_cast<int>(seq) * 60),
          writer,
          "n" + std::to_string(seq),
          std::move(events)};
}

void History::add(const Writer& writer, std::vector<Event> events, const StateCopies& copies) {
  const Entry entry = next(writer, std::move(events));
  const auto folded = fold(state_, entry, Digest::of(encode_entry(entry)), copies);
  if (!folded) FAIL(folded.error().message());
}

std::string History::refusal(const Writer& writer, std::vector<Event> events,
                             const StateCopies& copies) const {
  RecordedState copy = state_;
  const Entry entry = next(writer, std::move(events));
  const auto folded = fold(copy, entry, Digest::of(encode_entry(entry)), copies);
  REQUIRE_FALSE(folded);
  CHECK(folded.error().code() == ErrorCode::corrupt);
  return folded.error().message();
}

const AddressRecord& History::record(std::string_view address) const {
  const auto found = state_.addresses.find(address_of(address));
  REQUIRE(found != state_.addresses.end());
  return found->second;
}

History with_active_run() {
  History history;
  history.add(written_by(kActive), {run_started(kActive)});
  return history;
}

History after_attempt(OutcomeKind outcome) {
  History history = with_active_run();
  history.add(written_by(kActive), {started("a", 1)});
  history.add(written_by(kActive), {finished("a", 1, outcome)});
  history.add(written_by(kActive), {run_finished(kActive)});
  return history;
}

RecordedState full_state() {
  History history;
  history.add(written_by("run-1"), {run_started("run-1")});
  PackageStarted french = started("l10n[FR]", 1, "2.0.1");
  french.identity.parameters = {{"country", "FR"}, {"limit", std::int64_t{-5}}};
  french.identity.rerun_on = {{"secret ERP_PASSWORD", "v3"}};
  french.depends_on = {address_of("done")};
  french.abilities = {"check", "uninstall"};
  history.add(written_by("run-1"), {started("done", 1), french, started("half", 1)});
  PackageFinished failed = finished("half", 1, OutcomeKind::interrupted);
  failed.summary = "run: stopped by SIGINT";
  history.add(written_by("run-1"), {finished("done", 1, OutcomeKind::succeeded),
                                    finished("l10n[FR]", 1, OutcomeKind::succeeded), failed});
  RunFinished end = run_finished("run-1");
  end.converged = true;
  end.counts = {1, 2, 3, 4, 5, 6};
  end.result = ObjectReference{"dev/runs/run-1/result.json", Digest::of("result")};
  history.add(written_by("run-1"), {end});
  history.add(operator_jane(), {PackageTainted{address_of("done"), "restored from backup"},
                                PackageHeld{address_of("half"), Digest::of("2.0.0"), "audit"},
                                EnvironmentSuspended{"quarter end"}});
  history.add(written_by("run-2"), {run_started("run-2")});
  history.add(written_by("run-2"), {started("l10n[FR]", 2, "2.0.2")});
  return history.state();
}

}  // namespace cemli::test
