#include "reconciler/cli/grammar/grammar.h"

namespace cemli {
namespace {

void add_init(Grammar& grammar) {
  auto [init, command] = grammar.add<InitCommand>(
      grammar.root(), "init", "Writes a starter environment file, and says what comes next",
      "cemli init -e dev\n  cemli init -e prod --store "
      "'oci://acme/cemli-prod?region=eu-frankfurt-1'");
  init.add_option("--store", command.store,
                  "Where packages, results and state are kept, each in a folder of its own there;\n"
                  "default: in the folder .cemli of the repository")
      ->type_name("ADDRESS");
}

void add_doctor(Grammar& grammar) {
  auto [doctor, command] = grammar.add<DoctorCommand>(
      grammar.root(), "doctor",
      "Looks whether this machine, its credentials and the stores are fit for an environment",
      "cemli doctor -e prod\n  cemli doctor -e prod --role planner --json");
  doctor
      .add_option(
          "--role",
          [&command = command](const CLI::results_t& values) {
            const std::string& role = values.front();
            if (role == "planner") {
              command.role = Role::planner;
            } else if (role == "executor") {
              command.role = Role::executor;
            } else if (role == "publisher") {
              command.role = Role::publisher;
            } else {
              throw CLI::ValidationError("--role",
                                         "is planner, executor or publisher, not '" + role + "'");
            }
            return true;
          },
          "What the credentials are for: planner (only reads, also here), executor or publisher;\n"
          "default: executor")
      ->type_name("ROLE");
  add_json(doctor, command.output);
}

void add_store(Grammar& grammar) {
  CLI::App& store = grammar.add_group("store", "Looks at stores",
                                      "cemli store check s3://acme-prod-state?region=eu-west-1");
  auto [check, command] = grammar.add<StoreCheckCommand>(
      store, "check", "Tries what cemli needs of a store, with a small object that stays there",
      "cemli store check s3://acme-prod-state?region=eu-west-1\n  cemli store check "
      "file:/srv/state");
  check
      .add_option("ADDRESS", command.address,
                  "file:DIR, s3://BUCKET[/PREFIX] or oci://NAMESPACE/BUCKET[/PREFIX]")
      ->required();
  add_json(check, command.output);
}

}  // namespace

void add_setup_commands(Grammar& grammar) {
  add_init(grammar);
  add_doctor(grammar);
  add_store(grammar);
}

}  // namespace cemli
