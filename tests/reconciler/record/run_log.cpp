#include "tests/reconciler/record/run_log.h"

#include <poll.h>

#include <catch2/catch.hpp>
#include <cstdlib>

namespace cemli::test {
namespace {

const RecordedCache kNoCache(std::nullopt);
const Writer kWriter = written_by(kRun);

LogReading read(Store& store) {
  auto reading = read_log(store, "dev", kNoCache);
  if (!reading) FAIL(reading.error().message());
  return *std::move(reading);
}

}  // namespace

Lease begin_run(Store& store, std::chrono::milliseconds lease) {
  RunStarted started = run_started(kRun);
  started.lease = lease;
  auto run = start_run(store, read(store), started, kWriter, [](const std::string&) {});
  if (!run) FAIL(run.error().message());
  REQUIRE(std::holds_alternative<Lease>(*run));
  return std::get<Lease>(*std::move(run));
}

RecordedState state_of(Store& store) {
  return read(store).state;
}

std::vector<Entry> entries_of(Store& store) {
  std::vector<Entry> entries;
  REQUIRE(for_each_entry(store, "dev",
                         [&](const Entry& entry, const Digest&) { entries.push_back(entry); }));
  return entries;
}

void say(Store& store, std::vector<Event> events) {
  const LogReading reading = read_log(store, "dev", kNoCache).value();
  const auto sending = send_entry(
      store, compose_entry(reading.state, operator_jane(), wall_now(), std::move(events)));
  if (!sending || !std::holds_alternative<Landed>(*sending)) std::abort();
}

void await_readable(int fd) {
  pollfd poll{fd, POLLIN, 0};
  REQUIRE(::poll(&poll, 1, 20'000) == 1);
}

}  // namespace cemli::test
