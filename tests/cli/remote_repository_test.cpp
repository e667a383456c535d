#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "state/base/file.h"
#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

/// A repository whose stores do not depend on where it is read from.
struct Remote {
  Sandbox sandbox;
  std::string stores = "stores:\n  packages: file:" + folder("packages") +
                       "\n  results: file:" + folder("results") +
                       "\n  state: file:" + folder("state") + "\n";

  Remote() {
    sandbox.publish({{"one", "1.0.0", "touch $E/one"}, {"two", "1.0.0"}});
    sandbox.desire("  one: 1.0.0\n", stores);
  }
  [[nodiscard]] std::string folder(const std::string& name) const {
    return (sandbox.store() / name).string();
  }
  [[nodiscard]] std::string url() const { return "file://" + sandbox.repository().string(); }
  /// Somewhere that is in no repository.
  [[nodiscard]] std::string elsewhere() const { return (sandbox.root() / "home").string(); }

  Ended cemli(int exit_code, const std::string& words, const std::string& repository) {
    return sandbox.cemli(exit_code, "-C " + elsewhere() + " " + words + " --repo " + repository);
  }
};

TEST_CASE("an environment is planned and applied from a repository elsewhere") {
  Remote remote;
  CHECK_THAT(remote.cemli(0, "plan -e dev", remote.url()).out, Contains("1 to run"));
  remote.cemli(0, "apply -e dev --auto-approve --first-run", remote.url());
  CHECK(remote.sandbox.has_effect("one"));
  // The next commit is seen, and so is another branch.
  remote.sandbox.desire("  one: 1.0.0\n  two: 1.0.0\n", remote.stores);
  CHECK_THAT(remote.cemli(0, "plan -e dev", remote.url()).out, Contains("1 to run, 1 unchanged"));
  remote.sandbox.git({"branch", "release", "HEAD~1"});
  CHECK_THAT(remote.cemli(0, "plan -e dev --ref release", remote.url()).out,
             Contains("No changes."));
  remote.sandbox.git({"branch", "-D", "release"});
  CHECK_THAT(remote.cemli(1, "plan -e dev --ref release", remote.url()).err, Contains("'release'"));
}

TEST_CASE("HEAD elsewhere is that repository's own") {
  Remote remote;
  remote.sandbox.git({"checkout", "--quiet", "-b", "trunk"});
  remote.sandbox.desire("  one: 1.0.0\n  two: 1.0.0\n", remote.stores);
  CHECK_THAT(remote.cemli(0, "plan -e dev", remote.url()).out, Contains("2 to run"));
  remote.sandbox.git({"checkout", "--quiet", "--detach", "HEAD~1"});
  CHECK_THAT(remote.cemli(0, "plan -e dev", remote.url()).out, Contains("1 to run"));
}

TEST_CASE("git's own ssh settings are what a repository on another host is fetched with") {
  Remote remote;
  const fs::path ssh = remote.sandbox.root() / "ssh";
  REQUIRE(write_scratch_file(ssh,
                             "#!/bin/sh\necho \"$1\" >> " +
                                 (remote.sandbox.effects() / "hosts").string() +
                                 "\nshift\nexec sh -c \"$*\"\n",
                             0700));
  remote.sandbox.environment()["GIT_SSH_COMMAND"] = ssh.string();
  remote.sandbox.environment()["GIT_SSH_VARIANT"] = "simple";
  CHECK_THAT(
      remote.cemli(0, "plan -e dev", "git@erp.example.com:" + remote.sandbox.repository().string())
          .out,
      Contains("1 to run"));
  CHECK(remote.sandbox.effect("hosts").at(0) == "git@erp.example.com");
}

TEST_CASE("what cannot be fetched is an error with git's words, without the password") {
  Remote remote;
  const Ended missing =
      remote.cemli(1, "plan -e dev", "file://someone:s3cret@" + remote.elsewhere() + "/none");
  CHECK_THAT(missing.err, StartsWith("error: fetching 'file://***@/") && !Contains("s3cret"));
  CHECK_THAT(missing.err,
             Contains("does not exist") || Contains("not appear to be a git repository"));
  CHECK_THAT(remote.cemli(1, "plan -e dev", "ext::touch% " + remote.elsewhere() + "/x").err,
             Contains("error: "));
  CHECK_FALSE(fs::exists(remote.elsewhere() + "/x"));
}

TEST_CASE("stores must be named where the repository is elsewhere") {
  Remote remote;
  remote.sandbox.desire("  one: 1.0.0\n");
  CHECK_THAT(
      remote.cemli(1, "plan -e dev", remote.url()).err,
      Contains("a bare repository has no place for the embedded store") && Contains("stores:"));
}

TEST_CASE("a shallow clone and a linked work tree are read like any other") {
  Remote remote;
  remote.sandbox.commit("Another");
  const std::string clone = remote.elsewhere() + "/shallow";
  remote.sandbox.git({"clone", "--quiet", "--depth=1", remote.url(), clone});
  CHECK_THAT(remote.cemli(0, "plan -e dev", clone).out, Contains("1 to run"));
  CHECK_THAT(remote.cemli(1, "plan -e dev --ref HEAD~1", clone).err, Contains("HEAD~1"));
  const std::string linked = remote.elsewhere() + "/linked";
  remote.sandbox.git({"worktree", "add", "--quiet", "--detach", linked});
  CHECK_THAT(remote.cemli(0, "plan -e dev", linked).out, Contains("1 to run"));
}

TEST_CASE("a repository of the SHA-256 kind is refused in so many words") {
  Remote remote;
  const std::string other = remote.elsewhere() + "/sha256";
  remote.sandbox.git({"init", "--quiet", "--object-format=sha256", other});
  remote.sandbox.git({"-C", other, "commit", "--quiet", "--allow-empty", "-m", "One"});
  for (const std::string& repository : {other, "file://" + other}) {
    INFO(repository);
    CHECK_THAT(remote.cemli(1, "plan -e dev", repository).err, Contains("SHA-1"));
  }
}

}  // namespace
}  // namespace cemli::test
