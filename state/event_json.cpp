#include "state/event_json.h"

#include <limits>

namespace cemli {

using nlohmann::json;

OrderedJson or_null(const std::optional<Digest>& digest) {
  return digest ? OrderedJson(digest->hex()) : OrderedJson(nullptr);
}

OrderedJson or_null(const std::optional<Timestamp>& time) {
  return time ? OrderedJson(format_timestamp(*time)) : OrderedJson(nullptr);
}

OrderedJson or_null(const std::optional<ObjectReference>& reference) {
  return reference ? json_of(*reference) : OrderedJson(nullptr);
}

OrderedJson json_of(const ObjectReference& reference) {
  return {{"key", reference.key}, {"sha256", reference.digest.hex()}};
}

OrderedJson json_of(const std::vector<Address>& addresses) {
  OrderedJson list = OrderedJson::array();
  for (const Address& address : addresses) list.push_back(address.text());
  return list;
}

OrderedJson json_of(const RunCounts& counts) {
  return {{"succeeded", counts.succeeded}, {"failed", counts.failed},
          {"error", counts.error},         {"interrupted", counts.interrupted},
          {"blocked", counts.blocked},     {"not_started", counts.not_started}};
}

OrderedJson json_of(const std::vector<UsedApproval>& approvals) {
  OrderedJson list = OrderedJson::array();
  for (const UsedApproval& approval : approvals) {
    list.push_back({{"principal", approval.principal},
                    {"key", approval.key},
                    {"statement", json_of(approval.statement)}});
  }
  return list;
}

OrderedJson json_of(const RunStarted& started) {
  const Holder& holder = started.holder;
  return {{"run", started.run},
          {"commit", or_null(started.commit)},
          {"desired", started.desired.hex()},
          {"policy", started.policy.hex()},
          {"plan", started.plan.hex()},
          {"why", started.why},
          {"lease", format_duration(started.lease)},
          {"holder",
           {{"boot_id", holder.boot_id},
            {"pid_namespace", holder.pid_namespace},
            {"pid", holder.process.pid},
            {"start_time", holder.process.start_time},
            {"warden_pid", holder.warden.pid},
            {"warden_start_time", holder.warden.start_time}}},
          {"approvals", json_of(started.approvals)}};
}

OrderedJson json_of(const Writer& writer) {
  return {{"run", or_null(writer.run)},
          {"host", writer.host},
          {"authenticated", or_null(writer.authenticated)},
          {"claimed", or_null(writer.claimed)},
          {"version", writer.version}};
}

OrderedJson json_of(const Identity& identity) {
  return {{"address", identity.address.text()}, {"version", identity.version},
          {"content", identity.content.hex()},  {"parameters", json_of(identity.parameters)},
          {"rerun_on", identity.rerun_on},      {"identity", identity.digest().hex()}};
}

Parameters read_parameters(JsonReader& reader, std::string_view name) {
  Parameters parameters;
  const json& object = reader.any(name);
  if (!object.is_object()) {
    reader.fail(name, "expected an object");
    return parameters;
  }
  for (const auto& item : object.items()) {
    if (auto value = parameter_value_of(item.value())) {
      parameters.emplace(item.key(), *std::move(value));
    } else {
      reader.fail(name, "expected strings, numbers of 64 bits, booleans and lists of these");
    }
  }
  return parameters;
}

std::map<std::string, std::string> read_rerun_on(JsonReader& reader) {
  std::map<std::string, std::string> rerun_on;
  const json& object = reader.any("rerun_on");
  if (!object.is_object()) {
    reader.fail("rerun_on", "expected an object of strings");
    return rerun_on;
  }
  for (const auto& item : object.items()) {
    if (item.value().is_string()) {
      rerun_on.emplace(item.key(), item.value());
    } else {
      reader.fail("rerun_on", "expected an object of strings");
    }
  }
  return rerun_on;
}

std::optional<ObjectReference> read_reference(JsonReader& reader, std::string_view name) {
  auto object = reader.optional_object(name);
  if (!object) return std::nullopt;
  ObjectReference reference{object->text("key"), object->digest("sha256")};
  object->finish();
  return reference;
}

RunCounts read_counts(JsonReader& reader, std::string_view name) {
  JsonReader object = reader.object(name);
  RunCounts counts{object.number("succeeded"), object.number("failed"),
                   object.number("error"),     object.number("interrupted"),
                   object.number("blocked"),   object.number("not_started")};
  object.finish();
  return counts;
}

namespace {

std::chrono::milliseconds read_duration(JsonReader& reader, std::string_view name) {
  if (auto duration = parse_duration(reader.text(name))) return *duration;
  reader.fail(name, "expected a duration");
  return {};
}

ProcessId read_process(JsonReader& reader, std::string_view pid, std::string_view start_time) {
  const std::uint64_t number = reader.number(pid);
  if (number > static_cast<std::uint64_t>(std::numeric_limits<pid_t>::max()))
    reader.fail(pid, "expected a process number");
  return {static_cast<pid_t>(number), reader.number(start_time)};
}

}  // namespace

std::vector<UsedApproval> read_approvals(JsonReader& reader, std::string_view name) {
  std::vector<UsedApproval> approvals;
  for (JsonReader& object : reader.objects(name)) {
    UsedApproval approval{object.text("principal"), object.text("key"), {"", Digest::of("")}};
    if (auto statement = read_reference(object, "statement")) {
      approval.statement = *std::move(statement);
    } else {
      object.fail("statement", "expected an object");
    }
    object.finish();
    approvals.push_back(std::move(approval));
  }
  return approvals;
}

RunStarted read_run_started(JsonReader& reader) {
  RunStarted started{reader.text("run"),
                     reader.optional_text("commit"),
                     reader.digest("desired"),
                     reader.digest("policy"),
                     reader.digest("plan"),
                     reader.text("why"),
                     read_duration(reader, "lease"),
                     {}};
  JsonReader holder = reader.object("holder");
  started.holder = {holder.text("boot_id"), holder.text("pid_namespace"),
                    read_process(holder, "pid", "start_time"),
                    read_process(holder, "warden_pid", "warden_start_time")};
  holder.finish();
  started.approvals = read_approvals(reader, "approvals");
  return started;
}

Writer read_writer(JsonReader reader) {
  Writer writer{reader.optional_text("run"), reader.text("host"),
                reader.optional_text("authenticated"), reader.optional_text("claimed"),
                reader.text("version")};
  reader.finish();
  return writer;
}

Identity read_identity(JsonReader& reader) {
  Identity identity{reader.address("address"), reader.text("version"), reader.digest("content"),
                    read_parameters(reader, "parameters"), read_rerun_on(reader)};
  if (reader.digest("identity") != identity.digest())
    reader.fail("identity", "is not the digest of the address, version, content and parameters");
  return identity;
}

}  // namespace cemli
