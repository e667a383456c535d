#include "reconciler/cli/grammar/grammar.h"

namespace cemli {
namespace {

void add_store(CLI::App& sub, std::optional<std::string>& store) {
  sub.add_option("--store", store, "Packages store, instead of the environment's")
      ->type_name("ADDRESS");
}

void add_package_adopt(Grammar& grammar, CLI::App& package) {
  auto [adopt, command] = grammar.add<PackageAdoptCommand>(
      package, "adopt", "Takes in zips that were put into the packages store by hand",
      "cemli package adopt gl-approval-config 1.4.2 -e dev\n  cemli package adopt --all -e dev");
  adopt.add_option("NAME", command.name, "A package's name");
  adopt.add_option("VERSION", command.version, "The version, as in VERSION.zip");
  adopt.add_flag_callback(
      "--all", [&command = command] { command.scope = PackageAdoptCommand::Scope::all; },
      "Every zip that has no index yet");
  add_store(adopt, command.store);
}

void add_lock(Grammar& grammar) {
  auto [lock, command] = grammar.add<LockCommand>(
      grammar.root(), "lock", "Writes down which versions ranges and 'track' have come to",
      "cemli lock -e dev\n  cemli lock -e dev --upgrade gl-approval-config");
  lock.add_option(
          "--upgrade",
          [&command = command](const CLI::results_t& values) {
            command.upgrade.emplace();
            for (const std::string& value : values) {
              if (!value.empty()) command.upgrade->push_back(value);
            }
            return true;
          },
          "Take the newest versions, of these packages or of all, instead of what fits still")
      ->expected(0, -1)
      ->allow_extra_args()
      ->type_name("[ADDRESS...]");
}

}  // namespace

void add_package_commands(Grammar& grammar) {
  add_lock(grammar);
  CLI::App& package = grammar.add_group("package", "Builds, publishes and lists packages",
                                        "cemli package publish packages/* -e dev");
  auto [build, build_command] = grammar.add<PackageBuildCommand>(
      package, "build", "Packs a folder into a zip, always the same one",
      "cemli package build packages/gl-approval-config");
  build.add_option("DIR", build_command.folder, "Folder with manifest.json")->required();
  build.add_option("-o,--output", build_command.output, "Default: NAME-VERSION.zip here")
      ->type_name("FILE");
  auto [publish, publish_command] = grammar.add<PackagePublishCommand>(
      package, "publish", "Adds packages to the packages store; never overwrites",
      "cemli package publish packages/* -e dev");
  publish.add_option("PATH", publish_command.paths, "Folders or zips")->required();
  add_store(publish, publish_command.store);
  add_package_adopt(grammar, package);
  auto [list, list_command] = grammar.add<PackageListCommand>(
      package, "list", "Lists published versions", "cemli package list -e dev");
  list.add_option("NAME", list_command.name, "Only this package");
  add_store(list, list_command.store);
  add_json(list, list_command.output);
  auto [verify, verify_command] = grammar.add<PackageVerifyCommand>(
      package, "verify", "Checks zips, folders or published versions, every byte",
      "cemli package verify gl-approval-config-1.4.2.zip\n  cemli package verify "
      "gl-approval-config@1.4.2 -e dev");
  verify.add_option("SUBJECT", verify_command.subjects,
                    "Zips, folders, or NAME@VERSION; default: all that is published");
  add_store(verify, verify_command.store);
  for (const char* later : {"init", "lint", "sign"}) grammar.add_later(package, "package ", later);
}

}  // namespace cemli
