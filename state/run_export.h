#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "state/audit_report.h"
#include "state/base/result.h"
#include "state/store/store.h"

namespace cemli {

/// Takes one file of an export: a relative path and its bytes.
using ExportSink = std::function<Result<void>(const std::string& path, std::string_view bytes)>;

/// Hands to `sink` what shows how a run went to somebody who has nothing else: under `recorded/`
/// the log's entries from the run's start to the head and the run's evidence that the log names,
/// each under its key, its plan, its rules and what approvers signed among it; under `unnamed/`
/// what else was left of the run; `SHA256SUMS` of what is recorded, `export.json`, and a `README`
/// of how to check them (docs/audit.md). `not_found` where the log does not know the run,
/// `conflict` while it is active, `corrupt` where the log or evidence is not what was recorded: the
/// chain is checked from the first entry on.
[[nodiscard]] Result<RunExport> export_run(Store& state, Store& results,
                                           const std::string& environment, const RunId& run,
                                           const ExportSink& sink);

}  // namespace cemli
