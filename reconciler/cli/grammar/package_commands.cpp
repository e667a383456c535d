#include "reconciler/cli/grammar/grammar.h"

namespace cemli {
namespace {

void add_store(CLI::App& sub, std::optional<std::string>& store) {
  sub.add_option("--store", store, "Packages store, instead of the environment's")
      ->type_name("ADDRESS");
}

}  // namespace

void add_package_commands(Grammar& grammar) {
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
  for (const char* later : {"init", "lint", "sign", "adopt"})
    grammar.add_later(package, "package ", later);
}

}  // namespace cemli
