#include "reconciler/cli/grammar/grammar.h"

namespace cemli {
namespace {

void add_store(CLI::App& sub, std::optional<std::string>& store) {
  sub.add_option("--store", store, "Packages store, instead of the environment's")
      ->type_name("ADDRESS");
}

void add_package_sign(Grammar& grammar, CLI::App& package) {
  auto [sign, command] = grammar.add<PackageSignCommand>(
      package, "sign", "Signs zips, into ZIP.sig beside each, or published versions",
      "cemli package sign gl-approval-config-1.4.2.zip --key ~/.ssh/id_ed25519\n  cemli package "
      "sign gl-approval-config@1.4.2 -e dev --key ~/.ssh/id_ed25519.pub");
  sign.add_option("SUBJECT", command.subjects, "Zips, or NAME@VERSION in the packages store")
      ->required();
  add_signing_key(sign, command.key);
  add_store(sign, command.store);
}

void add_package_publish(Grammar& grammar, CLI::App& package) {
  auto [publish, command] = grammar.add<PackagePublishCommand>(
      package, "publish",
      "Adds packages to the packages store, with the signatures beside zips; never overwrites",
      "cemli package publish packages/* -e dev\n  cemli package publish packages/* -e dev --sign "
      "--key ~/.ssh/id_ed25519");
  publish.add_option("PATH", command.paths, "Folders or zips")->required();
  publish.add_flag_callback(
      "--sign",
      [&command = command] { command.signatures = PackagePublishCommand::Signatures::made; },
      "Sign each package on the way");
  add_signing_key(publish, command.key);
  publish.get_option("--key")->needs("--sign");
  add_store(publish, command.store);
}

void add_package_verify(Grammar& grammar, CLI::App& package) {
  auto [verify, command] = grammar.add<PackageVerifyCommand>(
      package, "verify", "Checks zips, folders or published versions, every byte",
      "cemli package verify gl-approval-config-1.4.2.zip\n  cemli package verify "
      "gl-approval-config@1.4.2 -e dev\n  cemli package verify -e dev --signers allowed_signers");
  verify.add_option("SUBJECT", command.subjects,
                    "Zips, folders, or NAME@VERSION; default: all that is published");
  verify
      .add_option("--signers", command.signers,
                  "Whose signature each must have: a file of allowed signers as of ssh-keygen;\n"
                  "without it those of -e ENV in Git are only told")
      ->type_name("FILE");
  verify.add_option("--revoked", command.revoked, "Keys that do not count: a KRL, or public keys")
      ->type_name("FILE");
  verify.get_option("--revoked")->needs("--signers");
  add_store(verify, command.store);
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
  CLI::App& package = grammar.add_group("package", "Builds, signs, publishes and lists packages",
                                        "cemli package publish packages/* -e dev");
  auto [build, build_command] = grammar.add<PackageBuildCommand>(
      package, "build", "Packs a folder into a zip, always the same one",
      "cemli package build packages/gl-approval-config");
  build.add_option("DIR", build_command.folder, "Folder with manifest.json")->required();
  build.add_option("-o,--output", build_command.output, "Default: NAME-VERSION.zip here")
      ->type_name("FILE");
  add_package_publish(grammar, package);
  add_package_sign(grammar, package);
  add_package_adopt(grammar, package);
  auto [list, list_command] = grammar.add<PackageListCommand>(
      package, "list", "Lists published versions", "cemli package list -e dev");
  list.add_option("NAME", list_command.name, "Only this package");
  add_store(list, list_command.store);
  add_json(list, list_command.output);
  add_package_verify(grammar, package);
  for (const char* later : {"init", "lint"}) grammar.add_later(package, "package ", later);
}

}  // namespace cemli
