#include "state/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <random>
#include <thread>
#include <utility>

#include "state/base/file.h"
#include "state/object_names.h"
#include "state/state_copy.h"

namespace cemli {
namespace {

constexpr std::size_t kListPage = 1000;
/// Entries that are held at once. Few of them come near their largest size, 1 MiB.
constexpr std::uint64_t kReadAtOnce = 32;

Error broken_chain(const std::string& key, std::string_view what) {
  return Error(ErrorCode::corrupt, fmt::format("the log is broken at '{}': {}", key, what))
      .with_hint("cemli audit verify names everything that is wrong");
}

/// The entry that must be there because a later one is. A store that lists before it serves is
/// asked again before the chain is called broken.
Result<std::string> get_entry(Store& store, const std::string& key) {
  constexpr int kAttempts = 4;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(std::chrono::milliseconds(50 << attempt));
    auto bytes = store.get(key);
    if (!bytes) return std::move(bytes).error().while_doing("reading the log");
    if (*bytes) return **std::move(bytes);
  }
  return broken_chain(key, "missing, although a later entry exists");
}

/// A part of the log's listing.
struct ListedEntries {
  std::uint64_t last = 0;  ///< 0 where there is none
  bool is_last = true;     ///< whether nothing was listed after it
};

Result<ListedEntries> list_entries(Store& store, const std::string& environment,
                                   std::uint64_t first) {
  auto keys = store.list(log_prefix(environment), log_key(environment, first), kListPage);
  if (!keys) return std::move(keys).error().while_doing("listing the log");
  ListedEntries listed;
  for (const std::string& key : *keys) {
    if (const auto seq = seq_of_log_key(environment, key))
      listed.last = std::max(listed.last, *seq);
  }
  listed.is_last = keys->size() < kListPage || listed.last == 0;
  return listed;
}

/// The entries from `first` to `last`, side by side; nothing for one that is not served.
Result<std::vector<std::optional<std::string>>> get_entries(Store& store,
                                                            const std::string& environment,
                                                            std::uint64_t first,
                                                            std::uint64_t last) {
  std::vector<std::string> keys;
  for (std::uint64_t seq = first; seq <= last; ++seq) keys.push_back(log_key(environment, seq));
  auto entries = store.get_all(keys);
  if (!entries) return std::move(entries).error().while_doing("reading the log");
  return entries;
}

/// The state at the newest checkpoint, once the entry it was folded up to is seen to be the same.
Result<std::optional<LogReading>> read_checkpoint(Store& store, const std::string& environment) {
  auto newest = store.list(checkpoint_prefix(environment), "", 1);
  if (!newest) return std::move(newest).error().while_doing("looking for checkpoints");
  if (newest->empty()) return std::optional<LogReading>();
  const std::string& key = newest->front();
  auto bytes = store.get(key);
  if (!bytes) return std::move(bytes).error();
  if (!*bytes) return std::optional<LogReading>();
  auto state = decode_checkpoint(**bytes);
  if (!state) return std::move(state).error().while_doing(fmt::format("checkpoint '{}'", key));
  if (state->environment != environment || seq_of_checkpoint_key(environment, key) != state->seq())
    return broken_chain(key, "a checkpoint of something else");
  auto entry = get_entry(store, log_key(environment, state->seq()));
  if (!entry) return std::move(entry).error();
  if (Digest::of(*entry) != state->head->digest)
    return broken_chain(key, "the checkpoint was made from another entry");
  return std::optional(LogReading{*std::move(state), {(*bytes)->size(), 0, 0}, {}});
}

/// The state in the local cache if its last entry is still there, with whether more has come.
Result<std::optional<std::pair<LogReading, bool>>> read_cache(Store& store,
                                                              const std::string& environment,
                                                              const RecordedCache& cache,
                                                              std::vector<std::string>& notices) {
  std::optional<std::pair<LogReading, bool>> reading;
  auto cached = cache.load(store.address(), environment);
  if (!cached) return reading;
  const std::uint64_t seq = cached->state.seq();
  auto present = store.which_exist(log_key(environment, seq), log_key(environment, seq + 1));
  if (!present) return std::move(present).error().while_doing("reading the log");
  if (!present->first) {
    cache.drop(store.address(), environment);
    notices.push_back(fmt::format(
        "the log has no entry {} any more, which this machine had read; its local cache is dropped",
        seq));
    return reading;
  }
  reading.emplace(LogReading{std::move(cached->state), cached->debt, {}}, present->second);
  return reading;
}

}  // namespace

Result<void> walk_entries(Store& store, const std::string& environment, std::uint64_t first,
                          const EntryVisitor& visit) {
  for (std::uint64_t seq = first;;) {
    auto page = list_entries(store, environment, seq);
    if (!page) return std::move(page).error();
    while (seq <= page->last) {
      auto entries =
          get_entries(store, environment, seq, std::min(page->last, seq + kReadAtOnce - 1));
      if (!entries) return std::move(entries).error();
      for (auto& bytes : *entries) {
        auto goes_on = visit(seq, std::move(bytes));
        if (!goes_on) return std::move(goes_on).error();
        if (!*goes_on) return {};
        ++seq;
      }
    }
    if (page->is_last) return {};
  }
}

Result<Entry> fold_bytes(Store& store, LogReading& reading, const std::string& bytes) {
  const std::uint64_t seq = reading.state.seq() + 1;
  auto entry = decode_entry(bytes);
  if (!entry)
    return std::move(entry).error().while_doing(
        fmt::format("'{}'", log_key(reading.state.environment, seq)));
  auto copies = read_state_copies(store, *entry);
  if (!copies) return std::move(copies).error();
  if (auto folded = fold(reading.state, *entry, Digest::of(bytes), *copies); !folded)
    return std::move(folded).error();
  reading.debt.entries += 1;
  reading.debt.entries_size += bytes.size();
  return entry;
}

Result<void> catch_up(Store& store, LogReading& reading) {
  const std::string& environment = reading.state.environment;
  return walk_entries(store, environment, reading.state.seq() + 1,
                      [&](std::uint64_t seq, std::optional<std::string> bytes) -> Result<bool> {
                        auto sure = bytes ? Result<std::string>(*std::move(bytes))
                                          : get_entry(store, log_key(environment, seq));
                        if (!sure) return std::move(sure).error();
                        if (auto entry = fold_bytes(store, reading, *sure); !entry)
                          return std::move(entry).error();
                        return true;
                      });
}

Result<LogReading> read_log(Store& store, const std::string& environment,
                            const RecordedCache& cache) {
  std::vector<std::string> notices;
  auto cached = read_cache(store, environment, cache, notices);
  if (!cached) return std::move(cached).error();
  if (*cached && !(*cached)->second) return std::move((*cached)->first);
  LogReading reading;
  if (*cached) {
    reading = std::move((*cached)->first);
  } else {
    auto checkpoint = read_checkpoint(store, environment);
    if (!checkpoint) return std::move(checkpoint).error();
    if (*checkpoint) reading = **std::move(checkpoint);
  }
  reading.state.environment = environment;
  if (auto read = catch_up(store, reading); !read) return std::move(read).error();
  cache.keep(store.address(), {reading.state, reading.debt});
  reading.notices = std::move(notices);
  return reading;
}

Result<void> confirm_head(Store& store, const RecordedState& state) {
  if (!state.head) return {};
  const std::string key = log_key(state.environment, state.head->seq);
  auto bytes = store.get(key);
  if (!bytes) return std::move(bytes).error().while_doing("reading the log");
  if (!*bytes || Digest::of(**bytes) != state.head->digest)
    return broken_chain(key, "not the entry that was read before");
  return {};
}

Result<void> write_checkpoint(Store& store, LogReading& reading) {
  const std::string bytes = encode_checkpoint(reading.state);
  const std::string key = checkpoint_key(reading.state.environment, reading.state.seq());
  // "Exists" is success: anybody who folded the same entries writes the same bytes.
  auto created = store.create({key, bytes});
  if (!created) return std::move(created).error().while_doing("writing a checkpoint");
  reading.debt = {bytes.size(), 0, 0};
  return {};
}

ComposedEntry compose_entry(const RecordedState& state, const Writer& writer, Timestamp time,
                            std::vector<Event> events) {
  assert(!events.empty());
  Entry entry{state.log ? *state.log : random_hex(16),
              state.environment,
              state.seq() + 1,
              state.head ? std::optional(state.head->digest) : std::nullopt,
              time,
              writer,
              random_hex(16),
              std::move(events)};
  return {entry.seq, log_key(entry.environment, entry.seq), encode_entry(entry)};
}

Result<Sending> send_entry(Store& store, const ComposedEntry& entry) {
  auto created = store.create({entry.key, entry.bytes});
  if (created && *created == Creation::created) return Sending(Landed{});
  auto there = store.get(entry.key);
  if (!there) return std::move(there).error();
  if (*there)
    return **there == entry.bytes ? Sending(Landed{}) : Sending(Overtaken{**std::move(there)});
  if (!created) return std::move(created).error();
  return Error(ErrorCode::unavailable,
               fmt::format("the store says that '{}' exists and does not serve it", entry.key));
}

Result<Sending> send_until_known(Store& store, const ComposedEntry& entry,
                                 const std::function<bool()>& give_up,
                                 const std::function<void(const std::string&)>& note) {
  using std::chrono::milliseconds;
  std::minstd_rand random(std::random_device{}());
  for (int attempt = 0;; ++attempt) {
    auto sending = send_entry(store, entry);
    if (sending) return sending;
    const bool can_mend = sending.error().code() == ErrorCode::unavailable;
    if (!can_mend || give_up())
      return std::move(sending).error().while_doing("appending to the log");
    if (attempt == 0)
      note(fmt::format("cannot append to the log ({}); trying again", sending.error().message()));
    const int longest = std::min(1000, 20 << std::min(attempt, 6));
    std::uniform_int_distribution<int> pause(longest / 2, longest);
    std::this_thread::sleep_for(milliseconds(pause(random)));
  }
}

Result<void> for_each_entry(Store& store, const std::string& environment,
                            const std::function<void(const Entry&, const Digest&)>& visit) {
  return walk_entries(store, environment, 1,
                      [&](std::uint64_t seq, std::optional<std::string> bytes) -> Result<bool> {
                        if (!bytes) return false;
                        auto entry = decode_entry(*bytes);
                        if (!entry)
                          return std::move(entry).error().while_doing(
                              fmt::format("'{}'", log_key(environment, seq)));
                        visit(*entry, Digest::of(*bytes));
                        return true;
                      });
}

Result<void> require_open(const RecordedState& state) {
  if (!state.closed) return {};
  const Closing& closing = *state.closed;
  return Error(ErrorCode::conflict,
               fmt::format("the log of environment '{}' was closed by {} at {} ({}); it goes on in "
                           "'{}', and nothing is recorded here any more",
                           state.environment, closing.word.who, describe_minute(closing.word.time),
                           closing.word.why, closing.to))
      .with_hint(fmt::format("name '{}' as the state store under 'stores:' in "
                             "environments/{}.yaml",
                             closing.to, state.environment));
}

namespace {

Result<void> append_as_decided(Store& store, LogReading& reading, const Writer& writer,
                               const OperatorDecision& decide) {
  constexpr auto kDecisionPatience = std::chrono::seconds(30);
  for (;;) {
    if (auto confirmed = confirm_head(store, reading.state); !confirmed) return confirmed;
    auto events = decide(reading.state);
    if (!events) return std::move(events).error();
    const ComposedEntry entry =
        compose_entry(reading.state, writer, wall_now(), *std::move(events));
    const BootTime deadline = boot_now() + kDecisionPatience;
    auto sending = send_until_known(
        store, entry, [deadline] { return boot_now() > deadline; }, [](const std::string&) {});
    if (!sending) return std::move(sending).error();
    if (std::holds_alternative<Landed>(*sending)) {
      auto folded = fold_bytes(store, reading, entry.bytes);
      if (!folded) return std::move(folded).error();
      return {};
    }
    if (auto read = catch_up(store, reading); !read) return read;
  }
}

}  // namespace

Result<void> append_decision(Store& store, LogReading& reading, const Writer& writer,
                             const OperatorDecision& decide) {
  return append_as_decided(store, reading, writer,
                           [&](const RecordedState& state) -> Result<std::vector<Event>> {
                             if (auto open = require_open(state); !open)
                               return std::move(open).error();
                             return decide(state);
                           });
}

Result<void> append_opening(Store& store, LogReading& reading, const Writer& writer,
                            const LogOpened& opening) {
  return append_as_decided(store, reading, writer,
                           [&](const RecordedState& state) -> Result<std::vector<Event>> {
                             if (state.closed) return std::vector<Event>{opening};
                             return Error(ErrorCode::stale, "the log is open");
                           });
}

}  // namespace cemli
