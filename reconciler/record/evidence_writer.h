#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/execute/masking.h"
#include "reconciler/execute/outcome.h"
#include "reconciler/plan/action.h"
#include "state/base/result.h"
#include "state/evidence.h"
#include "state/store/store.h"

namespace cemli {

/// What all evidence of a run has in common.
struct RunRecordFacts {
  std::string environment;
  RunId run;
  std::optional<std::string> commit;
  Digest plan;
  std::string principal;
  std::string host;
  std::string version;  ///< of cemli
  /// cemli's own variables that steps see, with the digest of each value.
  std::map<std::string, Digest> runner;
  /// Address of the packages store.
  std::string packages;
  /// Where the environment says that each secret comes from, by name: `env:ERP_PASSWORD`.
  std::map<std::string, std::string> secrets = {};
  /// Of all secrets of the run.
  Masks masks = {};
  /// What the run rests on.
  std::vector<UsedApproval> approvals = {};
  /// The rules that it was judged by, as a document, and the files that it names.
  std::string policy = {};
  std::optional<std::string> allowed_signers = std::nullopt;
  std::optional<std::string> revoked_keys = std::nullopt;
};

/// One attempt's evidence as objects, not yet written.
struct PackedEvidence {
  std::string result_key;
  std::string result;
  /// Empty where everything stands in the result.
  std::string files_key;
  std::string files;

  [[nodiscard]] ObjectReference reference() const { return {result_key, Digest::of(result)}; }
};

/// Packs an attempt: reads its artifacts, puts what is long, binary or an artifact into one zip.
/// Secrets in artifacts of text are masked. An artifact that cannot be read, is no regular file, or
/// is not text and holds a secret, is an error naming it.
[[nodiscard]] Result<PackedEvidence> pack_evidence(const AttemptReport& report,
                                                   const Action& action,
                                                   const RunRecordFacts& facts);

/// Writes packed attempts, durable together when the call returns: every `files.zip` before the
/// results that name them. An object that exists already must be the same, byte for byte
/// (`conflict` otherwise): it was written by a try whose answer was lost.
[[nodiscard]] Result<void> write_evidence(Store& results,
                                          const std::vector<PackedEvidence>& packed);

}  // namespace cemli
