#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <set>

#include "state/object_names.h"
#include "tests/support/long_tests.h"
#include "tests/support/sample_log.h"
#include "tests/support/sample_record.h"

namespace cemli {
namespace {

using test::byte_stride;
using test::is_long;
using test::MemoryStore;
using test::SampleRecord;
using Texts = std::vector<std::string>;
using Keys = Texts;

bool names(const AuditReport& report, const std::string& object) {
  return std::any_of(report.findings.begin(), report.findings.end(), [&](const Finding& finding) {
    return finding.object == object || finding.what.find("'" + object + "'") != std::string::npos;
  });
}

/// Whether the audit names one of these.
bool is_seen(SampleRecord& record, const Keys& keys) {
  const AuditReport report = record.audit();
  return std::any_of(keys.begin(), keys.end(),
                     [&report](const std::string& key) { return names(report, key); });
}

Keys keys_of(const MemoryStore& store, std::string_view prefix = "") {
  Keys keys;
  for (const auto& [key, bytes] : store.objects) {
    if (key.starts_with(prefix)) keys.push_back(key);
  }
  return keys;
}

/// Flips a bit of every byte of the objects below a prefix; in the short form of one in thirteen.
/// Returns how many bytes there are.
std::size_t check_bytes(SampleRecord& record, MemoryStore& store, std::string_view prefix) {
  const std::size_t stride = byte_stride(is_long() ? 1 : 13);
  std::size_t size = 0;
  for (auto& [key, bytes] : store.objects) {
    if (!key.starts_with(prefix)) continue;
    size += bytes.size();
    for (std::size_t at = 0; at < bytes.size(); at += stride) {
      const char whole = bytes[at];
      bytes[at] = static_cast<char>(whole ^ (1 << (at % 8)));
      if (!is_seen(record, {key})) FAIL(key << " at byte " << at << ": " << bytes);
      bytes[at] = whole;
    }
  }
  REQUIRE(record.audit().findings.empty());
  return size;
}

/// The same alteration of each object of both stores, one at a time. Returns the objects whose
/// alteration is not seen.
template <typename Alter>
std::set<std::string> unseen(SampleRecord& record, const Alter& alter) {
  std::set<std::string> missed;
  for (MemoryStore* store : {&record.state, &record.results}) {
    const auto whole = store->objects;
    for (const auto& [key, bytes] : whole) {
      alter(store->objects, key);
      if (!is_seen(record, {key})) missed.insert(key);
      store->objects = whole;
    }
  }
  return missed;
}

/// Gives each of two environments what the other has below a folder, under its own names.
void exchange(SampleRecord& one, SampleRecord& other, MemoryStore SampleRecord::*store,
              const std::string& folder) {
  const auto take = [&](SampleRecord& record) {
    std::map<std::string, std::string> taken;
    const std::string prefix = record.environment() + folder;
    for (const std::string& key : keys_of(record.*store, prefix)) {
      taken[key.substr(prefix.size())] = (record.*store).objects.at(key);
      (record.*store).objects.erase(key);
    }
    REQUIRE_FALSE(taken.empty());
    return taken;
  };
  const auto of_one = take(one);
  const auto of_other = take(other);
  for (const auto& [name, bytes] : of_one)
    (other.*store).objects[other.environment() + folder + name] = bytes;
  for (const auto& [name, bytes] : of_other)
    (one.*store).objects[one.environment() + folder + name] = bytes;
}

bool is_seen_below(SampleRecord& record, const std::string& folder) {
  const AuditReport report = record.audit();
  return std::any_of(report.findings.begin(), report.findings.end(), [&](const Finding& finding) {
    return finding.object.starts_with(record.environment() + folder);
  });
}

const std::string kNewestEntry = log_key("dev", 12);

}  // namespace

TEST_CASE("the record that is altered here is sound") {
  SampleRecord record;
  CHECK(record.audit({{record.head(), "an e-mail"}}).findings.empty());
  CHECK(record.head().seq == 12);
  CHECK(keys_of(record.state).size() == 14);
  CHECK(keys_of(record.results).size() == 11);
}

TEST_CASE("any altered byte of any entry is found, also of the newest one") {
  SampleRecord record;
  CHECK(check_bytes(record, record.state, log_prefix("dev")) > 5200);
}

TEST_CASE("any altered byte of a checkpoint or of a copied state is found") {
  SampleRecord record;
  CHECK(check_bytes(record, record.state, checkpoint_prefix("dev")) > 1300);
  CHECK(check_bytes(record, record.state, "dev/refreshes/") > 1300);
}

TEST_CASE("any altered byte of a plan, a result or a file of evidence is found") {
  SampleRecord record;
  CHECK(check_bytes(record, record.results, "dev/runs/") > 2600);
}

TEST_CASE("any removed object is found, but a checkpoint and the newest entry") {
  SampleRecord record;
  const auto missed = unseen(record, [](auto& objects, const auto& key) { objects.erase(key); });
  CHECK(missed == std::set{checkpoint_key("dev", 7), kNewestEntry});
  const Anchor anchor{record.head(), "an e-mail"};
  record.state.objects.erase(kNewestEntry);
  CHECK(names(record.audit({anchor}), kNewestEntry));
}

TEST_CASE("any object that is cut anywhere, emptied or longer is found") {
  SampleRecord record;
  const std::set<std::string> none;
  for (const std::size_t part : {0U, 1U, 2U, 3U}) {
    CHECK(unseen(record, [part](auto& objects, const auto& key) {
            std::string& bytes = objects[key];
            bytes.resize(bytes.size() * part / 4);
          }) == none);
  }
  CHECK(unseen(record, [](auto& objects, const auto& key) { objects[key].pop_back(); }) == none);
  for (const std::string& junk : Texts{" ", "\n", std::string(1, '\0'), "{}"}) {
    CHECK(unseen(record, [&](auto& objects, const auto& key) { objects[key] += junk; }) == none);
    CHECK(unseen(record, [&](auto& objects, const auto& key) { objects[key].insert(0, junk); }) ==
          none);
  }
}

TEST_CASE("any two entries that are swapped are found") {
  SampleRecord record;
  const Keys entries = keys_of(record.state, log_prefix("dev"));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    for (std::size_t j = i + 1; j < entries.size(); ++j) {
      std::swap(record.state.objects[entries[i]], record.state.objects[entries[j]]);
      if (!is_seen(record, {entries[i], entries[j]})) FAIL(entries[i] << ", " << entries[j]);
      std::swap(record.state.objects[entries[i]], record.state.objects[entries[j]]);
    }
  }
  CHECK(record.audit().findings.empty());
}

TEST_CASE("any object that is put in the place of another one is found") {
  SampleRecord record;
  for (MemoryStore* store : {&record.state, &record.results}) {
    const auto whole = store->objects;
    for (const auto& [from, bytes] : whole) {
      for (const auto& [to, replaced] : whole) {
        if (bytes == replaced) continue;
        store->objects[to] = bytes;
        if (!is_seen(record, {to})) FAIL(from << " in the place of " << to);
        store->objects[to] = replaced;
      }
    }
  }
}

TEST_CASE("an older version of the whole log is found by what was recorded later") {
  SampleRecord record;
  for (std::uint64_t last = 12; last > 10; --last) record.state.objects.erase(log_key("dev", last));
  // What entry 11 reported has left evidence, but evidence of a started attempt may be there.
  CHECK(record.audit().findings.empty());
  record.state.objects.erase(log_key("dev", 10));
  record.state.objects.erase(log_key("dev", 9));
  CHECK(names(record.audit(), "dev/runs/r2/a/2/result.json"));
  record.state.objects.erase(log_key("dev", 8));
  CHECK(names(record.audit(), "dev/runs/r2/plan.json"));
  record.state.objects.erase(log_key("dev", 7));
  CHECK(names(record.audit(), checkpoint_key("dev", 7)));
}

TEST_CASE("two environments that exchange logs, checkpoints or evidence are both found") {
  for (const auto& [store, folder] :
       {std::pair(&SampleRecord::state, "/log/"), std::pair(&SampleRecord::state, "/checkpoints/"),
        std::pair(&SampleRecord::results, "/runs/")}) {
    SampleRecord one("dev");
    SampleRecord other("test");
    exchange(one, other, store, folder);
    CAPTURE(folder);
    CHECK(is_seen_below(one, folder));
    CHECK(is_seen_below(other, folder));
  }
}

TEST_CASE("two environments that exchange all they have are both found") {
  SampleRecord one("dev");
  SampleRecord other("test");
  exchange(one, other, &SampleRecord::state, "/");
  exchange(one, other, &SampleRecord::results, "/");
  CHECK(names(one.audit(), log_key("dev", 1)));
  CHECK(names(other.audit(), log_key("test", 1)));
}

TEST_CASE("a copied state that no entry names is found unless it has the name of its bytes") {
  SampleRecord record;
  // An operator's command was ended before it appended the entry.
  record.state.objects["dev/refreshes/" + Digest::of("{}").hex() + ".json"] = "{}";
  CHECK(record.audit().findings.empty());
  for (const std::string& name : Texts{"notes.txt", Digest::of("[]").hex() + ".json"}) {
    record.state.objects["dev/refreshes/" + name] = "{}";
    CHECK(names(record.audit(), "dev/refreshes/" + name));
    record.state.objects.erase("dev/refreshes/" + name);
  }
}

TEST_CASE("evidence of an attempt is not bound to the record before an entry says how it ended") {
  SampleRecord record;
  record.append(test::written_by("r3"), {test::run_started("r3")});
  record.put_plan("r3");
  record.append(test::written_by("r3"), {test::started("a", 3)});
  record.put("r3/a/3/result.json", "{}");
  record.append(test::operator_jane(), {RunAbandoned{"r3", "machine lost"}});
  const std::set<std::string> unbound{"dev/runs/r3/a/3/result.json"};
  const auto gone = unseen(record, [](auto& objects, const auto& key) { objects.erase(key); });
  CHECK(gone == std::set{checkpoint_key("dev", 7), log_key("dev", 15), *unbound.begin()});
  CHECK(unseen(record, [](auto& objects, const auto& key) { objects[key] += "?"; }) == unbound);
}

TEST_CASE("files of an attempt that its result does not name, or no longer, are found") {
  SampleRecord record;
  record.put("r1/b/1/files.zip", "PK, and what no step printed");
  CHECK(names(record.audit(), "dev/runs/r1/b/1/files.zip"));
  record.results.objects.erase("dev/runs/r1/b/1/files.zip");
  record.put("r1/a/1/result.json", "{}");
  CHECK(names(record.audit(), "dev/runs/r1/a/1/files.zip"));
}

TEST_CASE("the plan of a run that started nothing may be missing, but not altered") {
  SampleRecord record;
  record.append(test::written_by("r3"), {test::run_started("r3")});
  record.put_plan("r3");
  record.append(test::written_by("r3"), {test::run_finished("r3")});
  const std::string plan = "dev/runs/r3/plan.json";
  const auto gone = unseen(record, [](auto& objects, const auto& key) { objects.erase(key); });
  CHECK(gone == std::set{checkpoint_key("dev", 7), log_key("dev", 14), plan,
                         policy_key("dev", "r3"), allowed_signers_key("dev", "r3")});
  CHECK(unseen(record, [](auto& objects, const auto& key) { objects[key] += "?"; }).empty());
}

}  // namespace cemli
