#pragma once

#include <string>

#include "reconciler/report/terminal.h"
#include "state/audit_report.h"

namespace cemli {

/// What `audit verify` read and found. Ends with a line break.
[[nodiscard]] std::string audit_text(const AuditReport& report, const TextStyle& style);
/// The same as JSON.
[[nodiscard]] std::string audit_json(const AuditReport& report);
/// What `audit export` wrote, and where.
[[nodiscard]] std::string export_text(const RunExport& exported, const std::string& file);

}  // namespace cemli
