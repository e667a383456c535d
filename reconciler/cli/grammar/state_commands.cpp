#include "reconciler/cli/grammar/grammar.h"

namespace cemli {
namespace {

void add_resolve(Grammar& grammar, CLI::App& state) {
  auto [resolve, command] = grammar.add<StateResolveCommand>(
      state, "resolve", "Says how an interrupted attempt ended",
      "cemli state resolve po-interface --succeeded --why 'all rows are there' -e prod");
  add_address(resolve, command.address);
  CLI::App& how = *resolve.add_option_group("How it ended");
  const auto add = [&how, &command = command](const std::string& name, Resolution resolution,
                                              const std::string& about) {
    how.add_flag_callback(
        name, [&command, resolution] { command.resolution = resolution; }, about);
  };
  add("--succeeded", Resolution::succeeded, "It did all it should: do not run it again");
  add("--failed", Resolution::failed, "It did not succeed");
  add("--retry", Resolution::retry, "It may simply be run again");
  how.require_option(1);
  add_why(resolve, command.why, "How you know; it is recorded");
}

void add_words(Grammar& grammar, CLI::App& state) {
  constexpr const char* kWhy = "The reason; it is recorded";
  auto [taint, taint_command] = grammar.add<StateTaintCommand>(
      state, "taint", "Has addresses run again although they have succeeded",
      "cemli state taint gl-base --why 'restored from last week' -e test");
  add_addresses(taint, taint_command.addresses);
  add_why(taint, taint_command.why, kWhy);
  auto [hold, hold_command] = grammar.add<StateHoldCommand>(
      state, "hold", "Keeps addresses as they are until something else is desired of them",
      "cemli state hold 'l10n[FR]' --why 'audit until Friday' -e prod");
  add_addresses(hold, hold_command.addresses);
  add_revision(hold, hold_command.revision);
  add_why(hold, hold_command.why, kWhy);
  auto [release, release_command] = grammar.add<StateReleaseCommand>(
      state, "release", "Lifts holds",
      "cemli state release 'l10n[FR]' --why 'audit is over' -e prod");
  add_addresses(release, release_command.addresses);
  add_why(release, release_command.why, kWhy);
  auto [suspend, suspend_command] =
      grammar.add<StateSuspendCommand>(state, "suspend", "Keeps the whole environment as it is",
                                       "cemli state suspend --why 'quarter end' -e prod");
  add_why(suspend, suspend_command.why, kWhy);
  auto [resume, resume_command] = grammar.add<StateResumeCommand>(
      state, "resume", "Ends a suspension", "cemli state resume --why 'books closed' -e prod");
  add_why(resume, resume_command.why, kWhy);
}

}  // namespace

void add_state_commands(Grammar& grammar) {
  CLI::App& state =
      grammar.add_group("state", "Shows and mends the recorded state", "cemli state list -e dev");
  auto [list, list_command] = grammar.add<StateListCommand>(
      state, "list", "Lists all addresses with their status", "cemli state list -e dev --json");
  add_json(list, list_command.output);
  auto [show, show_command] =
      grammar.add<StateShowCommand>(state, "show", "Shows all that is recorded of an address",
                                    "cemli state show gl-approval-config -e dev");
  add_address(show, show_command.address);
  add_json(show, show_command.output);
  add_resolve(grammar, state);
  auto [unlock, unlock_command] = grammar.add<StateUnlockCommand>(
      state, "unlock", "Sets the active run aside, if you know that it is gone",
      "cemli state unlock --why 'its machine burnt down' -e prod");
  add_why(unlock, unlock_command.why, "How you know; it is recorded");
  add_words(grammar, state);
  for (const char* later :
       {"at", "forget", "adopt", "move", "refresh", "replay", "export", "import"})
    grammar.add_later(state, "state ", later);
}

}  // namespace cemli
