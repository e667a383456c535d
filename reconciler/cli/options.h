#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "reconciler/cli/state_options.h"
#include "reconciler/forge/forge_place.h"
#include "reconciler/plan/planner.h"

namespace cemli {

/// What every command understands, before or after its name.
struct GlobalOptions {
  /// Where to go before anything else; paths of the command line count from there.
  std::optional<std::filesystem::path> folder;
  /// A folder, or the URL of a repository elsewhere.
  std::string repository = ".";
  std::optional<std::string> environment;
  /// How often `-v` was given: what is asked again is told then, and all that is asked from 2 on.
  int verbosity = 0;
  /// Which of OCI's credentials to use: a word of `parse_oci_auth`.
  std::optional<std::string> auth;
  /// Readable means that the command is to end: what waits for another program gives up.
  int stop_fd = -1;
};

struct ValidateCommand {};
/// Writes the lock file. Without `upgrade` it keeps what still fits; an empty one means everything.
struct LockCommand {
  std::optional<std::vector<std::string>> upgrade;
};
/// What is asked to be merged, and into what.
struct MergeRevisions {
  std::string base;
  std::string head = "HEAD";
};
struct PlanCommand {
  std::string revision = "HEAD";
  /// `working_tree` instead of the revision: what is not committed counts, too.
  enum class Source { revision, working_tree } source = Source::revision;
  enum class Format { text, json, dot, markdown } format = Format::text;
  /// Shown is what merging changes, in all environments unless one is named.
  std::optional<MergeRevisions> request;
  /// Whether it is written on the forge's request, too: as Markdown, in one comment.
  enum class Comment { none, write } comment = Comment::none;
  ForgeChoice forge;
  /// Where the plan is saved, for `apply PLAN`.
  std::optional<std::filesystem::path> save_to;
  Selection selection;
  enum class ExitCode { simple, detailed } exit_code = ExitCode::simple;
};
struct GraphCommand {
  std::string revision = "HEAD";
};
/// How a run is carried out.
struct RunOptions {
  std::size_t jobs = 1;
  bool fail_fast = false;
  /// Nothing was ever recorded of the environment, and that is no mistake.
  bool first_run = false;
  std::string why;
};
struct ApplyCommand {
  std::string revision = "HEAD";
  /// A saved plan: nothing else is done, and nobody is asked.
  std::optional<std::filesystem::path> plan;
  Selection selection;
  enum class Approval { ask, given } approval = Approval::ask;
  std::chrono::milliseconds lock_timeout{};
  RunOptions run;
  /// Set where packages only tell what they would do, and how that is printed.
  std::optional<Output> dry_run;
};
/// Signs a plan: one person's word that it may be carried out.
struct ApproveCommand {
  /// A saved plan's file, or the first digits of a plan's digest.
  std::string plan;
  std::string revision = "HEAD";
  /// The signing key; `CEMLI_SIGNING_KEY` names it where this does not.
  std::optional<std::filesystem::path> key;
  enum class Question { ask, answered } question = Question::ask;
};
struct ReconcileCommand {
  std::string revision = "HEAD";
  /// The pause between two ticks; nothing where there is only one.
  std::optional<std::chrono::milliseconds> interval;
  std::chrono::milliseconds lock_timeout{};
  /// Run by the shell after each run, with the run's result on standard input.
  std::optional<std::string> notify;
  RunOptions run;
};
/// Looks whether the target still is as its record says.
struct DriftCommand {
  /// All that have succeeded, where there are none.
  std::vector<std::string> addresses;
  std::size_t jobs = 1;
  Output output = Output::text;
};
struct StatusCommand {
  /// `all` environments beside each other, instead of the one that is named.
  enum class Scope { one, all } scope = Scope::one;
  Output output = Output::text;
};
/// Brings what succeeded in one environment to the file of another.
struct PromoteCommand {
  /// `promote_from` of the target's file where it is not given.
  std::optional<std::string> from;
  /// The environment that `-e` names where it is not given.
  std::optional<std::string> to;
  /// Each package that both have, where there are none.
  std::vector<std::string> addresses;
  /// The branch to make, and what it starts from: `HEAD` where that is not given.
  std::optional<std::string> branch;
  std::optional<std::string> base;
  enum class Writing { show, files, commit } writing = Writing::files;
  /// The commit's subject.
  std::optional<std::string> subject;
  /// Set where the branch is pushed: to a remote, or to the one that pushes go to.
  std::optional<std::optional<std::string>> push;
  /// Whether a request to merge the branch is opened, into which branch (that which was left for the
  /// new one, where that is not given), and where.
  bool opens_request = false;
  std::optional<std::string> into;
  ForgeChoice forge;
  Output output = Output::text;
};
struct ShowCommand {
  std::string run;
  Output output = Output::text;
};
struct LogsCommand {
  std::string run;
  std::string address;
  Output output = Output::text;
};
struct PackageBuildCommand {
  std::filesystem::path folder;
  std::optional<std::filesystem::path> output;
};
struct PackagePublishCommand {
  std::vector<std::filesystem::path> paths;
  std::optional<std::string> store;
  /// `taken_along` are those that lie beside zips; `made` signs all with `key`.
  enum class Signatures { taken_along, made } signatures = Signatures::taken_along;
  std::optional<std::filesystem::path> key;
};
struct PackageSignCommand {
  /// Zips, or NAME@VERSION in the packages store.
  std::vector<std::string> subjects;
  std::optional<std::string> store;
  std::optional<std::filesystem::path> key;
};
struct PackageAdoptCommand {
  /// `all` is every zip that nobody published; `one` needs name and version.
  enum class Scope { one, all } scope = Scope::one;
  std::optional<std::string> name;
  std::optional<std::string> version;
  std::optional<std::string> store;
};
struct PackageListCommand {
  std::optional<std::string> name;
  std::optional<std::string> store;
  Output output = Output::text;
};
struct PackageVerifyCommand {
  /// A zip, a folder, or NAME@VERSION in the packages store; none means all of the store.
  std::vector<std::string> subjects;
  std::optional<std::string> store;
  /// Files of allowed signers, and of revoked keys, instead of the environment's in Git.
  std::optional<std::filesystem::path> signers;
  std::optional<std::filesystem::path> revoked;
};
struct AuditVerifyCommand {
  /// Heads seen elsewhere: `SEQ:HASH`, or a file that names some.
  std::vector<std::string> anchors;
  Output output = Output::text;
};
struct AuditExportCommand {
  std::string run;
  /// `RUN.tar` where it is not given.
  std::optional<std::filesystem::path> output;
};
/// Whether a store does what cemli needs.
struct StoreCheckCommand {
  std::string address;
  Output output = Output::text;
};
/// What somebody's credentials are for.
enum class Role { planner, executor, publisher };
/// Looks whether this machine and its credentials are fit for an environment.
struct DoctorCommand {
  Role role = Role::executor;
  Output output = Output::text;
};
/// Writes a starter environment file.
struct InitCommand {
  /// The address that the three stores are below; nothing means the embedded stores.
  std::optional<std::string> store;
};
struct VersionCommand {};

using Command =
    std::variant<ValidateCommand, LockCommand, PlanCommand, GraphCommand, ApplyCommand,
                 ApproveCommand, ReconcileCommand, DriftCommand, StatusCommand, PromoteCommand,
                 HistoryCommand, DiffCommand, ShowCommand, LogsCommand, StateListCommand,
                 StateShowCommand, StateResolveCommand, StateUnlockCommand, StateReplayCommand,
                 StateTaintCommand, StateHoldCommand, StateReleaseCommand, StateSuspendCommand,
                 StateResumeCommand, StateForgetCommand, StateAdoptCommand, StateMoveCommand,
                 StateRefreshCommand, StateExportCommand, StateImportCommand, StateAtCommand,
                 PackageBuildCommand, PackagePublishCommand, PackageSignCommand,
                 PackageAdoptCommand, PackageListCommand, PackageVerifyCommand, AuditVerifyCommand,
                 AuditExportCommand, StoreCheckCommand, DoctorCommand, InitCommand, VersionCommand>;

struct CommandLine {
  GlobalOptions global;
  Command command;
};

/// Help that was asked for: print it and be done.
struct HelpText {
  std::string text;
};

/// Reads the command line. `usage` errors say what is wrong and what to try; a command or option of
/// a later version is refused by name.
[[nodiscard]] Result<std::variant<CommandLine, HelpText>> parse_command_line(
    const std::vector<std::string>& arguments);

}  // namespace cemli
