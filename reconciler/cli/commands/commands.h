#pragma once

#include "reconciler/cli/exit_status.h"
#include "reconciler/cli/options.h"
#include "reconciler/cli/wiring.h"

namespace cemli {

/// One overload a command. An error is printed by the caller.
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const ValidateCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const LockCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const PlanCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const GraphCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const ApplyCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const ApproveCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const ReconcileCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const DriftCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const StatusCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const PromoteCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const HistoryCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const DiffCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const ShowCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const LogsCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const StateListCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const StateShowCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const StateResolveCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const StateUnlockCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const StateReplayCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const StateTaintCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const StateHoldCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const StateReleaseCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const StateSuspendCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const StateResumeCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const StateForgetCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const StateAdoptCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const StateMoveCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const StateRefreshCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const StateAtCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const StateExportCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const StateImportCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const PackageBuildCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const PackagePublishCommand& command,
                                             Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const PackageSignCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const PackageAdoptCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const PackageListCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const PackageVerifyCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const AuditVerifyCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const AuditExportCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const StoreCheckCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const DoctorCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const InitCommand& command, Streams& streams);
[[nodiscard]] Result<ExitStatus> run_command(const GlobalOptions& global,
                                             const VersionCommand& command, Streams& streams);

}  // namespace cemli
