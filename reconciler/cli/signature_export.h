#pragma once

#include <cstdint>
#include <string>

#include "state/audit_report.h"
#include "state/base/result.h"
#include "state/run_export.h"
#include "state/store/store.h"

namespace cemli {

/// Hands to `sink` the signatures that belong to a run's export, under `signatures/`: of each
/// approval that the run rested on (`approvals/*.sig`), of the packages that it ran, with what was
/// signed (`packages/NAME-VERSION.json` and `.sig`; those that are not signed, or no longer
/// published, are left out), and of the newest signed head that the export holds (`heads/`).
/// `corrupt` where an approval's signature is missing. None is verified here: docs/audit.md says
/// how an auditor does. Returns how many there were.
[[nodiscard]] Result<std::uint64_t> export_signatures(Store& results, Store& packages,
                                                      const std::string& environment,
                                                      const RunExport& run, const ExportSink& sink);

}  // namespace cemli
