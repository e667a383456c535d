#include <catch2/catch.hpp>

#include "tests/cli/estate_of_two.h"
#include "tests/cli/normalized.h"
#include "tests/support/golden.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;
using nlohmann::json;

const char* const kProd = "environments/prod.yaml";
const char* const kLock = "environments/prod.lock.json";

/// Two packages that succeeded in test at 1.1.0 and that prod, which has a lock, has at 1.0.0.
class Release : public EstateOfTwo {
 public:
  Release() {
    publish({{"one", "1.0.0"},
             {"two", "1.0.0"},
             {"one", "1.1.0", ":", {{"change_ticket", "CHG0000002"}}},
             {"two", "1.1.0", ":", {{"change_ticket", "CHG0000001"}}}});
    set("prod", "one: 1.0.0\ntwo: 1.0.0");
    cemli(0, "lock -e prod");
    deploy("test", "one: 1.1.0\ntwo: 1.1.0");
    file_ = text_of(kProd);
    lock_ = text_of(kLock);
    head_ = git({"rev-parse", "HEAD"});
  }

  void hook(const std::string& name, const std::string& body) {
    const fs::path path = repository() / ".git/hooks" / name;
    REQUIRE(replace_file(path, "#!/bin/sh\n" + body, Durability::relaxed));
    fs::permissions(path, fs::perms::owner_all);
  }
  void has_nothing_changed() {
    CHECK(text_of(kProd) == file_);
    CHECK(text_of(kLock) == lock_);
    CHECK(git({"rev-parse", "HEAD"}) == head_);
    CHECK(git({"branch", "--format=%(refname:short)"}) == "main");
    CHECK(git({"symbolic-ref", "--short", "HEAD"}) == "main");
  }
  [[nodiscard]] const std::string& head() const { return head_; }

 private:
  std::string file_;
  std::string lock_;
  std::string head_;
};

TEST_CASE("a commit holds the two files alone, and says what came from where") {
  Release release;
  release.write("notes.txt", "mine\n");
  release.write("staged.txt", "mine too\n");
  release.git({"add", "staged.txt"});
  const Ended ended = release.cemli(0, "promote --to prod --commit");
  CHECK_THAT(ended.out, Contains("Committed environments/prod.yaml and "
                                 "environments/prod.lock.json as ") &&
                            Contains(" on branch main."));
  CHECK(release.git({"log", "-1", "--format=%B"}) ==
        "Promote 2 packages from test to prod\n\none 1.0.0 -> 1.1.0\ntwo 1.0.0 -> 1.1.0\n\n"
        "Promoted-From: test\nPromoted-Run: " +
            release.last_run("test") + "\nChange-Ticket: CHG0000001\nChange-Ticket: CHG0000002");
  CHECK(release.git(
            {"log", "-1", "--format=%(trailers:key=Change-Ticket,valueonly,separator=%x2C)"}) ==
        "CHG0000001,CHG0000002");
  CHECK(release.git({"show", "--format=", "--name-only", "HEAD"}) ==
        "environments/prod.lock.json\nenvironments/prod.yaml");
  CHECK(release.git({"rev-parse", "HEAD~1"}) == release.head());
  CHECK(release.git({"status", "--porcelain"}) == "A  staged.txt\n?? notes.txt");
  release.cemli(0, "plan -e prod");
}

TEST_CASE("a branch is made, committed on and pushed to a real remote") {
  Release release;
  release.git({"init", "--quiet", "--bare", "../remote.git"});
  release.git({"remote", "add", "origin", "../remote.git"});
  const Ended ended =
      release.cemli(0, {"promote", "--from", "test", "--to", "prod", "--branch", "release-42",
                        "--commit", "--message", "Release 42", "--push"});
  check_golden("cli/promote_branch.txt", normalized(ended.out + ended.err, release));
  const std::string commit = release.git({"rev-parse", "release-42"});
  CHECK(release.git({"--git-dir", "../remote.git", "rev-parse", "release-42"}) == commit);
  CHECK(release.git({"rev-parse", "main"}) == release.head());
  CHECK(release.git({"rev-parse", "--abbrev-ref", "release-42@{upstream}"}) == "origin/release-42");
  CHECK(release.git({"log", "-1", "--format=%s"}) == "Release 42");
  CHECK(release.git({"status", "--porcelain"}).empty());
}

TEST_CASE("what was done in Git is told as JSON, too") {
  Release release;
  release.git({"init", "--quiet", "--bare", "../remote.git"});
  release.git({"remote", "add", "there", "../remote.git"});
  const json report =
      release.json_of("promote --to prod --branch next --commit --json --push there");
  CHECK(report.at("branch") == "next");
  CHECK(report.at("commit") == release.git({"rev-parse", "HEAD"}));
  CHECK(report.at("pushed_to") == "there");
}

TEST_CASE("a branch without a commit has the files written on it") {
  Release release;
  CHECK_THAT(release.cemli(0, "promote --to prod --branch next").out, Contains("on branch next."));
  CHECK(release.git({"symbolic-ref", "--short", "HEAD"}) == "next");
  CHECK(release.git({"rev-parse", "HEAD"}) == release.head());
  CHECK(release.git({"diff", "--name-only"}) ==
        "environments/prod.lock.json\nenvironments/prod.yaml");
}

TEST_CASE("a branch may start elsewhere, and changes of other files stay") {
  Release release;
  release.git({"checkout", "--quiet", "-b", "feature"});
  release.write(kProd, release.text_of(kProd) + "# of the feature\n");
  release.commit("Work on a feature");
  release.write("notes.txt", "mine\n");
  release.write("environments/test.yaml", release.text_of("environments/test.yaml") + "# mine\n");
  release.cemli(0, "promote --to prod --branch next --base main --commit");
  CHECK(release.git({"symbolic-ref", "--short", "HEAD"}) == "next");
  CHECK(release.git({"rev-parse", "HEAD~1"}) == release.head());
  CHECK_THAT(release.text_of(kProd), Contains("one: 1.1.0") && !Contains("feature"));
  CHECK(release.text_of("notes.txt") == "mine\n");
  CHECK(release.git({"status", "--porcelain"}) == " M environments/test.yaml\n?? notes.txt");
}

TEST_CASE("changes that the switch would overwrite are refused by git, and kept") {
  Release release;
  release.write("shared.txt", "main\n");
  release.commit();
  release.git({"checkout", "--quiet", "-b", "feature"});
  release.write("shared.txt", "feature\n");
  release.commit();
  release.write("shared.txt", "not committed\n");
  const std::string err =
      release.cemli(1, "promote --to prod --branch next --base main --commit").err;
  CHECK_THAT(err, Contains("making the branch 'next'") && Contains("shared.txt"));
  CHECK(release.text_of("shared.txt") == "not committed\n");
  CHECK(release.git({"symbolic-ref", "--short", "HEAD"}) == "feature");
  CHECK(release.git({"branch", "--list", "next"}).empty());
}

TEST_CASE("files with changes of their own are not committed along") {
  Release release;
  const std::string changed = release.text_of(kProd) + "# mine\n";
  const auto check_refused = [&](const std::string& path) {
    CHECK_THAT(release.cemli(1, "promote --to prod --commit").err,
               Contains(path + ": it has changes that are not committed"));
  };
  release.write(kProd, changed);
  check_refused(kProd);
  release.git({"add", kProd});
  check_refused(kProd);
  release.git({"reset", "--quiet", "--hard"});
  release.git({"rm", "--quiet", "--cached", kLock});
  check_refused(kLock);
  release.git({"reset", "--quiet", "--hard"});
  release.has_nothing_changed();

  // Where nothing is committed, they are the user's to sort out.
  release.write(kProd, changed);
  release.cemli(0, "promote --to prod");
  CHECK_THAT(release.text_of(kProd), Contains("one: 1.1.0") && Contains("# mine"));
}

TEST_CASE("a hook that refuses leaves branch and files as they were, and is quoted") {
  Release release;
  release.hook("pre-commit", "echo 'no release on a Friday' >&2\nexit 1\n");
  for (const char* words :
       {"promote --to prod --commit", "promote --to prod --branch n --commit"}) {
    INFO(words);
    const Ended ended = release.cemli(1, words);
    CHECK_THAT(ended.err, Contains("committing: ") && Contains("no release on a Friday"));
    CHECK(ended.out.empty());
    release.has_nothing_changed();
    CHECK(release.git({"status", "--porcelain"}).empty());
  }
}

TEST_CASE("a hook that refuses a message keeps what else was staged") {
  Release release;
  release.hook("commit-msg",
               "grep -q 'Change-Ticket: CHG9' \"$1\" || { echo no ticket; exit 1; }\n");
  release.write("staged.txt", "mine\n");
  release.git({"add", "staged.txt"});
  CHECK_THAT(release.cemli(1, "promote --to prod --branch n --commit").err, Contains("no ticket"));
  release.has_nothing_changed();
  CHECK(release.git({"status", "--porcelain"}) == "A  staged.txt");
}

TEST_CASE("a detached head is gone back to") {
  Release release;
  release.git({"checkout", "--quiet", "--detach"});
  release.hook("pre-commit", "exit 1\n");
  release.cemli(1, "promote --to prod --branch n --commit");
  CHECK(release.git({"rev-parse", "--abbrev-ref", "HEAD"}) == "HEAD");
  CHECK(release.git({"rev-parse", "HEAD"}) == release.head());
  CHECK(release.git({"branch", "--list", "n"}).empty());
  CHECK_THAT(release.cemli(1, "promote --to prod --commit --push").err,
             Contains("no branch is checked out"));
}

TEST_CASE("a commit is signed where git is set up to sign") {
  Release release;
  const std::string key = (release.root() / "key").string();
  Invocation keygen = release.invocation({"-q", "-t", "ed25519", "-N", "", "-f", key});
  keygen.argv.front() = "/usr/bin/ssh-keygen";
  REQUIRE(Command(keygen).wait().exit_code == 0);
  auto public_key = read_file(key + ".pub");
  REQUIRE(public_key);
  REQUIRE(replace_file(release.root() / "signers", "tester@example.com " + *public_key,
                       Durability::relaxed));
  release.git({"config", "gpg.format", "ssh"});
  release.git({"config", "user.signingkey", key});
  release.git({"config", "commit.gpgsign", "true"});
  release.git({"config", "gpg.ssh.allowedSignersFile", (release.root() / "signers").string()});
  release.cemli(0, "promote --to prod --branch signed --commit");
  release.git({"verify-commit", "HEAD"});

  release.git({"switch", "--quiet", "main"});
  release.git({"branch", "--quiet", "-D", "signed"});
  release.git({"config", "user.signingkey", key + ".missing"});
  CHECK_THAT(release.cemli(1, "promote --to prod --branch signed --commit").err,
             Contains("committing: ") && Contains(key + ".missing"));
  release.has_nothing_changed();
}

TEST_CASE("a push that fails leaves the commit, and says how to push it") {
  Release release;
  release.git({"remote", "add", "origin", "../gone.git"});
  const Ended ended = release.cemli(1, "promote --to prod --branch n --commit --push");
  CHECK_THAT(ended.err,
             Contains("pushing 'n' to 'origin': ") && Contains("git push --set-upstream origin n"));
  CHECK_THAT(ended.out, Contains("Committed "));
  CHECK(release.git({"rev-parse", "n~1"}) == release.head());
}

TEST_CASE("a branch that is there, or that cannot be one, is refused before anything is done") {
  Release release;
  release.git({"branch", "taken"});
  CHECK_THAT(release.cemli(1, "promote --to prod --branch taken --commit").err,
             Contains("the branch 'taken' exists already"));
  CHECK_THAT(release.cemli(1, "promote --to prod --branch a..b --commit").err,
             Contains("'a..b' cannot be a branch's name"));
  CHECK_THAT(release.cemli(1, "promote --to prod --branch n --base nowhere").err,
             Contains("'nowhere' names no commit"));
  release.git({"branch", "-D", "taken"});
  release.has_nothing_changed();
  release.git({"clone", "--quiet", "--bare", ".", "../bare.git"});
  CHECK_THAT(release.cemli(1, "--repo ../bare.git promote --to prod").err,
             Contains("no working tree"));
}

TEST_CASE("nothing to promote makes no branch and no commit") {
  Release release;
  release.cemli(0, "promote --to prod --commit");
  CHECK_THAT(release.cemli(0, "promote --to prod --branch n --commit").out,
             Contains("Nothing to promote"));
  CHECK(release.git({"branch", "--list", "n"}).empty());
}

TEST_CASE("line ends that git converts stay as they are, in the work tree and in the commit") {
  Release release;
  release.git({"config", "core.autocrlf", "true"});
  fs::remove(release.repository() / kProd);
  release.git({"checkout", "--", kProd});
  REQUIRE_THAT(release.text_of(kProd), Contains("one: 1.0.0\r\n"));
  release.cemli(0, "promote --to prod --branch n --base main --commit");
  CHECK_THAT(release.text_of(kProd), Contains("one: 1.1.0\r\n"));
  CHECK(release.git({"show", "--format=", "--numstat", "HEAD", "--", kProd}) ==
        "2\t2\tenvironments/prod.yaml");
}

}  // namespace
}  // namespace cemli::test
