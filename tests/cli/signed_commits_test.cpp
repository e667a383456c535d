#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"
#include "tests/support/signing_keys.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;

/// An environment whose commits must be signed, and `one` 1.0.0 applied by such a one.
class SignedHistory {
 public:
  SignedHistory() {
    for (const char* name : {"jane", "stranger"}) keys.make(name);
    for (const char* version : {"1.0.0", "1.1.0"})
      box.publish({{"one", version, "echo $CEMLI_VERSION >> $E/one"}});
    box.write("environments/allowed_signers",
              "jane@example.com namespaces=\"git\" " + keys.public_key("jane") + "\n");
    sign_as("jane");
    desire("1.0.0");
    box.cemli(0, "apply -e dev --auto-approve");
  }

  /// Signs what is committed from now on; nothing where nobody does.
  void sign_as(const std::string& name) {
    const std::pair<const char*, std::string> settings[]{
        {"gpg.format", "ssh"},
        {"user.signingkey", (keys.folder() / name).string()},
        {"commit.gpgsign", name.empty() ? "false" : "true"}};
    int count = 0;
    for (const auto& [key, value] : settings) {
      const std::string number = std::to_string(count++);
      box.environment()["GIT_CONFIG_KEY_" + number] = key;
      box.environment()["GIT_CONFIG_VALUE_" + number] = value;
    }
    box.environment()["GIT_CONFIG_COUNT"] = std::to_string(count);
  }
  void desire(const std::string& version) {
    box.desire("one: " + version, "policy: {signed_commits: true}\n");
  }
  std::string change(const std::string& text) {
    box.write("README.md", text);
    return box.commit(text);
  }
  std::string refused() {
    const auto state = Sandbox::contents(box.store() / "state");
    std::string err = box.cemli(4, "apply -e dev --auto-approve").err;
    CHECK(Sandbox::contents(box.store() / "state") == state);
    CHECK(box.effect("one") == std::vector<std::string>{"1.0.0"});
    return err;
  }

  Sandbox box;
  SigningKeys keys;
};

TEST_CASE("an unsigned commit between signed ones is refused by its id, and nothing is run") {
  SignedHistory history;
  Sandbox& box = history.box;
  const std::string before = box.git({"rev-parse", "HEAD"});
  history.sign_as("");
  history.desire("1.1.0");
  const std::string unsigned_id = box.git({"rev-parse", "HEAD"});
  history.sign_as("jane");
  history.change("signed again");
  CHECK_THAT(history.refused(), Contains("signed_commits: commit " + unsigned_id.substr(0, 12)) &&
                                    Contains("it is not signed"));
  CHECK_THAT(box.cemli(0, "plan -e dev").out, Contains("signed_commits: commit"));
  box.git({"reset", "--quiet", "--hard", before});
  history.desire("1.1.0");
  box.cemli(0, "apply -e dev --auto-approve");
  CHECK(box.effect("one") == std::vector<std::string>{"1.0.0", "1.1.0"});
}

TEST_CASE("a commit that a stranger has signed is refused, also where it lets the stranger in") {
  SignedHistory history;
  Sandbox& box = history.box;
  history.sign_as("stranger");
  history.desire("1.1.0");
  const std::string id = box.git({"rev-parse", "HEAD"}).substr(0, 12);
  history.sign_as("jane");
  CHECK_THAT(history.refused(), Contains("signed_commits: commit " + id));
  std::string signers = read_file(box.repository() / "environments/allowed_signers").value();
  signers += "stranger@example.com " + history.keys.public_key("stranger") + "\n";
  box.write("environments/allowed_signers", signers);
  box.commit("Let the stranger in");
  CHECK_THAT(history.refused(), Contains("signed_commits: commit " + id));
}

}  // namespace
}  // namespace cemli::test
