#include "reconciler/report/history_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "reconciler/report/wording.h"

namespace cemli {
namespace {

using nlohmann::ordered_json;

/// What a word is, whom it is about, and why it was said.
struct Saying {
  std::string type;
  std::string text;  ///< such as "tainted"; it stands before the addresses
  std::vector<std::string> addresses = {};
  std::string why;
};

/// One overload an event that stands in an operator's entry.
struct SayingOf {
  Saying operator()(const PackageTainted& e) const { return about("tainted", e); }
  Saying operator()(const PackageDrifted& e) const { return about("drifted", e); }
  Saying operator()(const PackageForgotten& e) const { return about("forgotten", e); }
  Saying operator()(const PackageHeld& e) const { return about("held", e); }
  Saying operator()(const PackageReleased& e) const { return about("released", e); }
  Saying operator()(const PackageResolved& e) const {
    Saying saying = about("resolved", e);
    saying.text = fmt::format("attempt {} resolved as {}:", e.attempt, word_of(e.resolution));
    return saying;
  }
  Saying operator()(const PackageReported& e) const {
    return {"package.reported",
            fmt::format("attempt {} reported as {}:", e.end.attempt, word_of(e.end.outcome)),
            {e.end.address.text()},
            fmt::format("run {} could not record it", e.run)};
  }
  Saying operator()(const PackageAdopted& e) const {
    return {"package.adopted",
            "adopted",
            {fmt::format("{} {}", e.identity.address.text(), e.identity.version)},
            e.why};
  }
  Saying operator()(const PackageMoved& e) const {
    return {"package.moved", "moved", {fmt::format("{} to {}", e.from.text(), e.to.text())}, e.why};
  }
  Saying operator()(const EnvironmentSuspended& e) const {
    return {"environment.suspended", "suspended", {}, e.why};
  }
  Saying operator()(const EnvironmentResumed& e) const {
    return {"environment.resumed", "resumed", {}, e.why};
  }
  Saying operator()(const EnvironmentRefreshed& e) const {
    return {"environment.refreshed",
            fmt::format("refreshed from {} at its log entry {}", e.from, e.seq),
            {},
            e.why};
  }
  Saying operator()(const LogClosed& e) const {
    return {"log.closed", fmt::format("closed, to go on in {}", printable(e.to)), {}, e.why};
  }
  Saying operator()(const LogOpened& e) const {
    return {"log.opened",
            fmt::format("opened in {}, moved from {}", printable(e.at), printable(e.from)),
            {},
            e.why};
  }
  Saying operator()(const RunAbandoned& e) const {
    return {"run.abandoned", fmt::format("run {} set aside", e.run), {}, e.why};
  }
  /// What only runs write.
  template <typename Other>
  Saying operator()(const Other& /*e*/) const {
    return {"other", "something else", {}, ""};
  }

 private:
  template <typename AboutAddress>
  static Saying about(std::string text, const AboutAddress& e) {
    std::string type = "package." + text;
    return {std::move(type), std::move(text), {e.address.text()}, e.why};
  }
};

Saying saying_of(const WordPassage& passage) {
  Saying saying = std::visit(SayingOf{}, passage.events.front());
  for (std::size_t i = 1; i < passage.events.size(); ++i) {
    for (std::string& address : std::visit(SayingOf{}, passage.events[i]).addresses)
      saying.addresses.push_back(std::move(address));
  }
  return saying;
}

/// The cells behind time and entry, and what stands below them.
struct Told {
  Cell what;
  Cell outcome;
  std::vector<std::string> below = {};
};

struct TellText {
  const Passage& passage;

  Told operator()(const RunPassage& run) const {
    Told told{Cell{"run " + run.run}, Cell{run.outcome, outcome_paint(run.outcome)}};
    if (!run.why.empty()) told.below.push_back(printable(run.why));
    if (run.outcome != "running" && run.outcome != "abandoned") {
      const std::string took =
          run.end ? ", after " + describe_duration(*run.end - passage.time) : "";
      told.below.push_back(describe_counts(run.counts) + took);
    }
    told.below.push_back(run.commit ? "commit " + abbreviated_commit(*run.commit)
                                    : "of a working tree");
    return told;
  }

  Told operator()(const AttemptPassage& attempt) const {
    Told told{Cell{fmt::format("attempt {}: {} {}", attempt.attempt, word_of(attempt.action),
                               attempt.version)},
              Cell{attempt.status, outcome_paint(attempt.status)}};
    if (!attempt.summary.empty()) told.below.push_back(printable(attempt.summary));
    told.below.push_back("in run " + attempt.run);
    return told;
  }

  Told operator()(const WordPassage& word) const {
    const Saying saying = saying_of(word);
    constexpr std::size_t kMostNamed = 5;
    std::string text = saying.text;
    if (saying.addresses.size() > kMostNamed) {
      text += " " + count_of(saying.addresses.size(), "package");
    } else if (!saying.addresses.empty()) {
      text += " " + joined(saying.addresses, ", ");
    }
    return {Cell{std::move(text)}, Cell{""}, {printable(saying.why)}};
  }
};

struct TellJson {
  ordered_json& line;

  void operator()(const RunPassage& run) const {
    line.update({{"kind", "run"},
                 {"run", run.run},
                 {"outcome", run.outcome},
                 {"counts",
                  {{"succeeded", run.counts.succeeded},
                   {"failed", run.counts.failed},
                   {"error", run.counts.error},
                   {"interrupted", run.counts.interrupted},
                   {"blocked", run.counts.blocked},
                   {"not_started", run.counts.not_started}}},
                 {"commit", run.commit ? ordered_json(*run.commit) : nullptr},
                 {"why", run.why},
                 {"end", run.end ? ordered_json(format_timestamp(*run.end)) : nullptr}});
  }

  void operator()(const AttemptPassage& attempt) const {
    line.update({{"kind", "attempt"},
                 {"run", attempt.run},
                 {"action", word_of(attempt.action)},
                 {"version", attempt.version},
                 {"attempt", attempt.attempt},
                 {"status", attempt.status},
                 {"summary", attempt.summary},
                 {"end", attempt.end ? ordered_json(format_timestamp(*attempt.end)) : nullptr}});
  }

  void operator()(const WordPassage& word) const {
    const Saying saying = saying_of(word);
    line.update({{"kind", "word"},
                 {"type", saying.type},
                 {"text", saying.text},
                 {"subjects", saying.addresses},
                 {"why", saying.why}});
  }
};

}  // namespace

std::string history_text(const EnvironmentHistory& history, const TextStyle& style) {
  if (history.passages.empty()) {
    return history.address
               ? fmt::format("Nothing was ever recorded of {}.\n", history.address->text())
               : std::string("Nothing was ever recorded.\n");
  }
  std::vector<Row> rows{Row{{Cell{"TIME", Paint::bold}, Cell{"ENTRY", Paint::bold},
                             Cell{"BY", Paint::bold}, Cell{"WHAT", Paint::bold}, Cell{""}}}};
  for (const Passage& passage : history.passages) {
    Told told = std::visit(TellText{passage}, passage.what);
    rows.push_back(
        Row{{Cell{describe_minute(passage.time)}, Cell{std::to_string(passage.seq)},
             Cell{printable(passage.who)}, std::move(told.what), std::move(told.outcome)},
            std::move(told.below)});
  }
  std::string text = aligned(rows, style, 0);
  if (history.left_out > 0)
    text += fmt::format("{} older not shown; --limit shows more.\n", history.left_out);
  return text;
}

std::string history_json(const EnvironmentHistory& history) {
  std::string text = fmt::format(
      "{{\n  \"format\": 1,\n  \"environment\": \"{}\",\n  \"address\": {},\n  \"left_out\": {},\n"
      "  \"passages\": [",
      history.environment,
      history.address ? fmt::format("\"{}\"", history.address->text()) : std::string("null"),
      history.left_out);
  const char* separator = "\n    ";
  for (const Passage& passage : history.passages) {
    ordered_json line{
        {"seq", passage.seq}, {"time", format_timestamp(passage.time)}, {"who", passage.who}};
    std::visit(TellJson{line}, passage.what);
    text += std::exchange(separator, ",\n    ");
    text += line.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  }
  return text + (history.passages.empty() ? "]\n}\n" : "\n  ]\n}\n");
}

}  // namespace cemli
