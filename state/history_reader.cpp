#include "state/history_reader.h"

#include <algorithm>
#include <utility>

#include "state/log.h"
#include "state/recorded_state.h"

namespace cemli {
namespace {

/// Whether a word about packages names the address.
struct Names {
  const Address& address;

  bool operator()(const PackageMoved& e) const { return e.from == address || e.to == address; }
  bool operator()(const PackageAdopted& e) const { return e.identity.address == address; }
  bool operator()(const PackageResolved& e) const { return e.address == address; }
  bool operator()(const PackageReported& e) const { return e.end.address == address; }
  bool operator()(const PackageForgotten& e) const { return e.address == address; }
  bool operator()(const PackageTainted& e) const { return e.address == address; }
  bool operator()(const PackageDrifted& e) const { return e.address == address; }
  bool operator()(const PackageHeld& e) const { return e.address == address; }
  bool operator()(const PackageReleased& e) const { return e.address == address; }
  template <typename Other>
  bool operator()(const Other& /*e*/) const {
    return false;
  }
};

bool is_about_environment(const Event& event) {
  return std::holds_alternative<EnvironmentSuspended>(event) ||
         std::holds_alternative<EnvironmentResumed>(event) ||
         std::holds_alternative<EnvironmentRefreshed>(event);
}

class HistoryCollector {
 public:
  explicit HistoryCollector(const std::optional<Address>& address) : address_(address) {}

  void visit(const Entry& entry) {
    for (const Event& event : entry.events) {
      if (address_) {
        follow_attempt(entry, event);
        if (std::visit(Names{*address_}, event) || is_about_environment(event))
          add_word(entry, event);
      } else {
        follow_run(entry, event);
        if (!entry.writer.run) add_word(entry, event);
      }
    }
  }

  std::vector<Passage> take() { return std::move(passages_); }

 private:
  template <typename What>
  What* last() {
    for (auto passage = passages_.rbegin(); passage != passages_.rend(); ++passage) {
      if (auto* what = std::get_if<What>(&passage->what)) return what;
    }
    return nullptr;
  }

  void add(const Entry& entry, decltype(Passage::what) what) {
    passages_.push_back(
        Passage{entry.seq, entry.time, display_name(entry.writer), std::move(what)});
  }

  void add_word(const Entry& entry, const Event& event) {
    if (!passages_.empty() && passages_.back().seq == entry.seq) {
      auto* word = std::get_if<WordPassage>(&passages_.back().what);
      if (word != nullptr && word->events.back().index() == event.index()) {
        word->events.push_back(event);
        return;
      }
    }
    add(entry, WordPassage{{event}});
  }

  void follow_run(const Entry& entry, const Event& event) {
    if (const auto* started = std::get_if<RunStarted>(&event)) {
      add(entry, RunPassage{started->run, "running", {}, started->commit, started->why, {}});
    } else if (const auto* finished = std::get_if<RunFinished>(&event)) {
      if (auto* run = last<RunPassage>()) {
        run->outcome = finished->outcome;
        run->counts = finished->counts;
        run->end = entry.time;
      }
    } else if (std::holds_alternative<RunAbandoned>(event)) {
      if (auto* run = last<RunPassage>()) {
        run->outcome = "abandoned";
        run->end = entry.time;
      }
    }
  }

  void follow_attempt(const Entry& entry, const Event& event) {
    auto* attempt = last<AttemptPassage>();
    const bool is_open = attempt != nullptr && attempt->status == "running";
    if (const auto* started = std::get_if<PackageStarted>(&event)) {
      if (started->identity.address != *address_) return;
      add(entry, AttemptPassage{entry.writer.run.value_or(""),
                                started->action,
                                started->identity.version,
                                started->attempt,
                                "running",
                                "",
                                {}});
    } else if (const auto* finished = std::get_if<PackageFinished>(&event)) {
      if (finished->address != *address_ || !is_open) return;
      attempt->status = word_of(finished->outcome);
      attempt->summary = finished->summary;
      attempt->end = finished->end;
    } else if (is_open && (std::holds_alternative<RunFinished>(event) ||
                           std::holds_alternative<RunAbandoned>(event))) {
      attempt->status = word_of(OutcomeKind::interrupted);
    }
  }

  const std::optional<Address>& address_;
  std::vector<Passage> passages_;
};

}  // namespace

Result<EnvironmentHistory> read_history(Store& state, const std::string& environment,
                                        const std::optional<Address>& address, std::size_t limit) {
  HistoryCollector collector(address);
  auto read = for_each_entry(
      state, environment,
      [&collector](const Entry& entry, const Digest& /*digest*/) { collector.visit(entry); });
  if (!read) return std::move(read).error();
  EnvironmentHistory history{environment, address, collector.take()};
  std::reverse(history.passages.begin(), history.passages.end());
  if (history.passages.size() > limit) {
    history.left_out = history.passages.size() - limit;
    history.passages.erase(history.passages.begin() + static_cast<std::ptrdiff_t>(limit),
                           history.passages.end());
  }
  return history;
}

}  // namespace cemli
