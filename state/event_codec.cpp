#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "state/base/checksum.h"
#include "state/base/json_reader.h"
#include "state/event.h"
#include "state/event_json.h"

namespace cemli {
namespace {

using nlohmann::json;

OrderedJson typed(std::string_view type, OrderedJson members) {
  OrderedJson event{{"type", type}};
  event.update(members);
  return event;
}

OrderedJson word_on(std::string_view type, const Address& address, const std::string& why) {
  return {{"type", type}, {"address", address.text()}, {"why", why}};
}

OrderedJson members_of(const PackageFinished& e) {
  return {{"address", e.address.text()},        {"attempt", e.attempt},
          {"outcome", word_of(e.outcome)},      {"summary", e.summary},
          {"start", format_timestamp(e.start)}, {"end", format_timestamp(e.end)},
          {"evidence", or_null(e.evidence)}};
}

/// One overload an event; `std::visit` refuses to compile when one is missing.
struct EventWriter {
  OrderedJson operator()(const RunStarted& e) const { return typed("run.started", json_of(e)); }
  OrderedJson operator()(const RunFinished& e) const {
    return {{"type", "run.finished"},   {"run", e.run},
            {"outcome", e.outcome},     {"counts", json_of(e.counts)},
            {"converged", e.converged}, {"result", or_null(e.result)}};
  }
  OrderedJson operator()(const RunAbandoned& e) const {
    return {{"type", "run.abandoned"}, {"run", e.run}, {"why", e.why}};
  }
  OrderedJson operator()(const Heartbeat& /*e*/) const { return {{"type", "heartbeat"}}; }
  OrderedJson operator()(const PackageStarted& e) const {
    OrderedJson event = typed("package.started", json_of(e.identity));
    event["action"] = word_of(e.action);
    event["attempt"] = e.attempt;
    event["depends_on"] = json_of(e.depends_on);
    event["abilities"] = e.abilities;
    event["done"] = e.done;
    return event;
  }
  OrderedJson operator()(const StepFinished& e) const {
    return {{"type", "step.finished"},
            {"address", e.address.text()},
            {"attempt", e.attempt},
            {"step", e.step}};
  }
  OrderedJson operator()(const PackageFinished& e) const {
    return typed("package.finished", members_of(e));
  }
  OrderedJson operator()(const PackageReported& e) const {
    OrderedJson event = typed("package.reported", members_of(e.end));
    event["run"] = e.run;
    return event;
  }
  OrderedJson operator()(const PackageResolved& e) const {
    return {{"type", "package.resolved"}, {"address", e.address.text()},         {"run", e.run},
            {"attempt", e.attempt},       {"resolution", word_of(e.resolution)}, {"why", e.why}};
  }
  OrderedJson operator()(const PackageForgotten& e) const {
    return word_on("package.forgotten", e.address, e.why);
  }
  OrderedJson operator()(const PackageTainted& e) const {
    return word_on("package.tainted", e.address, e.why);
  }
  OrderedJson operator()(const PackageDrifted& e) const {
    return word_on("package.drifted", e.address, e.why);
  }
  OrderedJson operator()(const PackageHeld& e) const {
    OrderedJson event = word_on("package.held", e.address, e.why);
    event["identity"] = e.identity.hex();
    return event;
  }
  OrderedJson operator()(const PackageReleased& e) const {
    return word_on("package.released", e.address, e.why);
  }
  OrderedJson operator()(const EnvironmentSuspended& e) const {
    return {{"type", "environment.suspended"}, {"why", e.why}};
  }
  OrderedJson operator()(const EnvironmentResumed& e) const {
    return {{"type", "environment.resumed"}, {"why", e.why}};
  }
  OrderedJson operator()(const PackageAdopted& e) const {
    OrderedJson event = typed("package.adopted", json_of(e.identity));
    event["depends_on"] = json_of(e.depends_on);
    event["abilities"] = e.abilities;
    event["why"] = e.why;
    return event;
  }
  OrderedJson operator()(const PackageMoved& e) const {
    OrderedJson renamed = nullptr;
    if (e.renamed)
      renamed = {{"version", e.renamed->version}, {"content", e.renamed->content.hex()}};
    return {{"type", "package.moved"},
            {"from", e.from.text()},
            {"to", e.to.text()},
            {"renamed", std::move(renamed)},
            {"why", e.why}};
  }
  OrderedJson operator()(const EnvironmentRefreshed& e) const {
    return {{"type", "environment.refreshed"}, {"from", e.from},          {"seq", e.seq},
            {"entry", e.entry.hex()},          {"copy", json_of(e.copy)}, {"why", e.why}};
  }
  OrderedJson operator()(const LogClosed& e) const {
    return {{"type", "log.closed"}, {"to", e.to}, {"why", e.why}};
  }
  OrderedJson operator()(const LogOpened& e) const {
    return {{"type", "log.opened"}, {"from", e.from}, {"at", e.at}, {"why", e.why}};
  }
};

PackageStarted read_package_started(JsonReader& r) {
  Identity identity = read_identity(r);
  return {read_word(r, "action", action_kind_of, ActionKind::run),
          r.number("attempt"),
          std::move(identity),
          r.addresses("depends_on"),
          r.texts("abilities"),
          r.texts("done")};
}

PackageFinished read_package_finished(JsonReader& r) {
  return {r.address("address"),
          r.number("attempt"),
          read_word(r, "outcome", outcome_kind_of, OutcomeKind::error),
          r.text("summary"),
          r.timestamp("start"),
          r.timestamp("end"),
          read_reference(r, "evidence")};
}

PackageAdopted read_package_adopted(JsonReader& r) {
  Identity identity = read_identity(r);
  return {std::move(identity), r.addresses("depends_on"), r.texts("abilities"), r.text("why")};
}

PackageMoved read_package_moved(JsonReader& r) {
  PackageMoved moved{r.address("from"), r.address("to"), std::nullopt, r.text("why")};
  if (auto renamed = r.optional_object("renamed")) {
    moved.renamed = RenamedContent{renamed->text("version"), renamed->digest("content")};
    renamed->finish();
  }
  return moved;
}

EnvironmentRefreshed read_environment_refreshed(JsonReader& r) {
  std::string from = r.text("from");
  const std::uint64_t seq = r.number("seq");
  const Digest entry = r.digest("entry");
  JsonReader copy = r.object("copy");
  ObjectReference reference{copy.text("key"), copy.digest("sha256")};
  copy.finish();
  return {std::move(from), seq, entry, std::move(reference), r.text("why")};
}

Event read_event(JsonReader& r) {
  const std::string type = r.text("type");
  if (type == "run.started") return read_run_started(r);
  if (type == "run.finished") {
    return RunFinished{r.text("run"), r.text("outcome"), read_counts(r, "counts"),
                       r.boolean("converged"), read_reference(r, "result")};
  }
  if (type == "run.abandoned") return RunAbandoned{r.text("run"), r.text("why")};
  if (type == "heartbeat") return Heartbeat{};
  if (type == "package.started") return read_package_started(r);
  if (type == "package.finished") return read_package_finished(r);
  if (type == "package.reported") {
    PackageFinished end = read_package_finished(r);
    return PackageReported{r.text("run"), std::move(end)};
  }
  if (type == "package.resolved") {
    return PackageResolved{r.address("address"), r.text("run"), r.number("attempt"),
                           read_word(r, "resolution", resolution_of, Resolution::retry),
                           r.text("why")};
  }
  if (type == "step.finished")
    return StepFinished{r.address("address"), r.number("attempt"), r.text("step")};
  if (type == "package.forgotten") return PackageForgotten{r.address("address"), r.text("why")};
  if (type == "package.tainted") return PackageTainted{r.address("address"), r.text("why")};
  if (type == "package.drifted") return PackageDrifted{r.address("address"), r.text("why")};
  if (type == "package.held")
    return PackageHeld{r.address("address"), r.digest("identity"), r.text("why")};
  if (type == "package.released") return PackageReleased{r.address("address"), r.text("why")};
  if (type == "environment.suspended") return EnvironmentSuspended{r.text("why")};
  if (type == "environment.resumed") return EnvironmentResumed{r.text("why")};
  if (type == "package.adopted") return read_package_adopted(r);
  if (type == "package.moved") return read_package_moved(r);
  if (type == "environment.refreshed") return read_environment_refreshed(r);
  if (type == "log.closed") return LogClosed{r.text("to"), r.text("why")};
  if (type == "log.opened") return LogOpened{r.text("from"), r.text("at"), r.text("why")};
  r.fail("type", fmt::format("'{}' is unknown to this version of cemli", type));
  return Heartbeat{};
}

constexpr std::uint64_t kEntryFormat = 1;

Entry read_entry(JsonReader& r) {
  r.expect_format(kEntryFormat);
  JsonReader writer = r.object("writer");
  std::string nonce = writer.text("nonce");
  Entry entry{r.text("log"),       r.text("environment"),
              r.number("seq"),     r.optional_digest("prev"),
              r.timestamp("time"), read_writer(std::move(writer)),
              std::move(nonce),    {}};
  entry.events = read_events(r, "events");
  if (entry.events.empty()) r.fail("events", "expected at least one event");
  static_cast<void>(r.digest("checksum"));
  r.finish();
  return entry;
}

}  // namespace

std::size_t encoded_size(const Event& event) {
  return dump_line(std::visit(EventWriter{}, event)).size();
}

OrderedJson json_of(const std::vector<Event>& events) {
  OrderedJson array = OrderedJson::array();
  for (const Event& event : events) array.push_back(std::visit(EventWriter{}, event));
  return array;
}

std::vector<Event> read_events(JsonReader& r, std::string_view name) {
  std::vector<Event> events;
  for (JsonReader& event : r.objects(name)) {
    events.push_back(read_event(event));
    event.finish();
  }
  return events;
}

std::string encode_entry(const Entry& entry) {
  OrderedJson writer = json_of(entry.writer);
  writer["nonce"] = entry.nonce;
  return with_checksum(dump_line({{"format", kEntryFormat},
                                  {"log", entry.log},
                                  {"environment", entry.environment},
                                  {"seq", entry.seq},
                                  {"prev", or_null(entry.prev)},
                                  {"time", format_timestamp(entry.time)},
                                  {"writer", std::move(writer)},
                                  {"events", json_of(entry.events)}}));
}

Result<Entry> decode_entry(std::string_view bytes) {
  auto entry = read_document(bytes, read_entry);
  if (!entry) return entry;
  if (auto checked = check_checksum(bytes); !checked) return std::move(checked).error();
  return entry;
}

}  // namespace cemli
