#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "reconciler/cli/options.h"
#include "state/base/result.h"

namespace cemli {

/// The command line's grammar, and what one command line said. The files of this folder alone know
/// CLI11: each adds some commands.
class Grammar {
 public:
  Grammar();

  [[nodiscard]] Result<std::variant<CommandLine, HelpText>> parse(
      std::vector<std::string> arguments);

  [[nodiscard]] CLI::App& root() { return app_; }
  /// A command that only holds others.
  CLI::App& add_group(const std::string& name, const std::string& about,
                      const std::string& example);
  /// A command below `parent`, and the struct that its options fill; both live as long as this.
  template <typename CommandType>
  std::pair<CLI::App&, CommandType&> add(CLI::App& parent, const std::string& name,
                                         const std::string& about, const std::string& example) {
    auto command = std::make_shared<CommandType>();
    CLI::App& sub = add_command(parent, name, about, example);
    sub.final_callback([this, command] { line_.command = *command; });
    return {sub, *command};
  }

  /// A command that a later version brings: known, so that it is refused by name.
  void add_later(CLI::App& parent, const std::string& group, std::string_view name);
  /// Refuses a value of an option by name.
  void refuse(std::string what) { refused_ = std::move(what); }

 private:
  static CLI::App& add_command(CLI::App& parent, const std::string& name, const std::string& about,
                               const std::string& example);
  [[nodiscard]] std::optional<Error> unknown_command(
      const std::vector<std::string>& arguments) const;
  [[nodiscard]] const CLI::App* deepest() const;
  [[nodiscard]] std::string where() const;
  [[nodiscard]] std::string help() const;

  CLI::App app_;
  CommandLine line_{{}, VersionCommand{}};
  std::optional<std::string> refused_;
};

/// `--json`.
void add_json(CLI::App& sub, Output& output);
/// An option such as `--lock-timeout 10m`.
void add_duration(CLI::App& sub, const std::string& name, std::chrono::milliseconds& duration,
                  const std::string& about);
/// `--why TEXT`, which must be given unless the caller says that it need not.
CLI::Option& add_why(CLI::App& sub, std::string& why, const std::string& about);
/// `--key FILE`.
void add_signing_key(CLI::App& sub, std::optional<std::filesystem::path>& key);
/// The positional `ADDRESS`.
void add_address(CLI::App& sub, std::string& address);
/// The positional `ADDRESS…`.
void add_addresses(CLI::App& sub, std::vector<std::string>& addresses);
/// `--ref REV`.
void add_revision(CLI::App& sub, std::string& revision);

/// `--forge` and `--forge-api`, beside the option that needs them.
void add_forge(CLI::App& sub, ForgeChoice& forge, CLI::Option& needs);

/// `--target ADDRESS…` and `--exclude ADDRESS…`.
void add_selection(CLI::App& sub, Selection& selection);

/// What comes before the first plan: init, doctor, store.
void add_setup_commands(Grammar& grammar);
/// What looks and does not touch: validate, plan, status, show, logs, audit, version.
void add_reading_commands(Grammar& grammar);
void add_plan_command(Grammar& grammar);
void add_running_commands(Grammar& grammar);
/// What brings versions from one environment to the next.
void add_promotion_commands(Grammar& grammar);
void add_state_commands(Grammar& grammar);
void add_package_commands(Grammar& grammar);

}  // namespace cemli
