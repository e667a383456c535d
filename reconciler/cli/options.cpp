#include "reconciler/cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <thread>
#include <utility>

namespace cemli {
namespace {

/// A command or option that a later version brings: known, so that it is refused by name.
Error not_yet(const std::string& what) {
  return Error(ErrorCode::usage,
               fmt::format("'{}' is not supported by this version of cemli yet", what))
      .with_hint("cemli --help lists what is");
}

constexpr std::string_view kLaterCommands[] = {
    "init",  "lock",  "reconcile", "promote", "approve", "history",   "diff",
    "graph", "drift", "rollback",  "doctor",  "store",   "completion"};
constexpr std::string_view kLaterStateCommands[] = {
    "at",      "taint",  "forget",  "adopt",  "move",   "hold",  "release",
    "suspend", "resume", "refresh", "replay", "export", "import"};
constexpr std::string_view kLaterPackageCommands[] = {"init", "lint", "sign", "adopt"};
constexpr std::string_view kLaterAuditCommands[] = {"export"};

/// Builds the command line's grammar and collects what it says.
class Grammar {
 public:
  Grammar()
      : app_(
            "Brings an ERP environment to the package versions that a Git repository says "
            "it should have.",
            "cemli") {
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.get_formatter()->column_width(34);
    app_.footer(
        "Example:\n  cemli plan -e dev\n  cemli apply -e dev\n\n"
        "Exit codes: 0 done, 1 error, 2 plan has changes (with --detailed-exitcode), 3 a package\n"
        "failed or is blocked, 5 locked or lease lost, 130/143 stopped by a signal.");
    app_.add_option("-e,--environment", line_.global.environment,
                    "Environment: the name of a file environments/NAME.yaml")
        ->type_name("ENV");
    app_.add_option("-C", line_.global.folder, "Act as if started in this folder")
        ->type_name("DIR");
    app_.add_option("--repo", repository_,
                    "Git repository to read from; default: the one you stand in")
        ->type_name("DIR");
    add_reading_commands();
    add_running_commands();
    add_state_commands();
    add_package_commands();
    for (const std::string_view later : kLaterCommands) add_later(app_, "", later);
  }

  Result<std::variant<CommandLine, HelpText>> parse(std::vector<std::string> arguments) {
    // CLI11 takes arguments last first.
    std::reverse(arguments.begin(), arguments.end());
    try {
      app_.parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
      return std::variant<CommandLine, HelpText>(HelpText{help()});
    } catch (const CLI::CallForVersion&) {
      return std::variant<CommandLine, HelpText>(CommandLine{{}, VersionCommand{}});
    } catch (const CLI::ParseError& error) {
      if (refused_) return not_yet(*refused_);
      return Error(ErrorCode::usage, lower_first(error.what()))
          .with_hint(fmt::format("{} --help", where()));
    }
    if (refused_) return not_yet(*refused_);
    return finish();
  }

 private:
  static std::string lower_first(std::string text) {
    while (!text.empty() && (text.back() == '.' || text.back() == '\n')) text.pop_back();
    if (text.size() > 1 && text[1] >= 'a' && text[1] <= 'z')
      text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    return text;
  }

  [[nodiscard]] const CLI::App* deepest() const {
    const CLI::App* at = &app_;
    for (;;) {
      const auto chosen = at->get_subcommands();
      if (chosen.empty()) return at;
      at = chosen.front();
    }
  }

  [[nodiscard]] std::string where() const {
    const CLI::App* app = deepest();
    std::string path = app->get_name();
    while ((app = app->get_parent()) != nullptr) path = app->get_name() + " " + path;
    return path;
  }

  [[nodiscard]] std::string help() const {
    const CLI::App* app = deepest();
    const std::string path = where();
    const std::size_t parent = path.rfind(' ');
    return app->help(parent == std::string::npos ? "" : path.substr(0, parent));
  }

  template <typename CommandType>
  CLI::App& add(CLI::App& parent, const std::string& name, const std::string& about,
                const std::string& example, CommandType& command) {
    CLI::App& sub = *parent.add_subcommand(name, about);
    sub.footer("Example:\n  " + example);
    sub.fallthrough();
    sub.final_callback([this, &command] { line_.command = command; });
    return sub;
  }

  void add_later(CLI::App& parent, const std::string& group, std::string_view name) {
    const std::string full_name = fmt::format("cemli {}{}", group, name);
    CLI::App& sub = *parent.add_subcommand(std::string(name), "")->group("");
    sub.allow_extras();
    sub.set_help_flag();
    sub.parse_complete_callback([this, full_name] { refused_ = full_name; });
  }

  void add_later_option(CLI::App& sub, const std::string& name, const std::string& shown) {
    sub.add_option(
           name,
           [this, shown](const CLI::results_t&) {
             refused_ = shown;
             return true;
           },
           "")
        ->group("");
  }

  void add_later_flag(CLI::App& sub, const std::string& name) {
    sub.add_flag_callback(name, [this, name] { refused_ = name; })->group("");
  }

  static void add_json(CLI::App& sub, Output& output) {
    sub.add_flag_callback(
        "--json", [&output] { output = Output::json; }, "Print JSON");
  }

  void add_reading_commands() {
    add(app_, "validate", "Checks an environment, as it stands in the working tree",
        "cemli validate -e dev", validate_);
    CLI::App& plan =
        add(app_, "plan", "Shows what apply would do, and why",
            "cemli plan -e dev\n  cemli plan -e prod --ref release-42 --format json", plan_);
    plan.add_option("--ref", plan_.revision,
                    "Commit to read: a branch, a tag or an id; default: HEAD")
        ->type_name("REV");
    plan.add_option("--format", format_, "text or json")->type_name("FORMAT");
    plan.add_flag_callback(
        "--detailed-exitcode", [this] { plan_.exit_code = PlanCommand::ExitCode::detailed; },
        "Exit with 2 where there is something to do");
    add_later_option(plan, "-o,--out", "plan -o");
    add_later_option(plan, "--target", "plan --target");
    add_later_option(plan, "--exclude", "plan --exclude");
    add_later_flag(plan, "--working-tree");
    CLI::App& status =
        add(app_, "status", "Shows where an environment stands", "cemli status -e dev", status_);
    add_json(status, status_.output);
    CLI::App& show = add(app_, "show", "Shows a run: who, when, what came of each package",
                         "cemli show latest -e dev", show_);
    show.add_option("RUN", show_.run, "A run's id, or latest")->required();
    add_json(show, show_.output);
    CLI::App& logs = add(app_, "logs", "Shows what a package's steps printed in a run",
                         "cemli logs latest gl-approval-config -e dev", logs_);
    logs.add_option("RUN", logs_.run, "A run's id, or latest")->required();
    logs.add_option("ADDRESS", logs_.address, "NAME or NAME[INSTANCE]")->required();
    add_json(logs, logs_.output);
    CLI::App& audit = *app_.add_subcommand("audit", "Checks the record");
    audit.require_subcommand(1);
    audit.fallthrough();
    audit.footer("Example:\n  cemli audit verify -e prod");
    CLI::App& verify =
        add(audit, "verify", "Checks the log's chain, its checkpoints and all evidence",
            "cemli audit verify -e prod", audit_verify_);
    add_json(verify, audit_verify_.output);
    for (const std::string_view later : kLaterAuditCommands) add_later(audit, "audit ", later);
    add(app_, "version", "Prints the version", "cemli version", version_);
  }

  void add_running_commands() {
    CLI::App& apply = add(
        app_, "apply", "Plans, asks, and runs what is missing or changed",
        "cemli apply -e dev\n  cemli apply -e test --auto-approve -j 4 --lock-timeout 10m", apply_);
    apply
        .add_option("--ref", apply_.revision,
                    "Commit to read: a branch, a tag or an id; default: HEAD")
        ->type_name("REV");
    apply.add_flag_callback(
        "--auto-approve", [this] { apply_.approval = ApplyCommand::Approval::given; },
        "Do not ask");
    apply.add_option("-j,--jobs", jobs_, "Packages that run at once; default: the number of cores")
        ->type_name("N")
        ->check(CLI::Range(1, 1000));
    apply
        .add_option("--lock-timeout", lock_timeout_,
                    "How long to wait for another run, such as 10m; default: 0")
        ->type_name("TIME");
    apply.add_flag("--fail-fast", apply_.fail_fast, "Start nothing more after the first failure");
    apply.add_option("--why", apply_.why, "Recorded with the run")->type_name("TEXT");
    apply.add_option("PLAN", saved_plan_, "")->group("");
    add_later_option(apply, "--target", "apply --target");
    add_later_option(apply, "--exclude", "apply --exclude");
    add_later_flag(apply, "--dry-run");
    add_later_flag(apply, "--first-run");
  }

  void add_state_commands() {
    CLI::App& state = *app_.add_subcommand("state", "Shows and mends the recorded state");
    state.require_subcommand(1);
    state.fallthrough();
    state.footer("Example:\n  cemli state list -e dev");
    CLI::App& list = add(state, "list", "Lists all addresses with their status",
                         "cemli state list -e dev --json", state_list_);
    add_json(list, state_list_.output);
    CLI::App& show = add(state, "show", "Shows all that is recorded of an address",
                         "cemli state show gl-approval-config -e dev", state_show_);
    show.add_option("ADDRESS", state_show_.address, "NAME or NAME[INSTANCE]")->required();
    add_json(show, state_show_.output);
    CLI::App& resolve =
        add(state, "resolve", "Says how an interrupted attempt ended",
            "cemli state resolve po-interface --succeeded --why 'all rows are there' -e prod",
            state_resolve_);
    resolve.add_option("ADDRESS", state_resolve_.address, "NAME or NAME[INSTANCE]")->required();
    CLI::App& how = *resolve.add_option_group("How it ended");
    add_resolution(how, "--succeeded", Resolution::succeeded,
                   "It did all it should: do not run it again");
    add_resolution(how, "--failed", Resolution::failed, "It did not succeed");
    add_resolution(how, "--retry", Resolution::retry, "It may simply be run again");
    how.require_option(1);
    resolve.add_option("--why", state_resolve_.why, "How you know; it is recorded")
        ->required()
        ->type_name("TEXT");
    CLI::App& unlock =
        add(state, "unlock", "Sets the active run aside, if you know that it is gone",
            "cemli state unlock --why 'its machine burnt down' -e prod", state_unlock_);
    unlock.add_option("--why", state_unlock_.why, "How you know; it is recorded")
        ->required()
        ->type_name("TEXT");
    for (const std::string_view later : kLaterStateCommands) add_later(state, "state ", later);
  }

  void add_resolution(CLI::App& group, const std::string& name, Resolution resolution,
                      const std::string& about) {
    group.add_flag_callback(
        name, [this, resolution] { state_resolve_.resolution = resolution; }, about);
  }

  void add_package_commands() {
    CLI::App& package = *app_.add_subcommand("package", "Builds, publishes and lists packages");
    package.require_subcommand(1);
    package.fallthrough();
    package.footer("Example:\n  cemli package publish packages/* -e dev");
    CLI::App& build = add(package, "build", "Packs a folder into a zip, always the same one",
                          "cemli package build packages/gl-approval-config", package_build_);
    build.add_option("DIR", package_build_.folder, "Folder with manifest.json")->required();
    build.add_option("-o,--output", package_build_.output, "Default: NAME-VERSION.zip here")
        ->type_name("FILE");
    CLI::App& publish =
        add(package, "publish", "Adds packages to the packages store; never overwrites",
            "cemli package publish packages/* -e dev", package_publish_);
    publish.add_option("PATH", package_publish_.paths, "Folders or zips")->required();
    publish
        .add_option("--store", package_publish_.store,
                    "Packages store, instead of the environment's")
        ->type_name("ADDRESS");
    CLI::App& list = add(package, "list", "Lists published versions", "cemli package list -e dev",
                         package_list_);
    list.add_option("NAME", package_list_.name, "Only this package");
    list.add_option("--store", package_list_.store, "Packages store, instead of the environment's")
        ->type_name("ADDRESS");
    add_json(list, package_list_.output);
    CLI::App& verify =
        add(package, "verify", "Checks zips, folders or published versions, every byte",
            "cemli package verify gl-approval-config-1.4.2.zip\n  cemli package verify "
            "gl-approval-config@1.4.2 -e dev",
            package_verify_);
    verify.add_option("SUBJECT", package_verify_.subjects,
                      "Zips, folders, or NAME@VERSION; default: all that is published");
    verify
        .add_option("--store", package_verify_.store,
                    "Packages store, instead of the environment's")
        ->type_name("ADDRESS");
    for (const std::string_view later : kLaterPackageCommands)
      add_later(package, "package ", later);
  }

  Result<std::variant<CommandLine, HelpText>> finish() {
    if (repository_.find("://") != std::string::npos) return not_yet("--repo URL");
    line_.global.repository = repository_;
    if (line_.global.environment && !is_name(*line_.global.environment)) {
      return Error(
          ErrorCode::usage,
          fmt::format("'{}' is not an environment's name: lower-case letters, digits and '-'",
                      *line_.global.environment));
    }
    if (auto* plan = std::get_if<PlanCommand>(&line_.command)) {
      if (format_ == "markdown" || format_ == "dot") return not_yet("plan --format " + format_);
      if (format_ != "text" && format_ != "json")
        return Error(ErrorCode::usage, fmt::format("--format is text or json, not '{}'", format_));
      plan->output = format_ == "json" ? Output::json : Output::text;
    }
    if (auto* apply = std::get_if<ApplyCommand>(&line_.command)) {
      if (!saved_plan_.empty()) return not_yet("apply PLAN");
      apply->jobs = jobs_ > 0 ? static_cast<std::size_t>(jobs_)
                              : std::max<std::size_t>(1, std::thread::hardware_concurrency());
      if (lock_timeout_ != "0") {
        auto timeout = parse_duration(lock_timeout_);
        if (!timeout)
          return Error(ErrorCode::usage, timeout.error().message()).while_doing("--lock-timeout");
        apply->lock_timeout = *timeout;
      }
    }
    return std::variant<CommandLine, HelpText>(std::move(line_));
  }

  CLI::App app_;
  CommandLine line_{{}, VersionCommand{}};
  std::string repository_ = ".";
  std::string format_ = "text";
  std::string lock_timeout_ = "0";
  std::string saved_plan_;
  int jobs_ = 0;
  std::optional<std::string> refused_;
  ValidateCommand validate_;
  PlanCommand plan_;
  ApplyCommand apply_;
  StatusCommand status_;
  ShowCommand show_;
  LogsCommand logs_;
  StateListCommand state_list_;
  StateShowCommand state_show_;
  StateResolveCommand state_resolve_;
  StateUnlockCommand state_unlock_;
  PackageBuildCommand package_build_;
  PackagePublishCommand package_publish_;
  PackageListCommand package_list_;
  PackageVerifyCommand package_verify_;
  AuditVerifyCommand audit_verify_;
  VersionCommand version_;
};

}  // namespace

Result<std::variant<CommandLine, HelpText>> parse_command_line(
    const std::vector<std::string>& arguments) {
  Grammar grammar;
  return grammar.parse(arguments);
}

}  // namespace cemli
