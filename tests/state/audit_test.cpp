#include "state/audit.h"

#include <catch2/catch.hpp>

#include "state/approval_store.h"
#include "state/base/ssh_signature.h"
#include "state/checkpoint.h"
#include "state/evidence.h"
#include "state/log.h"
#include "state/object_names.h"
#include "state/state_copy.h"
#include "tests/support/forgery.h"
#include "tests/support/long_tests.h"
#include "tests/support/memory_store.h"
#include "tests/support/sample_log.h"
#include "tests/support/signing_keys.h"

namespace cemli {
namespace {

using test::address_of;
using test::byte_stride;
using test::MemoryStore;
using test::moment;
using test::operator_jane;
using test::written_by;

/// As much of a plan as the audit reads.
std::string plan_json() {
  return with_checksum(R"({"digest":")" + Digest::of("plan").hex() + "\"}\n");
}

/// What one environment has recorded: a run that did one package, with evidence and a checkpoint,
/// and an operator's word after it.
struct Recorded {
  MemoryStore state;
  MemoryStore results;
  LogReading log;

  Recorded() {
    log.state.environment = "dev";
    append(written_by("r"), {test::run_started("r")});
    put("dev/runs/r/plan.json", plan_json());
    put_rules("r");
    append(written_by("r"), {test::started("a", 1)});
    put("dev/runs/r/a/1/files.zip", "PK, and more");
    PackageFinished finished = test::finished("a", 1, OutcomeKind::succeeded);
    finished.evidence = put("dev/runs/r/a/1/result.json", encode_attempt(attempt()));
    append(written_by("r"), {finished});
    RunFinished end = test::run_finished("r");
    end.result = put("dev/runs/r/result.json", encode_run_result(result()));
    append(written_by("r"), {end});
    if (!write_checkpoint(state, log)) FAIL("the checkpoint was not written");
    append(operator_jane(), {PackageTainted{address_of("a"), "?"}});
  }

  void append(const Writer& writer, std::vector<Event> events) {
    Entry entry{"a1b2c3", "dev", log.state.seq() + 1, {}, moment(0),
                writer,   "n",   std::move(events)};
    if (log.state.head) entry.prev = log.state.head->digest;
    append_bytes(encode_entry(entry));
  }

  void append_bytes(const std::string& bytes) {
    state.objects[log_key("dev", log.state.seq() + 1)] = bytes;
    REQUIRE(fold_bytes(state, log, bytes));
  }

  ObjectReference put(const std::string& key, const std::string& bytes) {
    results.objects[key] = bytes;
    return {key, Digest::of(bytes)};
  }

  /// A run by rules that let these sign, whole.
  void run_by(const RunId& run, const std::string& signers, std::vector<UsedApproval> approvals,
              bool converged = false) {
    const std::string policy =
        R"({"allowed_signers":")" + Digest::of(signers).hex() + R"(","policy":{}})";
    RunStarted event = test::run_started(run);
    event.policy = Digest::of(policy);
    event.approvals = std::move(approvals);
    append(written_by(run), {event});
    put(policy_key("dev", run), policy);
    put(allowed_signers_key("dev", run), signers);
    RunFinished end = test::run_finished(run);
    end.converged = converged;
    append(written_by(run), {end});
  }

  void put_rules(const RunId& run) {
    put(policy_key("dev", run), test::sample_policy());
    put(allowed_signers_key("dev", run), test::kSampleSigners);
  }

  [[nodiscard]] ObjectReference reference(const std::string& key) const {
    return {key, Digest::of(results.objects.at(key))};
  }

  [[nodiscard]] AttemptEvidence attempt() const {
    AttemptEvidence evidence{address_of("a"),
                             1,
                             "r",
                             "dev",
                             ActionKind::run,
                             OutcomeKind::succeeded,
                             "",
                             moment(1),
                             moment(3),
                             test::identity_of("a"),
                             "",
                             "",
                             Digest::of("zip"),
                             "",
                             {},
                             "",
                             "",
                             {},
                             std::nullopt,
                             Digest::of("plan"),
                             reference("dev/runs/r/a/1/files.zip"),
                             {}};
    return evidence;
  }

  [[nodiscard]] RunResult result() const {
    return {"r",
            "dev",
            "a1b2c3",
            "succeeded",
            "",
            std::nullopt,
            Digest::of("desired"),
            Digest::of("plan"),
            moment(0),
            moment(9),
            {},
            "",
            "",
            "",
            *log.state.head,
            reference("dev/runs/r/plan.json"),
            {}};
  }

  [[nodiscard]] AuditReport audit(std::vector<Anchor> anchors = {}) {
    auto report = audit_environment(state, results, "dev", std::move(anchors));
    if (!report) FAIL(report.error().message());
    return *std::move(report);
  }

  /// The head, as somebody has seen it.
  [[nodiscard]] Anchor anchor() const { return {*log.state.head, "an e-mail"}; }
};

bool audit_names(const AuditReport& report, const std::string& object) {
  for (const Finding& finding : report.findings) {
    if (finding.object == object || finding.what.find("'" + object + "'") != std::string::npos)
      return true;
  }
  return false;
}

using Findings = std::vector<Finding>;

void check_every_altered_byte(Recorded& recorded, MemoryStore& store) {
  const std::vector<Anchor> anchors{recorded.anchor()};
  for (auto& [key, bytes] : store.objects) {
    for (std::size_t at = 0; at < bytes.size(); at += byte_stride(1)) {
      char& byte = bytes[at];
      byte = static_cast<char>(byte ^ 1);
      const AuditReport report = recorded.audit(anchors);
      byte = static_cast<char>(byte ^ 1);
      if (!audit_names(report, key)) FAIL(key << " at byte " << at);
    }
  }
  CHECK(recorded.audit(anchors).findings == Findings{});
}

const std::string kLog = "dev/log/0000000000000000000";

/// An approval by jane, kept beside a record; joe has a key, too.
struct KeptByJane {
  test::SigningKeys keys;
  std::string plan = plan_json();
  ApprovalStatement statement{
      "dev",        "a1b2c3",  std::nullopt, Digest::of("plan"), Digest::of(plan),
      std::nullopt, moment(0), std::nullopt};
  std::string bytes = encode_approval(statement);
  Recorded recorded;
  std::string key;

  KeptByJane() {
    const auto signature = make_signature(bytes, keys.make("jane"), kApprovalNamespace);
    key = keep_approval(recorded.results, statement, plan, signature.value()).value();
    static_cast<void>(keys.make("joe"));
  }

  [[nodiscard]] UsedApproval approval() const {
    return {"jane@example.com", keys.fingerprint("jane"), {key, Digest::of(bytes)}};
  }
  /// What `allowed_signers` says of one of them.
  [[nodiscard]] std::string line_of(const std::string& name) const {
    return name + "@example.com " + keys.public_key(name) + "\n";
  }
};

}  // namespace

TEST_CASE("an environment that recorded nothing has nothing wrong") {
  MemoryStore state;
  MemoryStore results;
  const auto report = audit_environment(state, results, "dev", {});
  REQUIRE(report);
  CHECK(report->findings.empty());
  CHECK_FALSE(report->head);
  CHECK_FALSE(report->log);
  CHECK(report->entries == 0);
}

TEST_CASE("a sound record is counted, and nothing is found") {
  Recorded recorded;
  const AuditReport report = recorded.audit({recorded.anchor()});
  CHECK(report.findings == Findings{});
  CHECK(report.environment == "dev");
  CHECK(report.log == "a1b2c3");
  CHECK(report.head == recorded.log.state.head);
  CHECK(report.entries == 5);
  CHECK(report.checkpoints == 1);
  CHECK(report.runs == 1);
  CHECK(report.attempts == 1);
  CHECK(report.objects == 6);
}

TEST_CASE("one altered byte of the log or a checkpoint is found, and its object named") {
  Recorded recorded;
  check_every_altered_byte(recorded, recorded.state);
}

TEST_CASE("one altered byte of the evidence is found, and its object named") {
  Recorded recorded;
  check_every_altered_byte(recorded, recorded.results);
}

TEST_CASE("one removed object of the log or of the evidence is found and named") {
  Recorded recorded;
  const std::vector<Anchor> anchors{recorded.anchor()};
  int removed = 0;
  for (MemoryStore* store : {&recorded.state, &recorded.results}) {
    const auto whole = store->objects;
    for (const auto& [key, bytes] : whole) {
      // A checkpoint is made from the log, and may be left out.
      if (seq_of_checkpoint_key("dev", key)) continue;
      store->objects.erase(key);
      const AuditReport report = recorded.audit(anchors);
      store->objects = whole;
      INFO(key);
      CHECK(audit_names(report, key));
      ++removed;
    }
  }
  CHECK(removed == 11);
}

TEST_CASE("one cut or added byte at an object's end is found") {
  Recorded recorded;
  const std::vector<Anchor> anchors{recorded.anchor()};
  for (MemoryStore* store : {&recorded.state, &recorded.results}) {
    for (auto& [key, bytes] : store->objects) {
      const std::string whole = bytes;
      INFO(key);
      bytes.pop_back();
      CHECK(audit_names(recorded.audit(anchors), key));
      bytes = whole + " ";
      CHECK(audit_names(recorded.audit(anchors), key));
      bytes.clear();
      CHECK(audit_names(recorded.audit(anchors), key));
      bytes = whole;
    }
  }
}

TEST_CASE("a cut tail is found against an anchor, and only against one") {
  Recorded recorded;
  const Anchor anchor = recorded.anchor();
  recorded.state.objects.erase(kLog + "5.json");
  CHECK(recorded.audit().findings == Findings{});
  CHECK(recorded.audit({anchor}).findings ==
        Findings{{kLog + "5.json", "missing, but an e-mail has seen it: the log's tail is cut"}});
  // A checkpoint is an anchor, too.
  recorded.state.objects.erase(kLog + "4.json");
  CHECK(recorded.audit().findings ==
        Findings{{"dev/checkpoints/99999999999999999995.json",
                  "made from entry 4, which the log does not have: its tail is cut"}});
}

TEST_CASE("a forged last entry is found against an anchor") {
  Recorded recorded;
  const Anchor anchor = recorded.anchor();
  std::string& bytes = recorded.state.objects.at(kLog + "5.json");
  bytes = test::forged(bytes, R"("why":"?")", R"("why":"!")");
  CHECK(recorded.audit().findings == Findings{});
  CHECK(recorded.audit({anchor}).findings ==
        Findings{{kLog + "5.json", "altered: an e-mail has seen it with another digest"}});
}

TEST_CASE("a run's result is an anchor for the entries before it") {
  Recorded recorded;
  RunResult result = recorded.result();
  result.head = {2, Digest::of("another history")};
  const Entry last = *decode_entry(recorded.state.objects.at(kLog + "4.json"));
  RunFinished end = std::get<RunFinished>(last.events.front());
  end.result = recorded.put("dev/runs/r/result.json", encode_run_result(result));
  // The log itself is consistent: it was written anew from entry 4 on.
  Entry rewritten = last;
  rewritten.events = {end};
  recorded.state.objects[kLog + "4.json"] = encode_entry(rewritten);
  recorded.state.objects.erase(kLog + "5.json");
  recorded.state.objects.erase("dev/checkpoints/99999999999999999995.json");
  CHECK(recorded.audit().findings ==
        Findings{
            {kLog + "2.json", "altered: dev/runs/r/result.json has seen it with another digest"}});
}

TEST_CASE("a checkpoint that is not the fold of its entries is named") {
  Recorded recorded;
  RecordedState state = recorded.log.state;
  const auto at_four =
      decode_checkpoint(recorded.state.objects.at("dev/checkpoints/99999999999999999995.json"));
  REQUIRE(at_four);
  state = *at_four;
  state.addresses.at(address_of("a")).status = Status::failed;
  recorded.state.objects["dev/checkpoints/99999999999999999995.json"] = encode_checkpoint(state);
  CHECK(recorded.audit().findings ==
        Findings{{"dev/checkpoints/99999999999999999995.json", "not the fold of entries 1 to 4"}});
}

TEST_CASE("an entry that its writer may not write is named") {
  Recorded recorded;
  Entry foreign{"a1b2c3",  "dev",           6,   recorded.log.state.head->digest,
                moment(0), written_by("r"), "n", {Heartbeat{}}};
  recorded.state.objects[kLog + "6.json"] = encode_entry(foreign);
  CHECK(recorded.audit().findings ==
        Findings{{kLog + "6.json", "log entry 6: written by r, which is not the active run"}});
}

TEST_CASE("an entry with a number far beyond the last one is named, and the rest still read") {
  Recorded recorded;
  const std::string far = "dev/log/18446744073709551615.json";
  recorded.state.objects[far] = recorded.state.objects.at(kLog + "5.json");
  const AuditReport report = recorded.audit();
  CHECK(audit_names(report, far));
  CHECK(audit_names(report, kLog + "6.json"));
  CHECK(report.entries == 6);
}

TEST_CASE("what has no place in the store is named") {
  Recorded recorded;
  recorded.state.objects[kLog + "0.json"] = "";
  recorded.state.objects["dev/log/notes.txt"] = "";
  recorded.state.objects["dev/checkpoints/latest.json"] = "";
  recorded.results.objects["dev/runs/r/b/1/result.json"] = "{}";
  recorded.results.objects["dev/runs/unknown/result.json"] = "{}";
  CHECK(recorded.audit().findings ==
        Findings{{"dev/checkpoints/latest.json", "not a checkpoint's name"},
                 {kLog + "0.json", "not a log entry's name"},
                 {"dev/log/notes.txt", "not a log entry's name"},
                 {"dev/runs/r/b/1/result.json", "the log knows nothing of it"},
                 {"dev/runs/unknown/result.json", "the log knows nothing of it"}});
}

TEST_CASE("evidence of an attempt that the log knows as started is not an error") {
  Recorded recorded;
  recorded.append(written_by("r2"), {test::run_started("r2")});
  recorded.put("dev/runs/r2/plan.json", plan_json());
  recorded.put_rules("r2");
  recorded.append(written_by("r2"), {test::started("a", 2)});
  CHECK(recorded.audit().findings == Findings{});
  recorded.put("dev/runs/r2/a/2/files.zip", "half a zip");
  recorded.put("dev/runs/r2/a/2/result.json", "{}");
  recorded.put("dev/runs/r2/result.json", "{}");
  CHECK(recorded.audit().findings == Findings{});
  recorded.append(operator_jane(), {RunAbandoned{"r2", "machine lost"}});
  CHECK(recorded.audit().findings == Findings{});
  recorded.put("dev/runs/r2/a/3/result.json", "{}");
  CHECK(recorded.audit().findings ==
        Findings{{"dev/runs/r2/a/3/result.json", "the log knows nothing of it"}});
}

TEST_CASE("a run that started a package must have the plan it recorded") {
  Recorded recorded;
  recorded.append(written_by("r2"), {test::run_started("r2")});
  CHECK(recorded.audit().findings == Findings{});
  recorded.append(written_by("r2"), {test::started("a", 2)});
  CHECK(recorded.audit().findings ==
        Findings{{"dev/runs/r2/policy.json", "missing"}, {"dev/runs/r2/plan.json", "missing"}});
  recorded.put_rules("r2");
  for (const char* plan : {"{}", "[]", "", R"({"digest":null})", R"({"digest":"ab"})"}) {
    recorded.put("dev/runs/r2/plan.json", plan);
    CHECK(recorded.audit().findings ==
          Findings{{"dev/runs/r2/plan.json", "not the plan whose digest the run recorded"}});
  }
  recorded.put("dev/runs/r2/plan.json", plan_json() + " ");
  CHECK(recorded.audit().findings ==
        Findings{{"dev/runs/r2/plan.json", "altered: its checksum is not that of its bytes"}});
}

TEST_CASE("a run's rules are those whose digest it recorded, with the files that they name") {
  Recorded recorded;
  const std::string signers = allowed_signers_key("dev", "r");
  const std::string rules = policy_key("dev", "r");
  recorded.results.objects.erase(signers);
  CHECK(recorded.audit().findings == Findings{{signers, "missing"}});
  recorded.put(revoked_keys_key("dev", "r"), "");
  CHECK(audit_names(recorded.audit(), revoked_keys_key("dev", "r")));
  recorded.results.objects.erase(revoked_keys_key("dev", "r"));
  recorded.put_rules("r");
  recorded.results.objects[rules] = R"({"allowed_signers":null,"policy":{}})";
  CHECK(audit_names(recorded.audit(), rules));
  // Nothing vouches for them any more.
  CHECK(audit_names(recorded.audit(), signers));
}

TEST_CASE("what approvers signed is checked by its digest, and the signature by the run's rules") {
  KeptByJane given;
  Recorded& recorded = given.recorded;
  const std::string& key = given.key;
  recorded.run_by("r2", given.line_of("jane") + given.line_of("joe"), {given.approval()});
  CHECK(recorded.audit().findings == Findings{});
  const std::string text = reference_of_plan(given.statement).key;
  for (const std::string& object : {key, signature_key(key), text}) {
    std::string& kept = recorded.results.objects.at(object);
    const std::string whole = kept;
    kept[kept.size() / 2] = static_cast<char>(kept[kept.size() / 2] ^ 1);
    CHECK(audit_names(recorded.audit(), object));
    recorded.results.objects.erase(object);
    CHECK(audit_names(recorded.audit(), object));
    recorded.results.objects[object] = whole;
  }
  // Good, but another's.
  recorded.results.objects.at(signature_key(key)) =
      make_signature(given.bytes, given.keys.folder() / "joe", kApprovalNamespace).value();
  CHECK(audit_names(recorded.audit(), signature_key(key)));
}

TEST_CASE("who may sign by the rules that had converged before may still, and no longer after") {
  KeptByJane given;
  Recorded& recorded = given.recorded;
  recorded.run_by("r2", given.line_of("jane"), {}, true);
  recorded.run_by("r3", given.line_of("joe"), {given.approval()}, true);
  CHECK(recorded.audit().findings == Findings{});
  recorded.run_by("r4", given.line_of("joe"), {given.approval()});
  CHECK(audit_names(recorded.audit(), signature_key(given.key)));
}

TEST_CASE("an approval for another log, or of another plan than was shown, is named") {
  const test::SigningKeys keys;
  for (const auto& [log, plan, is_text] :
       {std::tuple("another", "plan", false), std::tuple("a1b2c3", "another plan", true)}) {
    const std::string text = plan_json();
    const ApprovalStatement statement{
        "dev",        log,       std::nullopt, Digest::of(plan), Digest::of(text),
        std::nullopt, moment(0), std::nullopt};
    Recorded recorded;
    const std::string key = keep_approval(recorded.results, statement, text, "?").value();
    RunStarted run = test::run_started("r2");
    run.approvals = {
        {"jane@example.com", "SHA256:?", {key, Digest::of(encode_approval(statement))}}};
    recorded.append(written_by("r2"), {run});
    recorded.append(written_by("r2"), {test::run_finished("r2")});
    CHECK(audit_names(recorded.audit(), is_text ? reference_of_plan(statement).key : key));
  }
}

TEST_CASE("a copied state that is missing or altered is named") {
  Recorded recorded;
  RecordedState other = recorded.log.state;
  other.environment = "prod";
  const auto copy = write_state_copy(recorded.state, "dev", other);
  REQUIRE(copy);
  recorded.append(operator_jane(), {EnvironmentRefreshed{"prod", other.head->seq,
                                                         other.head->digest, *copy, "cloned"}});
  CHECK(recorded.audit().findings == Findings{});
  recorded.state.objects.at(copy->key) += " ";
  CHECK(recorded.audit().findings ==
        Findings{{copy->key, "altered: its digest is not the recorded one"}});
  recorded.state.objects.erase(copy->key);
  CHECK(recorded.audit().findings == Findings{{copy->key, "missing, although the log names it"}});
}

}  // namespace cemli
