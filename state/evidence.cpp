#include "state/evidence.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "state/base/canonical_json.h"
#include "state/base/json_reader.h"
#include "state/base/parse_json.h"
#include "state/event_json.h"
#include "state/object_names.h"

namespace cemli {
namespace {

using nlohmann::json;

constexpr std::uint64_t kEvidenceFormat = 1;

/// The seed of the product's results says `success`; every other outcome has the log's word.
std::string_view status_word(OutcomeKind outcome) {
  return outcome == OutcomeKind::succeeded ? "success" : word_of(outcome);
}

std::optional<OutcomeKind> outcome_of_status(std::string_view word) {
  return word == "success" ? OutcomeKind::succeeded : outcome_kind_of(word);
}

OrderedJson json_of_stream(const StreamEvidence& stream) {
  return {{"text", stream.text},
          {"encoding", stream.replaced ? "replaced" : "utf-8"},
          {"size", stream.size},
          {"dropped", stream.dropped},
          {"file", or_null(stream.file)}};
}

StreamEvidence read_stream(JsonReader stream) {
  const std::string encoding = stream.text("encoding");
  if (encoding != "utf-8" && encoding != "replaced")
    stream.fail("encoding", "expected utf-8 or replaced");
  StreamEvidence evidence{stream.text("text"), encoding == "replaced", stream.number("size"),
                          stream.number("dropped"), stream.optional_text("file")};
  stream.finish();
  return evidence;
}

OrderedJson json_of_hit(const RuleHitEvidence& hit) {
  return {{"kind", hit.kind},
          {"rule", hit.rule},
          {"file", hit.file},
          {"line", hit.line},
          {"text", hit.text}};
}

RuleHitEvidence read_hit(JsonReader& reader) {
  RuleHitEvidence hit{reader.text("kind"), reader.text("rule"), reader.text("file"),
                      reader.number("line"), reader.text("text")};
  reader.finish();
  return hit;
}

OrderedJson json_of_step(const StepEvidence& step) {
  OrderedJson hits = OrderedJson::array();
  for (const RuleHitEvidence& hit : step.rule_hits) hits.push_back(json_of_hit(hit));
  return {{"step", step.step},
          {"name", step.part.empty() ? OrderedJson(nullptr) : OrderedJson(step.part)},
          {"try", step.try_number},
          {"program", step.program},
          {"args", step.args},
          {"ran", true},
          {"returncode", or_null(step.returncode)},
          {"signal", or_null(step.signal)},
          {"timed_out", step.timed_out},
          {"start", format_timestamp(step.start)},
          {"end", format_timestamp(step.end)},
          {"stdout", json_of_stream(step.out)},
          {"stderr", json_of_stream(step.err)},
          {"rule_hits", std::move(hits)},
          {"more_rule_hits", step.more_rule_hits}};
}

std::optional<int> read_int(JsonReader& reader, std::string_view name) {
  const auto value = reader.optional_integer(name);
  if (!value) return std::nullopt;
  const bool fits =
      *value >= std::numeric_limits<int>::min() && *value <= std::numeric_limits<int>::max();
  if (!fits) reader.fail(name, "expected a small integer or null");
  return static_cast<int>(*value);
}

StepEvidence read_step(JsonReader& reader) {
  StepEvidence step{reader.text("step"),
                    reader.text("program"),
                    reader.texts("args"),
                    read_int(reader, "returncode"),
                    read_int(reader, "signal"),
                    reader.boolean("timed_out"),
                    reader.timestamp("start"),
                    reader.timestamp("end"),
                    read_stream(reader.object("stdout")),
                    read_stream(reader.object("stderr"))};
  for (JsonReader& hit : reader.objects("rule_hits")) step.rule_hits.push_back(read_hit(hit));
  step.more_rule_hits = reader.number("more_rule_hits");
  step.part = reader.optional_text("name").value_or("");
  step.try_number = reader.number("try");
  static_cast<void>(reader.boolean("ran"));
  reader.finish();
  return step;
}

OrderedJson json_of_file(const EvidenceFile& file) {
  return {{"path", file.path}, {"size", file.size}, {"sha256", file.digest.hex()}};
}

OrderedJson json_of_runner(const std::map<std::string, Digest>& runner) {
  OrderedJson object = OrderedJson::object();
  for (const auto& [name, digest] : runner) object[name] = digest.hex();
  return object;
}

std::map<std::string, Digest> read_runner(JsonReader reader, const json& members) {
  std::map<std::string, Digest> runner;
  for (const auto& item : members.items()) runner.emplace(item.key(), reader.digest(item.key()));
  return runner;
}

std::map<std::string, std::string> read_texts(JsonReader reader, const json& members) {
  std::map<std::string, std::string> texts;
  for (const auto& item : members.items()) texts.emplace(item.key(), reader.text(item.key()));
  return texts;
}

AttemptEvidence read_attempt(JsonReader& r) {
  r.expect_format(kEvidenceFormat);
  const Address address = r.address("address");
  Identity identity{address, r.text("version"), r.digest("content_digest"),
                    read_parameters(r, "parameters"), read_rerun_on(r)};
  if (r.digest("identity") != identity.digest())
    r.fail("identity", "is not the digest of the address, version, content and parameters");
  if (r.text("object_version") != identity.version) r.fail("object_version", "is not the version");
  const json& manifest = r.any("manifest");
  AttemptEvidence evidence{address,
                           r.number("attempt"),
                           r.text("run_id"),
                           r.text("environment"),
                           read_word(r, "action", action_kind_of, ActionKind::run),
                           read_word(r, "status", outcome_of_status, OutcomeKind::error),
                           r.text("summary"),
                           r.timestamp("start"),
                           r.timestamp("end"),
                           std::move(identity),
                           r.text("source_bucket"),
                           r.text("source_object"),
                           r.digest("package_sha256"),
                           manifest.is_null() ? std::string() : canonical_json(manifest).value(),
                           {},
                           r.text("principal"),
                           r.text("host"),
                           read_runner(r.object("runner"), r.any("runner")),
                           r.optional_text("commit"),
                           r.digest("plan_digest"),
                           read_reference(r, "files_zip"),
                           {}};
  for (JsonReader& step : r.objects("execution")) evidence.execution.push_back(read_step(step));
  for (JsonReader& file : r.objects("files")) {
    evidence.files.push_back(
        EvidenceFile{file.text("path"), file.number("size"), file.digest("sha256")});
    file.finish();
  }
  evidence.secrets = read_texts(r.object("secrets"), r.any("secrets"));
  evidence.approvals = read_approvals(r, "approvals");
  r.finish();
  return evidence;
}

OrderedJson json_of_line(const RunResultLine& line) {
  return {{"address", line.address.text()},    {"action", word_of(line.action)},
          {"version", line.version},           {"status", line.status},
          {"attempt", line.attempt},           {"summary", line.summary},
          {"start", or_null(line.start)},      {"end", or_null(line.end)},
          {"evidence", or_null(line.evidence)}};
}

RunResultLine read_line(JsonReader& r) {
  RunResultLine line{r.address("address"),
                     read_word(r, "action", action_kind_of, ActionKind::run),
                     r.text("version"),
                     r.text("status"),
                     r.number("attempt"),
                     r.text("summary"),
                     r.optional_timestamp("start"),
                     r.optional_timestamp("end"),
                     read_reference(r, "evidence")};
  r.finish();
  return line;
}

RunResult read_run_result(JsonReader& r) {
  r.expect_format(kEvidenceFormat);
  RunResult result{r.text("run_id"),
                   r.text("environment"),
                   r.text("log"),
                   r.text("outcome"),
                   r.text("why"),
                   r.optional_text("commit"),
                   r.digest("desired"),
                   r.digest("plan_digest"),
                   r.timestamp("start"),
                   r.timestamp("end"),
                   read_counts(r, "counts"),
                   r.text("principal"),
                   r.text("host"),
                   r.text("version"),
                   {0, Digest::of("")},
                   {"", Digest::of("")},
                   {}};
  JsonReader head = r.object("head");
  result.head = {head.number("seq"), head.digest("entry")};
  head.finish();
  if (auto plan = read_reference(r, "plan")) {
    result.plan_object = *std::move(plan);
  } else {
    r.fail("plan", "expected an object");
  }
  for (JsonReader& line : r.objects("packages")) result.packages.push_back(read_line(line));
  result.store_retries = r.optional_number("store_retries").value_or(0);
  result.approvals = read_approvals(r, "approvals");
  r.finish();
  return result;
}

}  // namespace

std::string encode_attempt(const AttemptEvidence& e) {
  OrderedJson execution = OrderedJson::array();
  for (const StepEvidence& step : e.execution) execution.push_back(json_of_step(step));
  OrderedJson files = OrderedJson::array();
  for (const EvidenceFile& file : e.files) files.push_back(json_of_file(file));
  return dump_pretty(
      {{"format", kEvidenceFormat},
       {"address", e.address.text()},
       {"environment", e.environment},
       {"status", status_word(e.outcome)},
       {"summary", e.summary},
       {"action", word_of(e.action)},
       {"run_id", e.run},
       {"attempt", e.attempt},
       {"start", format_timestamp(e.start)},
       {"end", format_timestamp(e.end)},
       {"version", e.identity.version},
       {"source_bucket", e.source_bucket},
       {"source_object", e.source_object},
       {"object_version", e.identity.version},
       {"package_sha256", e.package_sha256.hex()},
       {"content_digest", e.identity.content.hex()},
       {"identity", e.identity.digest().hex()},
       {"parameters", json_of(e.identity.parameters)},
       {"rerun_on", e.identity.rerun_on},
       {"secrets", e.secrets},
       {"manifest", e.manifest.empty() ? OrderedJson(nullptr) : OrderedJson::parse(e.manifest)},
       {"execution", std::move(execution)},
       {"principal", e.principal},
       {"host", e.host},
       {"runner", json_of_runner(e.runner)},
       {"commit", or_null(e.commit)},
       {"plan_digest", e.plan.hex()},
       {"approvals", json_of(e.approvals)},
       {"files_zip", or_null(e.files_zip)},
       {"files", std::move(files)}});
}

Result<AttemptEvidence> decode_attempt(std::string_view bytes) {
  return read_document(bytes, read_attempt);
}

std::string encode_run_result(const RunResult& r) {
  OrderedJson packages = OrderedJson::array();
  for (const RunResultLine& line : r.packages) packages.push_back(json_of_line(line));
  return dump_pretty({{"format", kEvidenceFormat},
                      {"run_id", r.run},
                      {"environment", r.environment},
                      {"outcome", r.outcome},
                      {"why", r.why},
                      {"start", format_timestamp(r.start)},
                      {"end", format_timestamp(r.end)},
                      {"commit", or_null(r.commit)},
                      {"desired", r.desired.hex()},
                      {"plan_digest", r.plan.hex()},
                      {"plan", json_of(r.plan_object)},
                      {"counts", json_of(r.counts)},
                      {"principal", r.principal},
                      {"host", r.host},
                      {"version", r.version},
                      {"log", r.log},
                      {"head", {{"seq", r.head.seq}, {"entry", r.head.digest.hex()}}},
                      {"store_retries", r.store_retries},
                      {"approvals", json_of(r.approvals)},
                      {"packages", std::move(packages)}});
}

Result<RunResult> decode_run_result(std::string_view bytes) {
  return read_document(bytes, read_run_result);
}

Result<std::vector<ObjectReference>> read_policy_files(std::string_view policy,
                                                       const std::string& environment,
                                                       const RunId& run) {
  const auto document = parse_json(policy);
  if (!document) return Error(ErrorCode::corrupt, document.error().message());
  if (!document->is_object()) return Error(ErrorCode::corrupt, "no JSON object");
  std::vector<ObjectReference> files;
  for (const auto& [name, key] :
       {std::pair("allowed_signers", allowed_signers_key(environment, run)),
        std::pair("revoked_keys", revoked_keys_key(environment, run))}) {
    const auto member = document->find(name);
    if (member == document->end() || member->is_null()) continue;
    const auto digest = Digest::parse(member->is_string() ? member->get<std::string>() : "");
    if (!digest) return Error(ErrorCode::corrupt, fmt::format("/{}: expected a digest", name));
    files.push_back({key, *digest});
  }
  return files;
}

}  // namespace cemli
