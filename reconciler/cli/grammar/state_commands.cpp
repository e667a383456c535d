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
  for (const char* later : {"at", "taint", "forget", "adopt", "move", "hold", "release", "suspend",
                            "resume", "refresh", "replay", "export", "import"})
    grammar.add_later(state, "state ", later);
}

}  // namespace cemli
