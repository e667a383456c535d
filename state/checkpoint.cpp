#include "state/checkpoint.h"

#include <fmt/format.h>

#include <cassert>
#include <nlohmann/json.hpp>
#include <utility>

#include "state/base/checksum.h"
#include "state/base/json_reader.h"
#include "state/event_json.h"

namespace cemli {
namespace {

using cemli::json_of;

constexpr std::uint64_t kCheckpointFormat = 1;

OrderedJson json_of(const OperatorWord& word) {
  return {{"who", word.who}, {"why", word.why}, {"time", format_timestamp(word.time)}};
}

OrderedJson word_or_null(const std::optional<OperatorWord>& word) {
  return word ? json_of(*word) : OrderedJson(nullptr);
}

OperatorWord read_word_of(JsonReader& reader) {
  OperatorWord word{reader.text("who"), reader.text("why"), reader.timestamp("time")};
  reader.finish();
  return word;
}

std::optional<OperatorWord> read_optional_word(JsonReader& reader, std::string_view name) {
  auto object = reader.optional_object(name);
  if (!object) return std::nullopt;
  return read_word_of(*object);
}

OrderedJson json_of(const Success& success) {
  return {{"identity", json_of(success.identity)},
          {"run", or_null(success.run)},
          {"attempt", or_null(success.attempt)},
          {"end", format_timestamp(success.end)},
          {"duration_ms", success.duration ? OrderedJson(success.duration->count()) : nullptr},
          {"evidence", or_null(success.evidence)},
          {"depends_on", json_of(success.depends_on)},
          {"abilities", success.abilities}};
}

Identity read_identity_object(JsonReader& reader) {
  JsonReader object = reader.object("identity");
  Identity identity = read_identity(object);
  object.finish();
  return identity;
}

std::optional<std::chrono::milliseconds> read_duration_ms(JsonReader& reader) {
  const auto count = reader.optional_integer("duration_ms");
  if (!count) return std::nullopt;
  return std::chrono::milliseconds(*count);
}

std::optional<Success> read_success(JsonReader& reader, std::string_view name) {
  auto object = reader.optional_object(name);
  if (!object) return std::nullopt;
  Success success{read_identity_object(*object),      object->optional_text("run"),
                  object->optional_number("attempt"), object->timestamp("end"),
                  read_duration_ms(*object),          read_reference(*object, "evidence"),
                  object->addresses("depends_on"),    object->texts("abilities")};
  object->finish();
  return success;
}

OrderedJson json_of(const Attempt& attempt) {
  return {{"number", attempt.number},
          {"run", attempt.run},
          {"action", word_of(attempt.action)},
          {"identity", json_of(attempt.identity)},
          {"depends_on", json_of(attempt.depends_on)},
          {"abilities", attempt.abilities},
          {"started_seq", attempt.started_seq},
          {"started", format_timestamp(attempt.started)},
          {"ended", or_null(attempt.ended)},
          {"summary", attempt.summary},
          {"evidence", or_null(attempt.evidence)},
          {"done", attempt.done}};
}

OrderedJson attempt_or_null(const std::optional<Attempt>& attempt) {
  return attempt ? json_of(*attempt) : OrderedJson(nullptr);
}

std::optional<Attempt> read_attempt(JsonReader& reader, std::string_view name) {
  auto object = reader.optional_object(name);
  if (!object) return std::nullopt;
  Attempt attempt{object->number("number"),
                  object->text("run"),
                  read_word(*object, "action", action_kind_of, ActionKind::run),
                  read_identity_object(*object),
                  object->addresses("depends_on"),
                  object->texts("abilities"),
                  object->number("started_seq"),
                  object->timestamp("started"),
                  object->optional_timestamp("ended"),
                  object->text("summary"),
                  read_reference(*object, "evidence"),
                  object->texts("done")};
  object->finish();
  return attempt;
}

OrderedJson json_of(const Address& address, const AddressRecord& record) {
  OrderedJson hold = nullptr;
  if (record.hold)
    hold = {{"identity", record.hold->identity.hex()}, {"word", json_of(record.hold->word)}};
  return {{"address", address.text()},
          {"status", word_of(record.status)},
          {"attempts", record.attempts},
          {"word", word_or_null(record.word)},
          {"resolution", record.resolution ? OrderedJson(word_of(*record.resolution)) : nullptr},
          {"tainted_seq", record.tainted_seq},
          {"tainted_as", word_of(record.tainted_as)},
          {"last_success", record.last_success ? json_of(*record.last_success) : nullptr},
          {"last_attempt", attempt_or_null(record.last_attempt)},
          {"status_before", word_of(record.status_before)},
          {"attempt_before", attempt_or_null(record.attempt_before)},
          {"hold", std::move(hold)}};
}

std::optional<Resolution> read_resolution(JsonReader& reader) {
  const auto word = reader.optional_text("resolution");
  if (!word) return std::nullopt;
  const auto resolution = resolution_of(*word);
  if (!resolution) reader.fail("resolution", "expected succeeded, failed, retry or null");
  return resolution;
}

/// Whether there is what a status is about. Folding takes it for granted, as entries see to it.
bool has_ground(Status status, const std::optional<Success>& success,
                const std::optional<Attempt>& attempt) {
  switch (status) {
    case Status::not_started:
      return true;
    case Status::succeeded:
    case Status::tainted:
    case Status::drifted:
      return success.has_value();
    case Status::running:
    case Status::failed:
    case Status::error:
    case Status::interrupted:
    case Status::rolled_back:
      return attempt.has_value();
  }
  return false;
}

void check_statuses(JsonReader& reader, const AddressRecord& record,
                    const std::optional<ActiveRun>& active_run) {
  const bool is_running = record.status == Status::running;
  if (is_running && !active_run) reader.fail("status", "running without an active run");
  if (!has_ground(record.status, record.last_success, record.last_attempt))
    reader.fail("status", "nothing is recorded that it could be about");
  if (record.tainted_as != Status::tainted && record.tainted_as != Status::drifted)
    reader.fail("tainted_as", "expected tainted or drifted");
  if (record.status_before == Status::running ||
      !has_ground(record.status_before, record.last_success, record.attempt_before))
    reader.fail("status_before", "nothing is recorded that it could be about");
}

AddressRecord read_record(JsonReader& reader) {
  AddressRecord record;
  record.status = read_word(reader, "status", status_of, Status::error);
  record.attempts = reader.number("attempts");
  record.word = read_optional_word(reader, "word");
  record.resolution = read_resolution(reader);
  record.tainted_seq = reader.number("tainted_seq");
  record.tainted_as = read_word(reader, "tainted_as", status_of, Status::tainted);
  record.last_success = read_success(reader, "last_success");
  record.last_attempt = read_attempt(reader, "last_attempt");
  record.status_before = read_word(reader, "status_before", status_of, Status::error);
  record.attempt_before = read_attempt(reader, "attempt_before");
  if (auto hold = reader.optional_object("hold")) {
    const Digest identity = hold->digest("identity");
    JsonReader word = hold->object("word");
    record.hold = Hold{identity, read_word_of(word)};
    hold->finish();
  }
  return record;
}

OrderedJson json_of(const ActiveRun& active) {
  return {{"started", json_of(active.started)},
          {"started_seq", active.started_seq},
          {"last_seq", active.last_seq},
          {"start", format_timestamp(active.start)},
          {"writer", json_of(active.writer)}};
}

std::optional<ActiveRun> read_active_run(JsonReader& reader) {
  auto object = reader.optional_object("active_run");
  if (!object) return std::nullopt;
  JsonReader started = object->object("started");
  ActiveRun active{read_run_started(started), object->number("started_seq"),
                   object->number("last_seq"), object->timestamp("start"),
                   read_writer(object->object("writer"))};
  started.finish();
  object->finish();
  return active;
}

OrderedJson json_of(const LastRun& run) {
  return {{"run", run.run},
          {"outcome", run.outcome},
          {"counts", json_of(run.counts)},
          {"start", format_timestamp(run.start)},
          {"end", format_timestamp(run.end)},
          {"commit", or_null(run.commit)},
          {"why", run.why},
          {"who", run.who},
          {"result", or_null(run.result)}};
}

std::optional<LastRun> read_last_run(JsonReader& reader) {
  auto object = reader.optional_object("last_run");
  if (!object) return std::nullopt;
  LastRun run{
      object->text("run"),        object->text("outcome"),  read_counts(*object, "counts"),
      object->timestamp("start"), object->timestamp("end"), object->optional_text("commit"),
      object->text("why"),        object->text("who"),      read_reference(*object, "result")};
  object->finish();
  return run;
}

OrderedJson json_of(const Convergence& converged) {
  return {{"desired", converged.desired.hex()},
          {"policy", converged.policy.hex()},
          {"commit", or_null(converged.commit)},
          {"run", converged.run}};
}

std::optional<Convergence> read_convergence(JsonReader& reader) {
  auto object = reader.optional_object("converged");
  if (!object) return std::nullopt;
  Convergence converged{object->digest("desired"), object->digest("policy"),
                        object->optional_text("commit"), object->text("run")};
  object->finish();
  return converged;
}

OrderedJson closing_or_null(const std::optional<Closing>& closed) {
  if (!closed) return nullptr;
  return {{"to", closed->to}, {"word", json_of(closed->word)}};
}

std::optional<Closing> read_closing(JsonReader& reader) {
  auto object = reader.optional_object("closed");
  if (!object) return std::nullopt;
  std::string to = object->text("to");
  JsonReader word = object->object("word");
  Closing closing{std::move(to), read_word_of(word)};
  object->finish();
  return closing;
}

RecordedState read_state(JsonReader& reader) {
  reader.expect_format(kCheckpointFormat);
  RecordedState state;
  state.environment = reader.text("environment");
  state.log = reader.optional_text("log");
  state.head = Head{reader.number("seq"), reader.digest("entry")};
  state.active_run = read_active_run(reader);
  state.last_run = read_last_run(reader);
  state.suspension = read_optional_word(reader, "suspension");
  state.converged = read_convergence(reader);
  state.closed = read_closing(reader);
  if (state.closed && state.active_run) reader.fail("closed", "closed while a run is active");
  for (JsonReader& line : reader.objects("addresses")) {
    Address address = line.address("address");
    AddressRecord record = read_record(line);
    check_statuses(line, record, state.active_run);
    line.finish();
    if (!state.addresses.empty() && !(state.addresses.rbegin()->first < address))
      line.fail("address", "expected addresses in their order, each once");
    state.addresses.emplace_hint(state.addresses.end(), std::move(address), std::move(record));
  }
  static_cast<void>(reader.digest("checksum"));
  reader.finish();
  return state;
}

}  // namespace

bool CheckpointDebt::is_due() const {
  constexpr std::uint64_t kMostEntries = 200;
  return entries > kMostEntries || entries_size > checkpoint_size;
}

std::string encode_checkpoint(const RecordedState& state) {
  assert(state.head);
  OrderedJson addresses = OrderedJson::array();
  for (const auto& [address, record] : state.addresses)
    addresses.push_back(json_of(address, record));
  return with_checksum(
      dump_line({{"format", kCheckpointFormat},
                 {"environment", state.environment},
                 {"log", or_null(state.log)},
                 {"seq", state.head->seq},
                 {"entry", state.head->digest.hex()},
                 {"active_run", state.active_run ? json_of(*state.active_run) : nullptr},
                 {"last_run", state.last_run ? json_of(*state.last_run) : nullptr},
                 {"suspension", word_or_null(state.suspension)},
                 {"converged", state.converged ? json_of(*state.converged) : nullptr},
                 {"closed", closing_or_null(state.closed)},
                 {"addresses", std::move(addresses)}}));
}

Result<RecordedState> decode_checkpoint(std::string_view bytes) {
  auto state = read_document(bytes, read_state);
  if (!state) return state;
  if (auto checked = check_checksum(bytes); !checked) return std::move(checked).error();
  return state;
}

}  // namespace cemli
