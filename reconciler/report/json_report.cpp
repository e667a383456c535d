#include "reconciler/report/json_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "reconciler/report/status_text.h"
#include "state/base/dump_json.h"

namespace cemli {
namespace {

using nlohmann::ordered_json;

constexpr int kReportFormat = 1;

/// Bytes that are not UTF-8 (in what an operator wrote, say) are replaced.
std::string text_of(const ordered_json& value, int indent) {
  return value.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json json_of(const std::optional<Timestamp>& time) {
  return time ? ordered_json(format_timestamp(*time)) : ordered_json(nullptr);
}

ordered_json json_of(const std::optional<OperatorWord>& word) {
  if (!word) return nullptr;
  return {{"who", word->who}, {"why", word->why}, {"time", format_timestamp(word->time)}};
}

ordered_json json_of(const std::optional<Closing>& closed) {
  if (!closed) return nullptr;
  ordered_json object = json_of(std::optional(closed->word));
  object["to"] = closed->to;
  return object;
}

ordered_json json_of(const std::optional<Hold>& hold) {
  if (!hold) return nullptr;
  ordered_json object = json_of(std::optional(hold->word));
  object["identity"] = hold->identity.hex();
  return object;
}

ordered_json json_of(const std::optional<ObjectReference>& object) {
  if (!object) return nullptr;
  return {{"key", object->key}, {"sha256", object->digest.hex()}};
}

ordered_json json_of(const std::vector<Address>& addresses) {
  ordered_json texts = ordered_json::array();
  for (const Address& address : addresses) texts.push_back(address.text());
  return texts;
}

ordered_json json_of(const Identity& identity) {
  return {{"digest", identity.digest().hex()},
          {"version", identity.version},
          {"content", identity.content.hex()},
          {"parameters", cemli::json_of(identity.parameters)},
          {"rerun_on", identity.rerun_on}};
}

ordered_json json_of(const std::optional<Head>& head) {
  if (!head) return {{"seq", 0}, {"entry", nullptr}};
  return {{"seq", head->seq}, {"entry", head->digest.hex()}};
}

ordered_json json_of(const RunCounts& counts) {
  return {{"succeeded", counts.succeeded}, {"failed", counts.failed},
          {"error", counts.error},         {"interrupted", counts.interrupted},
          {"blocked", counts.blocked},     {"not_started", counts.not_started}};
}

ordered_json line_of(const Address& address, const AddressRecord& record) {
  const std::string version = version_of(record);
  ordered_json line{{"address", address.text()},
                    {"status", word_of(record.status)},
                    {"version", version.empty() ? ordered_json(nullptr) : ordered_json(version)},
                    {"run", or_null(run_of(record))},
                    {"since", json_of(since_of(record))},
                    {"attempts", record.attempts},
                    {"summary", nullptr},
                    {"succeeded_version", nullptr},
                    {"held", record.hold.has_value()}};
  if (record.last_attempt && !record.last_attempt->summary.empty())
    line["summary"] = record.last_attempt->summary;
  if (record.last_success) line["succeeded_version"] = record.last_success->identity.version;
  return line;
}

ordered_json json_of(const std::optional<ActiveRun>& active) {
  if (!active) return nullptr;
  return {{"run", active->started.run},
          {"commit", or_null(active->started.commit)},
          {"plan", active->started.plan.hex()},
          {"start", format_timestamp(active->start)},
          {"who", display_name(active->writer)},
          {"host", active->writer.host},
          {"pid", active->started.holder.process.pid},
          {"lease", format_duration(active->started.lease)}};
}

ordered_json json_of(const std::optional<LastRun>& last) {
  if (!last) return nullptr;
  return {{"run", last->run},
          {"outcome", last->outcome},
          {"commit", or_null(last->commit)},
          {"start", format_timestamp(last->start)},
          {"end", format_timestamp(last->end)},
          {"who", last->who},
          {"why", last->why},
          {"counts", json_of(last->counts)},
          {"result", json_of(last->result)}};
}

ordered_json json_of(const std::optional<Convergence>& converged) {
  if (!converged) return nullptr;
  return {{"run", converged->run},
          {"commit", or_null(converged->commit)},
          {"desired", converged->desired.hex()},
          {"policy", converged->policy.hex()}};
}

ordered_json json_of(const std::optional<Attempt>& attempt) {
  if (!attempt) return nullptr;
  return {{"attempt", attempt->number},
          {"run", attempt->run},
          {"action", word_of(attempt->action)},
          {"start", format_timestamp(attempt->started)},
          {"end", json_of(attempt->ended)},
          {"summary", attempt->summary},
          {"identity", json_of(attempt->identity)},
          {"evidence", json_of(attempt->evidence)}};
}

ordered_json json_of(const std::optional<Success>& success) {
  if (!success) return nullptr;
  return {{"attempt", or_null(success->attempt)},
          {"run", or_null(success->run)},
          {"end", format_timestamp(success->end)},
          {"seconds", success->duration
                          ? ordered_json(std::chrono::duration<double>(*success->duration).count())
                          : ordered_json(nullptr)},
          {"identity", json_of(success->identity)},
          {"depends_on", json_of(success->depends_on)},
          {"abilities", success->abilities},
          {"evidence", json_of(success->evidence)}};
}

/// `members` and, behind them, the addresses, one a line: a tree of all of them would be large.
std::string with_packages(const ordered_json& members, const RecordedState& recorded) {
  std::string text = text_of(members, 2);
  text.erase(text.size() - 2);
  text += ",\n  \"packages\": [";
  const char* separator = "\n    ";
  bool is_empty = true;
  for (const auto& [address, record] : recorded.addresses) {
    if (!is_listed(record)) continue;
    is_empty = false;
    text += std::exchange(separator, ",\n    ");
    text += text_of(line_of(address, record), -1);
  }
  return text + (is_empty ? "]\n}\n" : "\n  ]\n}\n");
}

}  // namespace

std::string state_list_json(const RecordedState& recorded) {
  return with_packages(
      {{"format", kReportFormat}, {"environment", recorded.environment}, {"seq", recorded.seq()}},
      recorded);
}

std::string status_json(const RecordedState& recorded) {
  return with_packages({{"format", kReportFormat},
                        {"environment", recorded.environment},
                        {"seq", recorded.seq()},
                        {"log", or_null(recorded.log)},
                        {"head", json_of(recorded.head)},
                        {"suspended", json_of(recorded.suspension)},
                        {"closed", json_of(recorded.closed)},
                        {"active_run", json_of(recorded.active_run)},
                        {"last_run", json_of(recorded.last_run)},
                        {"converged", json_of(recorded.converged)}},
                       recorded);
}

std::string state_show_json(const RecordedState& recorded, const Address& address) {
  const AddressRecord& record = recorded.addresses.at(address);
  ordered_json package = line_of(address, record);
  package["held"] = json_of(record.hold);
  package["word"] = json_of(record.word);
  package["last_attempt"] = json_of(record.last_attempt);
  package["last_success"] = json_of(record.last_success);
  const ordered_json document{{"format", kReportFormat},
                              {"environment", recorded.environment},
                              {"seq", recorded.seq()},
                              {"package", std::move(package)}};
  return text_of(document, 2) + "\n";
}

}  // namespace cemli
