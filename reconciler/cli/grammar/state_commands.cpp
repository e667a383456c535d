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

void add_state_adopt(Grammar& grammar, CLI::App& state) {
  auto [adopt, command] = grammar.add<StateAdoptCommand>(
      state, "adopt", "Records as done, without running it, what the target already has",
      "cemli state adopt --all --why 'went live by hand' -e prod\n"
      "  cemli state adopt gl-base@1.4.2 --why 'installed by the vendor' -e prod\n"
      "  cemli state list -e old --json | cemli state adopt --from - --why 'as in old' -e prod");
  CLI::App& which = *adopt.add_option_group("Which");
  which.add_option("ADDRESS", command.addresses,
                   "NAME or NAME[INSTANCE], and @VERSION if you like");
  which.add_flag("--all", command.all, "All that is desired and of which nothing is recorded");
  which
      .add_option("--from", command.file,
                  "A list of 'ADDRESS VERSION' lines, or JSON as state list prints it; - is "
                  "standard input")
      ->type_name("FILE");
  which.require_option(1);
  add_revision(adopt, command.revision);
  add_why(adopt, command.why, "How you know; it is recorded");
}

void add_record_changes(Grammar& grammar, CLI::App& state) {
  constexpr const char* kWhy = "The reason; it is recorded";
  auto [forget, forget_command] = grammar.add<StateForgetCommand>(
      state, "forget", "Takes addresses out of the record; what was done to the target stays",
      "cemli state forget vat-report --why 'removed by hand' -e test");
  add_addresses(forget, forget_command.addresses);
  add_why(forget, forget_command.why, kWhy);
  add_state_adopt(grammar, state);
  auto [move, move_command] = grammar.add<StateMoveCommand>(
      state, "move", "Moves what is recorded of an address to another, after a renaming",
      "cemli state move l10n 'l10n[FR]' --why 'more countries to come' -e prod");
  move.add_option("FROM", move_command.from, "NAME or NAME[INSTANCE]")->required();
  move.add_option("TO", move_command.to, "NAME or NAME[INSTANCE]")->required();
  add_why(move, move_command.why, kWhy);
  auto [refresh, refresh_command] = grammar.add<StateRefreshCommand>(
      state, "refresh",
      "Takes over what is recorded of the environment that the target was cloned from",
      "cemli state refresh --from prod --why 'cloned on Sunday' -e test");
  refresh.add_option("--from", refresh_command.from, "The other environment")
      ->required()
      ->type_name("ENV");
  refresh
      .add_option("--at", refresh_command.at,
                  "Its state at a time or log entry; default: its present one")
      ->type_name("TIME|ENTRY");
  add_why(refresh, refresh_command.why, kWhy);
}

void add_moving(Grammar& grammar, CLI::App& state) {
  auto [out, export_command] = grammar.add<StateExportCommand>(
      state, "export", "Writes the environment's record into one file, as it is",
      "cemli state export -e prod -o prod-state.tar\n"
      "  cemli state export -e prod --close --to s3://acme/prod-state --why 'to the cloud'");
  out.add_option("-o,--out", export_command.output, "The file; default: ENV-state.tar")
      ->type_name("FILE");
  CLI::Option& close = *out.add_flag_callback(
      "--close", [] {},
      "Ends the log: nothing is recorded in this store any more, and no run may be active");
  CLI::Option& to = *out.add_option("--to", export_command.close_to,
                                    "With --close: the state store in which the log goes on")
                         ->type_name("ADDRESS");
  CLI::Option& why =
      *add_why(out, export_command.why, "With --close: the reason; it is recorded").required(false);
  for (CLI::Option* const option : {&to, &why}) {
    close.needs(option);
    option->needs(&close);
  }
  auto [in, import_command] = grammar.add<StateImportCommand>(
      state, "import", "Brings an exported record into the environment's state store",
      "cemli state import prod-state.tar -e prod\n"
      "  cemli state import --from file:/srv/cemli/state -e prod");
  CLI::App& source = *in.add_option_group("What");
  source.add_option("FILE", import_command.file, "What state export wrote");
  source
      .add_option("--from", import_command.from,
                  "Another state store, which is read in place of a file")
      ->type_name("ADDRESS");
  source.require_option(1);
  in.add_flag("--here", import_command.here,
              "Lets a closed log go on in this store, although it was closed for another one");
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
  grammar.add<StateReplayCommand>(
      state, "replay", "Records what a run could not, and what waits on this machine since",
      "cemli state replay -e prod");
  add_words(grammar, state);
  add_record_changes(grammar, state);
  auto [at, at_command] = grammar.add<StateAtCommand>(
      state, "at", "Shows the recorded state as it was",
      "cemli state at 2026-11-23 -e prod\n  cemli state at 42 gl-base -e prod --json");
  at.add_option("WHEN", at_command.point, "A time (UTC), or the number of a log entry")->required();
  at.add_option("ADDRESS", at_command.address, "Only this address, as state show does");
  add_json(at, at_command.output);
  add_moving(grammar, state);
}

}  // namespace cemli
