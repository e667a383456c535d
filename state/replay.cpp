#include "state/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "state/base/file.h"
#include "state/object_names.h"
#include "state/store/write_once.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNeverStarted = "announced, and the run ended before its first program";

bool runs_attempt(const AddressRecord& record, const RunId& run, Status status) {
  return record.status == status && record.last_attempt->run == run;
}

/// Ends that nobody spooled are of attempts that were announced and started no program.
PackageFinished never_started(const Address& address, const AddressRecord& record) {
  const Attempt& attempt = *record.last_attempt;
  return {address,         attempt.number, OutcomeKind::not_started, kNeverStarted, attempt.started,
          attempt.started, std::nullopt};
}

/// The words of a run that is still active.
class OwnWords {
 public:
  OwnWords(const Spool& spool, const RecordedState& now) : spool_(spool), now_(now) {}

  std::vector<Event> from(const std::vector<Event>& unsent) {
    for (const Event& event : unsent) std::visit([this](const auto& e) { add(e); }, event);
    for (const auto& [address, record] : now_.addresses) {
      if (runs_attempt(record, spool_.run, Status::running) && !ended_.contains(address))
        events_.emplace_back(never_started(address, record));
    }
    if (end_) events_.emplace_back(*end_);
    return std::move(events_);
  }

 private:
  [[nodiscard]] const Attempt* running(const Address& address, std::uint64_t attempt) const {
    const auto found = now_.addresses.find(address);
    if (found == now_.addresses.end() || found->second.status != Status::running) return nullptr;
    const Attempt& last = *found->second.last_attempt;
    return last.number == attempt ? &last : nullptr;
  }

  void add(const StepFinished& e) {
    const Attempt* attempt = running(e.address, e.attempt);
    if (attempt == nullptr) return;
    if (std::find(attempt->done.begin(), attempt->done.end(), e.step) == attempt->done.end())
      events_.emplace_back(e);
  }
  void add(const PackageFinished& e) {
    if (running(e.address, e.attempt) == nullptr) return;
    ended_.insert(e.address);
    events_.emplace_back(e);
  }
  void add(const PackageForgotten& e) {
    const auto found = now_.addresses.find(e.address);
    const bool is_there = found != now_.addresses.end() &&
                          found->second.status != Status::not_started &&
                          found->second.status != Status::running;
    if (is_there) events_.emplace_back(e);
  }
  /// Whether it has converged was judged on what the run had read: a word that came since may have
  /// changed that.
  void add(const RunFinished& e) {
    end_ = e;
    const std::uint64_t own = spool_.unknown ? 1 : 0;
    end_->converged = e.converged && now_.seq() <= spool_.head.seq + own;
  }
  /// Starts that are not in the log started nothing.
  template <typename Other>
  void add(const Other& /*e*/) {}

  const Spool& spool_;
  const RecordedState& now_;
  std::vector<Event> events_;
  std::set<Address> ended_;
  std::optional<RunFinished> end_;
};

/// What there is to report of a run that was set aside.
std::vector<Event> reports(const Spool& spool, const std::vector<Event>& unsent,
                           const RecordedState& now, const SpoolAftermath& aftermath) {
  std::map<Address, PackageFinished> ends;
  for (const Event& event : unsent) {
    const auto* end = std::get_if<PackageFinished>(&event);
    if (end != nullptr && end->outcome != OutcomeKind::not_started)
      ends.insert_or_assign(end->address, *end);
  }
  for (const auto& [address, record] : now.addresses) {
    if (runs_attempt(record, spool.run, Status::interrupted) && !record.last_attempt->ended)
      ends.emplace(address, never_started(address, record));
  }
  std::vector<Event> events;
  for (auto& [address, end] : ends) {
    if (!aftermath.ended.contains({address, end.attempt}))
      events.emplace_back(PackageReported{spool.run, std::move(end)});
  }
  return events;
}

/// As many as one entry holds; what is left comes with the next.
void cut(std::vector<Event>& events) {
  std::size_t bytes = 0;
  const auto end = std::find_if(events.begin(), events.end(), [&bytes](const Event& event) {
    bytes += encoded_size(event);
    return bytes > kLargestBatch;
  });
  if (end != events.begin()) events.erase(end, events.end());
}

class Replay {
 public:
  Replay(fs::path folder, Spool spool, Store& state, Store& results, LogReading& reading,
         const Writer& writer)
      : folder_(std::move(folder)),
        spool_(std::move(spool)),
        state_(state),
        results_(results),
        reading_(reading),
        writer_(writer),
        unsent_(spool_.events),
        read_up_to_(spool_.head.seq) {}

  Result<Replayed> run() {
    if (auto read = catch_up(state_, reading_); !read) return std::move(read).error();
    // Where the log goes on, the spool is still this log's.
    if (auto open = require_open(reading_.state); !open) return std::move(open).error();
    if (auto same = check_head(); !same) return std::move(same).error();
    if (auto kept = keep_objects(); !kept) return std::move(kept).error();
    if (auto settled = settle_unknown(); !settled) return std::move(settled).error();
    Replayed replayed{spool_.run};
    for (;;) {
      auto said = say_next(replayed);
      if (!said) return std::move(said).error();
      if (!*said) break;
    }
    if (auto removed = remove_tree(folder_); !removed) return std::move(removed).error();
    return replayed;
  }

 private:
  /// The entry whose fate is unknown is sent again, byte for byte, until it or another one has its
  /// number; only in the second case its events are unsent.
  Result<void> settle_unknown() {
    if (!spool_.unknown) return {};
    const std::uint64_t seq = seq_of_unknown(spool_);
    const ComposedEntry entry{seq, log_key(spool_.environment, seq), *spool_.unknown};
    const BootTime deadline = boot_now() + std::chrono::seconds(30);
    auto sending = send_until_known(
        state_, entry, [deadline] { return boot_now() > deadline; }, [](const std::string&) {});
    if (!sending) return std::move(sending).error();
    if (std::holds_alternative<Overtaken>(*sending)) {
      auto decoded = decode_entry(*spool_.unknown);
      if (!decoded) return std::move(decoded).error();
      unsent_.insert(unsent_.begin(), decoded->events.begin(), decoded->events.end());
    }
    return catch_up(state_, reading_);
  }

  /// The log goes on from where the run knew it.
  Result<void> check_head() {
    const std::string key = log_key(spool_.environment, spool_.head.seq);
    auto bytes = state_.get(key);
    if (!bytes) return std::move(bytes).error();
    if (*bytes && Digest::of(**bytes) == spool_.head.digest) return {};
    return Error(ErrorCode::corrupt,
                 fmt::format("'{}' is not the entry that run {} knew: its log was cut or altered",
                             key, spool_.run))
        .with_hint("cemli audit verify -e " + spool_.environment);
  }

  Result<void> keep_objects() {
    for (const SpooledObject& object : spool_.objects) {
      auto bytes = read_spooled(folder_, object);
      if (!bytes) return std::move(bytes).error();
      if (auto written = write_once(results_, object.key, *bytes); !written) return written;
    }
    return {};
  }

  /// Appends one entry; false where there is nothing more to say.
  Result<bool> say_next(Replayed& replayed) {
    if (auto read = read_aftermath(); !read) return std::move(read).error();
    ReplayWords words = replay_words(spool_, unsent_, reading_.state, aftermath_);
    if (words.events.empty()) return false;
    cut(words.events);
    Writer writer = writer_;
    writer.run = words.as_run ? std::optional(spool_.run) : std::nullopt;
    const std::uint64_t decided_on = reading_.state.seq();
    // Where another entry comes first, everything is decided anew.
    auto appended = append_decision(state_, reading_, writer,
                                    [&](const RecordedState& now) -> Result<std::vector<Event>> {
                                      if (now.seq() == decided_on) return words.events;
                                      return Error(ErrorCode::stale, "the log has moved on");
                                    });
    if (!appended && appended.error().code() == ErrorCode::stale) return true;
    if (!appended) return std::move(appended).error();
    replayed.as_run = words.as_run;
    replayed.attempts += static_cast<std::size_t>(
        std::count_if(words.events.begin(), words.events.end(), [](const Event& event) {
          return std::holds_alternative<PackageFinished>(event) ||
                 std::holds_alternative<PackageReported>(event);
        }));
    return true;
  }

  /// What has come since it was read last.
  Result<void> read_aftermath() {
    for (; read_up_to_ < reading_.state.seq(); ++read_up_to_) {
      auto bytes = state_.get(log_key(spool_.environment, read_up_to_ + 1));
      if (!bytes) return std::move(bytes).error();
      auto entry = decode_entry(bytes->value_or(""));
      if (!entry) return std::move(entry).error();
      for (const Event& event : entry->events) add(event, entry->writer);
    }
    return {};
  }

  void add(const Event& event, const Writer& writer) {
    const bool is_own = writer.run == spool_.run;
    if (const auto* report = std::get_if<PackageReported>(&event)) {
      if (report->run == spool_.run)
        aftermath_.ended.emplace(report->end.address, report->end.attempt);
    } else if (const auto* end = std::get_if<PackageFinished>(&event); end != nullptr && is_own) {
      aftermath_.ended.emplace(end->address, end->attempt);
    } else if (std::holds_alternative<RunFinished>(event) && is_own) {
      aftermath_.is_finished = true;
    }
  }

  fs::path folder_;
  Spool spool_;
  Store& state_;
  Store& results_;
  LogReading& reading_;
  const Writer& writer_;
  std::vector<Event> unsent_;
  SpoolAftermath aftermath_;
  std::uint64_t read_up_to_;
};

}  // namespace

ReplayWords replay_words(const Spool& spool, const std::vector<Event>& unsent,
                         const RecordedState& now, const SpoolAftermath& aftermath) {
  if (aftermath.is_finished) return {};
  if (now.active_run && now.active_run->started.run == spool.run)
    return {OwnWords(spool, now).from(unsent), true};
  return {reports(spool, unsent, now, aftermath), false};
}

Result<Replayed> replay_spool(const fs::path& folder, Store& state, Store& results,
                              LogReading& reading, const Writer& writer) {
  auto spool = read_spool(folder);
  if (!spool) return std::move(spool).error().while_doing("reading a spool");
  if (spool->environment != reading.state.environment || spool->log != reading.state.log) {
    return Error(ErrorCode::corrupt, fmt::format("'{}' is of another log", folder.string()));
  }
  return Replay(folder, *std::move(spool), state, results, reading, writer).run();
}

}  // namespace cemli
