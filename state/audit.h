#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "state/base/result.h"
#include "state/recorded_state.h"
#include "state/store/store.h"

namespace cemli {

/// Something that is not as the record says.
struct Finding {
  std::string object;  ///< the key, in the state or results store
  std::string what;
  friend bool operator==(const Finding&, const Finding&) = default;
};

/// A head seen elsewhere, which the log must still hold: the chain alone does not show a cut tail.
struct Anchor {
  Head head;
  std::string seen_in;
};

struct AuditReport {
  std::string environment;
  std::optional<std::string> log;
  std::optional<Head> head;
  std::uint64_t entries = 0;
  std::uint64_t checkpoints = 0;
  std::uint64_t runs = 0;
  std::uint64_t attempts = 0;
  std::uint64_t objects = 0;  ///< of evidence, read and hashed
  std::vector<Finding> findings;
};

/// Reads everything an environment has recorded: walks the chain from the first entry, recomputes
/// the fold against every checkpoint, checks every digest of evidence and that nothing is there
/// that the log does not know. Findings are part of the report; an error means a store could not be
/// read.
[[nodiscard]] Result<AuditReport> audit_environment(Store& state, Store& results,
                                                    const std::string& environment,
                                                    std::vector<Anchor> anchors);

}  // namespace cemli
