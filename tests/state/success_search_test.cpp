#include "state/success_search.h"

#include <catch2/catch.hpp>

#include "state/log.h"
#include "state/object_names.h"
#include "tests/support/memory_store.h"
#include "tests/support/sample_log.h"

namespace cemli {
namespace {

using test::address_of;
using test::finished;
using test::identity_of;
using test::MemoryStore;
using test::moment;
using test::operator_jane;
using test::run_finished;
using test::run_started;
using test::started;
using test::written_by;
using Names = std::set<std::string>;

struct SearchedLog {
  MemoryStore store;
  LogReading reading;

  SearchedLog() { reading.state.environment = "dev"; }

  void add(const Writer& writer, std::vector<Event> events) {
    const int minute = static_cast<int>(reading.state.seq()) + 1;
    const ComposedEntry entry =
        compose_entry(reading.state, writer, moment(60 * minute), std::move(events));
    REQUIRE(send_entry(store, entry));
    REQUIRE(fold_bytes(store, reading, entry.bytes));
  }

  /// A run of one attempt.
  void attempt(const std::string& address, std::uint64_t number, const std::string& version,
               OutcomeKind outcome, ActionKind action = ActionKind::run) {
    const RunId run = "run-" + std::to_string(reading.state.seq());
    PackageStarted start = started(address, number, version);
    start.action = action;
    add(written_by(run),
        {run_started(run), start, finished(address, number, outcome), run_finished(run)});
  }

  [[nodiscard]] Result<Names> search(const std::map<std::string, VersionContent>& wanted) {
    return find_successes(reading.state, store, wanted);
  }
};

std::map<std::string, VersionContent> version_of(const std::string& address,
                                                 const std::string& version) {
  const Identity identity = identity_of(address, version);
  return {{identity.address.name(), {version, identity.content}}};
}

TEST_CASE("the last success of any instance is found without reading the log") {
  SearchedLog log;
  log.attempt("l10n[FR]", 1, "1.0.0", OutcomeKind::succeeded);
  const std::size_t reads = log.store.reads;
  CHECK(log.search(version_of("l10n[FR]", "1.0.0")).value() == Names{"l10n"});
  CHECK(log.store.reads == reads);
}

TEST_CASE("a success that others came after is found in the log") {
  SearchedLog log;
  log.attempt("a", 1, "1.0.0", OutcomeKind::succeeded);
  log.attempt("a", 2, "2.0.0", OutcomeKind::failed);
  log.attempt("a", 3, "3.0.0", OutcomeKind::succeeded);
  CHECK(log.search(version_of("a", "1.0.0")).value() == Names{"a"});
  CHECK(log.search(version_of("a", "2.0.0")).value().empty());
  CHECK(log.search(version_of("a", "4.0.0")).value().empty());
  CHECK(log.search(version_of("b", "1.0.0")).value().empty());
}

TEST_CASE("the same version with other content is another one") {
  SearchedLog log;
  log.attempt("a", 1, "1.0.0", OutcomeKind::succeeded);
  CHECK(log.search({{"a", {"1.0.0", Digest::of("other")}}}).value().empty());
}

TEST_CASE("a removal that succeeds is no success of what is removed") {
  SearchedLog log;
  log.attempt("a", 1, "1.0.0", OutcomeKind::failed);
  log.attempt("a", 2, "1.0.0", OutcomeKind::succeeded, ActionKind::remove);
  CHECK(log.search(version_of("a", "1.0.0")).value().empty());
}

TEST_CASE("what an operator resolved or adopted as done counts") {
  SearchedLog log;
  log.add(written_by("run-1"), {run_started("run-1"), started("a", 1)});
  log.add(operator_jane(), {RunAbandoned{"run-1", "gone"}});
  CHECK(log.search(version_of("a", "1.0.0")).value().empty());
  log.add(operator_jane(),
          {PackageResolved{address_of("a"), "run-1", 1, Resolution::succeeded, "counted"}});
  log.add(operator_jane(), {PackageAdopted{identity_of("b"), {}, {}, "by hand"}});
  log.attempt("a", 2, "2.0.0", OutcomeKind::succeeded);
  log.attempt("b", 1, "2.0.0", OutcomeKind::succeeded);
  auto wanted = version_of("a", "1.0.0");
  wanted.merge(version_of("b", "1.0.0"));
  CHECK(log.search(wanted).value() == Names{"a", "b"});
}

TEST_CASE("an entry that was altered or is missing proves nothing") {
  SearchedLog log;
  log.attempt("a", 1, "1.0.0", OutcomeKind::failed);
  log.attempt("a", 2, "2.0.0", OutcomeKind::succeeded);
  SearchedLog forged;
  forged.attempt("a", 1, "1.0.0", OutcomeKind::succeeded);
  const std::string key = log_key("dev", 1);
  log.store.objects[key] = forged.store.objects.at(key);
  const auto refused = log.search(version_of("a", "1.0.0"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ErrorCode::corrupt);
  log.store.objects.erase(key);
  CHECK_FALSE(log.search(version_of("a", "1.0.0")));
}

TEST_CASE("an environment without a record has no successes") {
  SearchedLog log;
  CHECK(log.search(version_of("a", "1.0.0")).value().empty());
}

}  // namespace
}  // namespace cemli
