#pragma once

#include <string>
#include <vector>

#include "state/audit.h"
#include "state/evidence.h"
#include "state/log.h"
#include "tests/support/memory_store.h"

namespace cemli::test {

/// Everything one environment has recorded, in stores whose objects a test may alter: a run that
/// did one package and failed at another, with evidence; what an operator adopted, moved and took
/// over from another environment; a checkpoint; a run that was set aside, and what was reported of
/// it afterwards; an operator's words at the end.
class SampleRecord {
 public:
  explicit SampleRecord(std::string environment = "dev");

  MemoryStore state;
  MemoryStore results;

  /// Fails the test unless the entry is taken.
  void append(const Writer& writer, std::vector<Event> events);
  /// Puts an object of the results store, with its key behind `ENV/runs/`.
  ObjectReference put(const std::string& key, const std::string& bytes);
  /// The plan that a run recorded, and its rules beside it.
  ObjectReference put_plan(const RunId& run);

  [[nodiscard]] const std::string& environment() const { return environment_; }
  [[nodiscard]] AuditReport audit(std::vector<Anchor> anchors = {});
  [[nodiscard]] Head head() const { return *log_.state.head; }

 private:
  void record_run();
  void record_operators();
  void record_abandoned_run();
  [[nodiscard]] AttemptEvidence evidence(const RunId& run, const PackageFinished& finished,
                                         std::optional<ObjectReference> files_zip) const;

  std::string environment_;
  LogReading log_;
};

}  // namespace cemli::test
