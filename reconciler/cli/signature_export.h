#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "state/audit_report.h"
#include "state/base/result.h"
#include "state/run_export.h"
#include "state/store/store.h"

namespace cemli {

struct ExportedSignatures {
  std::uint64_t count = 0;
  /// Why the packages' signatures were left out: their store cannot be read.
  std::optional<Error> packages_unread = std::nullopt;
};

/// Hands to `sink` the signatures that belong to a run's export, under `signatures/`: of each
/// approval that the run rested on (`approvals/*.sig`), of the packages that it ran, with what was
/// signed (`packages/NAME-VERSION.json` and `.sig`; those that are not signed, or no longer
/// published, are left out), and of the oldest signed head at or behind the run's end (`heads/`).
/// `corrupt` where an approval's signature is missing. None is verified here: docs/audit.md says
/// how an auditor does.
[[nodiscard]] Result<ExportedSignatures> export_signatures(Store& results, Store& packages,
                                                           const std::string& environment,
                                                           const RunExport& run,
                                                           const ExportSink& sink);

}  // namespace cemli
