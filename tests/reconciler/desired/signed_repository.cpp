#include "tests/reconciler/desired/signed_repository.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "state/base/program.h"

namespace cemli::test {

namespace fs = std::filesystem;

namespace {

TemporaryFolder make_folder() {
  // Short: the keyring's agent has a socket in it.
  auto folder = TemporaryFolder::make("/tmp", "cemli-g-");
  REQUIRE(folder);
  return *std::move(folder);
}

std::string run(const ProgramCall& call) {
  auto end = run_program(call);
  INFO(call.argv.front() << ": " << (end ? end->err : end.error().message()));
  REQUIRE(end);
  REQUIRE(end->exit_code == 0);
  while (!end->out.empty() && end->out.back() == '\n') end->out.pop_back();
  return std::move(end->out);
}

}  // namespace

SignedRepository::SignedRepository() : folder_(make_folder()) {
  ::setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
  ::setenv("GIT_CONFIG_SYSTEM", "/dev/null", 1);
  fs::create_directory(root());
  git({"init", "--quiet", "--initial-branch=main"});
}

SignedRepository::~SignedRepository() {
  if (!has_keyring_) return;
  static_cast<void>(run_program({{"gpgconf", "--kill", "all"}}));
  ::unsetenv("GNUPGHOME");
}

std::string SignedRepository::git(const std::vector<std::string>& arguments,
                                  const std::map<std::string, std::string>& variables) const {
  ProgramCall call{
      {"git", "-C", root().string(), "-c", "user.name=Al", "-c", "user.email=al@acme.com"}};
  call.argv.insert(call.argv.end(), arguments.begin(), arguments.end());
  for (const auto& [name, value] : variables) call.variables.emplace_back(name, value);
  return run(call);
}

std::string SignedRepository::commit(const std::string& path, const std::string& bytes,
                                     const std::vector<std::string>& arguments,
                                     const std::map<std::string, std::string>& variables) const {
  fs::create_directories((root() / path).parent_path());
  REQUIRE(replace_file(root() / path, bytes, Durability::relaxed));
  git({"add", "--all"});
  // Settings stand before the command, all else behind it.
  std::vector<std::string> whole;
  std::vector<std::string> behind;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "-c") {
      whole.insert(whole.end(), {arguments[i], arguments[i + 1]});
      ++i;
    } else {
      behind.push_back(arguments[i]);
    }
  }
  whole.insert(whole.end(), {"commit", "--quiet", "--allow-empty", "--message=change"});
  whole.insert(whole.end(), behind.begin(), behind.end());
  git(whole, variables);
  return git({"rev-parse", "HEAD"});
}

std::vector<std::string> SignedRepository::by_ssh(const fs::path& key) {
  return {"-c", "gpg.format=ssh", "-c", "user.signingKey=" + key.string(), "--gpg-sign"};
}

std::string SignedRepository::make_openpgp_key(const std::string& owner) {
  const fs::path home = folder_.path() / "gnupg";
  fs::create_directory(home);
  fs::permissions(home, fs::perms::owner_all);
  ::setenv("GNUPGHOME", home.c_str(), 1);
  has_keyring_ = true;
  run({{"gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", owner, "ed25519",
        "sign", "never"}});
  const std::string listed = run({{"gpg", "--batch", "--with-colons", "--list-secret-keys"}});
  const std::size_t at = listed.find("fpr:::::::::");
  REQUIRE(at != std::string::npos);
  return listed.substr(at + 12, 40);
}

}  // namespace cemli::test
