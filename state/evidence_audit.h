#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "state/anchor.h"
#include "state/audit_report.h"
#include "state/base/result.h"
#include "state/base/signature_checker.h"
#include "state/event.h"
#include "state/store/store.h"

namespace cemli {

/// What became of the evidence that a log names.
struct EvidenceAudit {
  std::uint64_t runs = 0;
  std::uint64_t attempts = 0;
  std::uint64_t objects = 0;  ///< read and hashed
  std::vector<Finding> findings = {};
  /// Heads that runs' results have seen.
  std::vector<Anchor> anchors = {};
};

/// Checks an environment's evidence against what its log says of it: digests, and that nothing is
/// missing, or there without being named. For one log, once.
class EvidenceAuditor {
 public:
  EvidenceAuditor(Store& results, std::string environment)
      : results_(results), environment_(std::move(environment)) {}

  /// Takes the log's next event.
  void note(const Event& event, const Writer& writer);
  /// Reads all evidence, after the last event; `log` is the log's id. An error means that the store
  /// could not be read, or a signature not be judged.
  [[nodiscard]] Result<EvidenceAudit> check(const std::optional<std::string>& log);

 private:
  /// What the log, and the results it names, say about one object.
  struct Expectation {
    enum class Kind {
      plan,
      policy,
      signers,
      approval,
      approval_signature,
      approved_plan,
      run_result,
      attempt_result,
      files
    };
    Kind kind = Kind::plan;
    RunId run = {};
    /// Absent: it may be there, with any bytes.
    std::optional<Digest> digest = std::nullopt;
    bool required = false;
    /// Of files: the attempt's result, which has their digest.
    std::string named_by = {};
    /// Of a signature: what it is of, and who made it.
    std::optional<UsedApproval> approval = std::nullopt;
  };

  void find(const std::string& object, std::string what);
  void require(const ObjectReference& reference);
  [[nodiscard]] Result<void> check_object(const std::string& key, const Expectation& expectation);
  [[nodiscard]] Result<void> check_signature(const std::string& key,
                                             const Expectation& expectation);
  void note_run_result(const std::string& key, const std::string& bytes);
  void note_policy(const std::string& key, const RunId& run, const std::string& bytes);
  void note_approval(const std::string& key, const std::string& bytes);
  void check_approved_plan(const std::string& key, const std::string& bytes);
  [[nodiscard]] Result<SignatureVerdict> judge_by(const RunId& run, const SignedBytes& subject,
                                                  Timestamp time);
  [[nodiscard]] Result<SignatureVerdict> judge(const RunId& run, const SignedBytes& subject,
                                               Timestamp time);
  void note_attempt_result(const std::string& key, const std::string& bytes);
  void check_plan(const std::string& key, const RunId& run, const std::string& bytes);

  Store& results_;
  std::string environment_;
  std::optional<std::string> log_;
  EvidenceAudit audit_;
  std::map<RunId, Digest> plans_;
  /// The last run that converged, and for each run the one that was it when it started.
  std::optional<RunId> converged_;
  std::map<RunId, RunId> converged_before_;
  /// The plan's digest that an approval names, by the key of the plan's text.
  std::map<std::string, Digest> approved_;
  std::map<std::string, Expectation> expected_;
};

}  // namespace cemli
