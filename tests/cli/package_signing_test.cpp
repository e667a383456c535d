#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"
#include "tests/cli/terminal_session.h"
#include "tests/support/signing_keys.h"

namespace cemli::test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;

const PackageSource kReport{"report", "1.2.0", "echo ran\n"};

/// A sandbox with keys, whose environment `dev` desires the report.
struct Box : Sandbox {
  Box() {
    static_cast<void>(keys.make("al"));
    static_cast<void>(keys.make("bo"));
    desire("report: 1.2.0");
  }
  [[nodiscard]] std::string key(const std::string& name) const {
    return (keys.folder() / name).string();
  }
  [[nodiscard]] std::string by(const std::string& name) const {
    return "signed with " + keys.fingerprint(name);
  }
  /// A zip in the repository's folder.
  void build(const PackageSource& source = kReport) {
    cemli(0, "package build " + write_package(source).string());
  }
  [[nodiscard]] fs::path stored(const std::string& suffix) const {
    return store() / "packages/report" / ("1.2.0" + suffix);
  }
  /// Runs a program of the system's, as an auditor would.
  Ended run(const std::vector<std::string>& argv, const std::string& input = {}) {
    Invocation program = invocation({});
    program.argv = argv;
    program.input = input;
    return Command(program).wait();
  }

  SigningKeys keys;
};

TEST_CASE(
    "a signature beside a zip goes into the store with it, and ssh-keygen verifies it there") {
  Box box;
  box.build();
  CHECK(box.cemli(0, "package sign report-1.2.0.zip --key " + box.key("al")).out ==
        "report-1.2.0.zip.sig: " + box.by("al") + "\n");
  const Ended published =
      box.cemli(0, "package publish report-1.2.0.zip report-1.2.0.zip.sig -e dev");
  CHECK_THAT(published.out, Catch::StartsWith("report 1.2.0: published, content "));
  CHECK_THAT(published.out, Catch::EndsWith(", " + box.by("al") + "\n"));

  box.write("signers", "al@acme.com namespaces=\"cemli-package\" " + box.keys.public_key("al"));
  const Ended verified =
      box.run({"/usr/bin/ssh-keygen", "-Y", "verify", "-f", "signers", "-I", "al@acme.com", "-n",
               "cemli-package", "-s", box.stored(".sig").string()},
              read_file(box.stored(".json")).value());
  CHECK(verified.exit_code == 0);
  CHECK_THAT(verified.out, Contains("Good \"cemli-package\" signature for al@acme.com"));

  CHECK(box.cemli(0, "package list -e dev").out == "report 1.2.0 signed\n");
  CHECK(box.json_of("package list -e dev --json").at("packages")[0].at("signed") == true);
}

TEST_CASE("packages are signed on the way, with the key that a variable names") {
  Box box;
  box.environment()["CEMLI_SIGNING_KEY"] = box.key("al");
  const std::string folder = box.write_package(kReport).string();
  CHECK_THAT(box.cemli(0, "package publish --sign -e dev " + folder).out,
             Catch::EndsWith(", " + box.by("al") + "\n"));
  CHECK_THAT(box.cemli(0, "package publish --sign -e dev " + folder).out,
             Contains("already published") && Catch::EndsWith(", already " + box.by("al") + "\n"));
  const auto before = Sandbox::contents(box.store());
  CHECK_THAT(
      box.cemli(0, "package publish --sign -e dev --key " + box.key("bo") + " " + folder).out,
      Catch::EndsWith(", already " + box.by("al") + "\n"));
  CHECK(Sandbox::contents(box.store()) == before);
}

TEST_CASE("a version that was published without a signature is signed later, once") {
  Box box;
  box.publish({kReport});
  const std::string sign = "package sign report@1.2.0 -e dev --key ";
  CHECK(box.cemli(0, "package list -e dev").out == "report 1.2.0\n");
  CHECK(box.cemli(0, sign + box.key("al")).out == "report@1.2.0: " + box.by("al") + "\n");
  CHECK(box.cemli(0, sign + box.key("al")).out == "report@1.2.0: already " + box.by("al") + "\n");
  const auto before = Sandbox::contents(box.store());
  const Ended other = box.cemli(1, sign + box.key("bo"));
  CHECK_THAT(other.err, Contains("report@1.2.0") && Contains(box.keys.fingerprint("al")) &&
                            Contains("never overwritten"));
  CHECK_THAT(box.cemli(1, "package sign report@9.0.0 -e dev --key " + box.key("al")).err,
             Contains("'report' 9.0.0 is not in"));
  CHECK(Sandbox::contents(box.store()) == before);
}

TEST_CASE("a signature of another zip is not published") {
  Box box;
  box.build();
  box.cemli(0, "package sign report-1.2.0.zip --key " + box.key("al"));
  PackageSource changed = kReport;
  changed.run = "echo changed\n";
  box.build(changed);
  const Ended refused = box.cemli(1, "package publish report-1.2.0.zip -e dev");
  CHECK_THAT(refused.err, Contains("the signature of package 'report' 1.2.0") &&
                              Contains("a signature of other bytes") &&
                              Contains("cemli package sign"));
  CHECK_FALSE(fs::exists(box.store() / "packages/report"));
  // It is stale, so that signing again replaces it, whoever made it.
  box.cemli(0, "package sign report-1.2.0.zip --key " + box.key("bo"));
  box.cemli(0, "package publish report-1.2.0.zip -e dev");
}

TEST_CASE("a colleague's signature of the same zip is not overwritten") {
  Box box;
  box.build();
  box.cemli(0, "package sign report-1.2.0.zip --key " + box.key("al"));
  const Ended refused = box.cemli(1, "package sign report-1.2.0.zip --key " + box.key("bo"));
  CHECK_THAT(refused.err,
             Contains("'report-1.2.0.zip.sig'") && Contains(box.keys.fingerprint("al")));
  box.cemli(0, "package sign report-1.2.0.zip --key " + box.key("al"));
}

TEST_CASE("who signed is told by signers in Git, and must be right by signers in a file") {
  Box box;
  box.environment()["CEMLI_SIGNING_KEY"] = box.key("al");
  box.cemli(0, "package publish --sign -e dev " + box.write_package(kReport).string());
  box.publish({{"plain", "1.0.0"}});
  const std::string al = "al@acme.com " + box.keys.public_key("al") + "\n";

  CHECK_THAT(box.cemli(0, "package verify report@1.2.0 -e dev").out, Contains(", " + box.by("al")));
  box.write("environments/allowed_signers", al);
  CHECK_THAT(box.cemli(0, "package verify report@1.2.0 -e dev").out, !Contains("al@acme.com"));
  box.commit();
  const Ended told = box.cemli(0, "package verify -e dev");
  CHECK_THAT(told.out, Contains(", signed by al@acme.com (" + box.keys.fingerprint("al") + ")\n") &&
                           Catch::StartsWith("plain 1.0.0") && Contains(", not signed\n"));
  box.write("environments/revoked_keys", box.keys.revocation_list({"al"}));
  box.commit();
  CHECK_THAT(box.cemli(0, "package verify report@1.2.0 -e dev").out,
             Contains(", signed by nobody who counts: the key") && Contains("is revoked"));

  box.write("signers", al);
  const std::string verify = "package verify -e dev --signers signers";
  CHECK_THAT(box.cemli(0, "package verify report@1.2.0 -e dev --signers signers").out,
             Contains("signed by al@acme.com"));
  CHECK(box.cemli(1, verify).err == "error: plain@1.0.0: it is not signed\n");
  CHECK_THAT(box.cemli(1, verify + " --revoked environments/revoked_keys").err,
             Contains("error: report@1.2.0: the key") && Contains("is revoked"));
  box.write("signers", "bo@acme.com " + box.keys.public_key("bo"));
  CHECK_THAT(box.cemli(1, verify + " report@1.2.0").err, Contains("is not in 'allowed_signers'"));
}

TEST_CASE("a zip that lies about is verified with the signature beside it") {
  Box box;
  box.build();
  box.cemli(0, "package sign report-1.2.0.zip --key " + box.key("al"));
  box.write("signers", "al@acme.com " + box.keys.public_key("al"));
  const std::string verify = "package verify report-1.2.0.zip --signers signers";
  CHECK_THAT(box.cemli(0, verify).out, Contains("signed by al@acme.com"));
  fs::remove(box.repository() / "report-1.2.0.zip.sig");
  CHECK_THAT(box.cemli(1, verify).err, Contains("it is not signed"));
}

TEST_CASE("what was swapped in the store is found") {
  Box box;
  box.environment()["CEMLI_SIGNING_KEY"] = box.key("al");
  box.cemli(0, "package publish --sign -e dev " + box.write_package(kReport).string());
  box.cemli(0, "package publish --sign -e dev " + box.write_package({"other", "1.0.0"}).string());
  const fs::path others = box.store() / "packages/other";
  const auto copy = [](const fs::path& from, const fs::path& to) {
    fs::copy_file(from, to, fs::copy_options::overwrite_existing);
  };
  SECTION("a signature") {
    copy(others / "1.0.0.sig", box.stored(".sig"));
    CHECK_THAT(box.cemli(1, "package verify -e dev").err,
               Contains("report@1.2.0: its signature: it is a signature of other bytes"));
  }
  SECTION("a signature by something that is none") {
    box.write(box.stored(".sig"), "-----BEGIN SSH SIGNATURE-----\nAAAA\n");
    CHECK_THAT(box.cemli(1, "package verify -e dev").err, Contains("no signature of ssh-keygen's"));
  }
  SECTION("a zip") {
    copy(others / "1.0.0.zip", box.stored(".zip"));
    CHECK_THAT(box.cemli(1, "package verify -e dev").err, Contains("report@1.2.0"));
    box.environment()["CEMLI_SIGNING_KEY"] = box.key("bo");
    fs::remove(box.stored(".sig"));
    CHECK_THAT(box.cemli(1, "package sign report@1.2.0 -e dev").err,
               Contains("is not") && Contains("that was published"));
    CHECK_FALSE(fs::exists(box.stored(".sig")));
  }
  SECTION("a zip, its index and its signature") {
    for (const std::string suffix : {".zip", ".json", ".sig"})
      copy(others / ("1.0.0" + suffix), box.stored(suffix));
    CHECK_THAT(box.cemli(1, "package verify -e dev").err,
               Contains("report@1.2.0") && Contains("is of package 'other' 1.0.0"));
  }
}

TEST_CASE("an agent's key signs by its public half") {
  Box box;
  box.build();
  const SigningAgent agent(box.keys.folder());
  agent.add(box.key("al"));
  fs::remove(box.key("al"));
  const std::string sign = "package sign report-1.2.0.zip --key " + box.key("al") + ".pub";
  const Ended refused = box.cemli(1, sign);
  CHECK_THAT(refused.err, Contains("No private key found") && Contains("ssh-add -l"));
  box.environment()["SSH_AUTH_SOCK"] = agent.socket();
  CHECK_THAT(box.cemli(0, sign).out, Contains(box.by("al")));
}

TEST_CASE("a passphrase is asked for on the terminal, and nothing hangs without one") {
  Box box;
  box.build();
  static_cast<void>(box.keys.make("locked", "ed25519", "open sesame"));
  const std::string sign = "package sign report-1.2.0.zip --key " + box.key("locked");
  // As in a pipeline: in a session without a terminal.
  Invocation alone = box.invocation(split_words(sign));
  alone.argv.insert(alone.argv.begin(), {"/usr/bin/setsid", "--wait"});
  const Ended refused = Command(alone).wait();
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.err, Contains("there is no terminal to ask for the key's passphrase") &&
                              Contains("ssh-add"));
  CHECK_FALSE(fs::exists(box.repository() / "report-1.2.0.zip.sig"));

  // Also where a window could be asked.
  box.environment()["DISPLAY"] = ":9";
  TerminalSession session(box.invocation(split_words(sign)));
  session.expect("Enter passphrase");
  session.type("open sesame\n");
  const Ended ended = session.wait();
  CHECK(ended.exit_code == 0);
  CHECK_THAT(ended.out, Contains(box.by("locked")) && !Contains("open sesame"));
}

TEST_CASE("without a key, or with one in vain, it is said what to do") {
  Box box;
  box.build();
  CHECK_THAT(box.cemli(1, "package sign report-1.2.0.zip").err,
             Contains("no key to sign with is named") && Contains("--key") &&
                 Contains("CEMLI_SIGNING_KEY"));
  CHECK_THAT(
      box.cemli(1, {"package", "sign", box.write_package(kReport).string(), "--key", "x"}).err,
      Contains("only a zip or a published version") && Contains("cemli package build"));
  CHECK_THAT(box.cemli(1, "package publish report-1.2.0.zip -e dev --key x").err,
             Contains("--sign"));
  CHECK_THAT(box.cemli(1, "package verify -e dev --revoked x").err, Contains("--signers"));
  CHECK_THAT(box.cemli(1, "package sign report-1.2.0.zip --key nowhere").err,
             Contains("signing with 'nowhere'") && Contains("ssh-keygen -t ed25519"));
}

}  // namespace
}  // namespace cemli::test
