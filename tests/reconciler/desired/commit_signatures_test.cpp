#include "reconciler/desired/commit_signatures.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/reconciler/desired/signed_repository.h"

namespace cemli {
namespace {

using Catch::Matchers::Contains;
using test::SignedRepository;
using test::SigningKeys;
using Strings = std::vector<std::string>;

/// A verdict in a few words.
std::string told(const SignatureVerdict& verdict) {
  if (const auto* signer = std::get_if<Signer>(&verdict))
    return signer->principal + " " + signer->key;
  return "nobody: " + std::get<NoSigner>(verdict).why;
}

Strings judge(const SignedRepository& repository, const Strings& commits,
              const SignerFiles& signers) {
  const auto verdicts = judge_commits(repository.open(), commits, signers, wall_now());
  INFO((verdicts ? "" : verdicts.error().message()));
  REQUIRE(verdicts);
  Strings words;
  for (const SignatureVerdict& verdict : *verdicts) words.push_back(told(verdict));
  return words;
}

std::string judge(const SignedRepository& repository, const std::string& commit,
                  const SignerFiles& signers) {
  return judge(repository, Strings{commit}, signers).front();
}

const std::map<std::string, std::string> kIn2020{{"GIT_AUTHOR_DATE", "2020-06-01T00:00:00Z"},
                                                 {"GIT_COMMITTER_DATE", "2020-06-01T00:00:00Z"}};

TEST_CASE("of signed and unsigned commits each gets its own verdict") {
  const SignedRepository repository;
  const SigningKeys keys;
  const auto al = keys.make("al");
  const auto bo = keys.make("bo", "ecdsa");
  const auto eve = keys.make("eve");
  const Strings commits{repository.commit("a", "1", SignedRepository::by_ssh(al)),
                        repository.commit("a", "2"),
                        repository.commit("a", "3", SignedRepository::by_ssh(bo)),
                        repository.commit("a", "4", SignedRepository::by_ssh(eve))};
  const SignerFiles signers{"al@acme.com namespaces=\"git\" " + keys.public_key("al") +
                            "\nbo@acme.com " + keys.public_key("bo") + "\n"};
  CHECK(judge(repository, commits, signers) ==
        Strings{"al@acme.com " + keys.fingerprint("al"), "nobody: it is not signed",
                "bo@acme.com " + keys.fingerprint("bo"),
                "nobody: the key " + keys.fingerprint("eve") + " is not in 'allowed_signers'"});
  CHECK(judge(repository, Strings{}, signers).empty());
}

TEST_CASE("a key that has expired does not count by a date from before") {
  const SignedRepository repository;
  const SigningKeys keys;
  const auto key = keys.make("al");
  const std::string commit = repository.commit("a", "1", SignedRepository::by_ssh(key), kIn2020);
  const std::string line = " " + keys.public_key("al") + "\n";
  const std::string whose = "the key " + keys.fingerprint("al");
  CHECK(judge(repository, commit, {"al@acme.com" + line}) ==
        "al@acme.com " + keys.fingerprint("al"));
  // Git alone would take it.
  CHECK_THAT(judge(repository, commit, {"al@acme.com valid-before=\"20210101Z\"" + line}),
             Contains(whose + " has expired"));
  // And this key nobody had yet at that time.
  CHECK(judge(repository, commit, {"al@acme.com valid-after=\"20210101Z\"" + line}) ==
        "nobody: " + whose + " was not valid at the commit's own time");
}

TEST_CASE("revoked keys and other namespaces do not sign commits") {
  const SignedRepository repository;
  const SigningKeys keys;
  const std::string commit = repository.commit("a", "1", SignedRepository::by_ssh(keys.make("al")));
  const std::string key = keys.public_key("al");
  CHECK_THAT(judge(repository, commit, {"al@acme.com " + key, keys.revocation_list({"al"})}),
             Contains("is revoked"));
  CHECK_THAT(judge(repository, commit, {"al@acme.com " + key, keys.revoked_lines({"al"})}),
             Contains("is revoked"));
  CHECK_THAT(judge(repository, commit, {"al@acme.com namespaces=\"cemli-package\" " + key}),
             Contains("may not sign for 'git'"));
}

TEST_CASE("many commits are judged at once, in their order") {
  const SignedRepository repository;
  const SigningKeys keys;
  const auto al = SignedRepository::by_ssh(keys.make("al"));
  const auto bo = SignedRepository::by_ssh(keys.make("bo"));
  Strings commits;
  Strings expected;
  for (int i = 0; i < 40; ++i) {
    const bool is_signed = i % 7 != 0;
    const std::string name = i % 3 == 0 ? "al" : "bo";
    commits.push_back(repository.commit("a", std::to_string(i),
                                        !is_signed     ? Strings()
                                        : name == "al" ? al
                                                       : bo));
    expected.push_back(is_signed ? name + "@acme.com " + keys.fingerprint(name)
                                 : "nobody: it is not signed");
  }
  CHECK(judge(repository, commits,
              {"al@acme.com " + keys.public_key("al") + "\nbo@acme.com " +
               keys.public_key("bo")}) == expected);
}

TEST_CASE("a certificate signs commits") {
  const SignedRepository repository;
  const SigningKeys keys;
  static_cast<void>(keys.make("authority"));
  static_cast<void>(keys.make("al"));
  const auto certificate = keys.certify("al", "authority", "al@acme.com");
  const std::string commit = repository.commit("a", "1", SignedRepository::by_ssh(certificate));
  CHECK(judge(repository, commit, {"*@acme.com cert-authority " + keys.public_key("authority")}) ==
        "al@acme.com " + keys.fingerprint("al"));
}

TEST_CASE("the user's own signers, programs and replaced objects have no say") {
  SignedRepository repository;
  const SigningKeys keys;
  const std::string good = repository.commit("a", "1", SignedRepository::by_ssh(keys.make("al")));
  const std::string plain = repository.commit("a", "2");
  const auto own = keys.folder() / "own";
  REQUIRE(replace_file(own, "al@acme.com " + keys.public_key("al"), Durability::relaxed));
  repository.git({"config", "gpg.ssh.allowedSignersFile", own.string()});
  repository.git({"config", "gpg.ssh.program", "/bin/true"});
  repository.git({"config", "log.showSignature", "true"});
  CHECK_THAT(judge(repository, good, {}), Contains("is not in 'allowed_signers'"));
  const SignerFiles signers{"al@acme.com " + keys.public_key("al")};
  CHECK(judge(repository, good, signers) == "al@acme.com " + keys.fingerprint("al"));
  const auto revoked = keys.folder() / "revoked";
  REQUIRE(replace_file(revoked, keys.revoked_lines({"al"}), Durability::relaxed));
  repository.git({"config", "gpg.ssh.revocationFile", revoked.string()});
  CHECK(judge(repository, good, signers) == "al@acme.com " + keys.fingerprint("al"));
  repository.git({"replace", plain, good});
  CHECK(judge(repository, plain, signers) == "nobody: it is not signed");
}

TEST_CASE("a commit whose content was changed behind its signature counts for nobody") {
  const SignedRepository repository;
  const SigningKeys keys;
  const std::string good = repository.commit("a", "1", SignedRepository::by_ssh(keys.make("al")));
  const std::string file = (keys.folder() / "commit").string();
  std::string object = repository.git({"cat-file", "commit", good}) + "\n";
  object.replace(object.rfind("change"), 6, "charge");
  REQUIRE(replace_file(file, object, Durability::relaxed));
  const std::string forged = repository.git({"hash-object", "-t", "commit", "-w", file});
  CHECK_THAT(judge(repository, forged, {"al@acme.com " + keys.public_key("al")}),
             Contains("of other bytes"));
}

TEST_CASE("OpenPGP signatures count by the user's keyring and its trust") {
  SignedRepository repository;
  const SigningKeys keys;
  const std::string key = repository.make_openpgp_key("Al <al@acme.com>");
  const Strings by_gpg{"--gpg-sign=" + key};
  const Strings commits{repository.commit("a", "1", by_gpg), repository.commit("a", "2"),
                        repository.commit("a", "3", SignedRepository::by_ssh(keys.make("bo")))};
  const SignerFiles signers{"bo@acme.com " + keys.public_key("bo")};
  CHECK(judge(repository, commits, signers) == Strings{"al@acme.com openpgp:" + key,
                                                       "nobody: it is not signed",
                                                       "bo@acme.com " + keys.fingerprint("bo")});

  std::string object = repository.git({"cat-file", "commit", commits[0]}) + "\n";
  object.replace(object.rfind("change"), 6, "charge");
  const std::string file = (keys.folder() / "commit").string();
  REQUIRE(replace_file(file, object, Durability::relaxed));
  const std::string forged = repository.git({"hash-object", "-t", "commit", "-w", file});
  CHECK_THAT(judge(repository, forged, signers), Contains("of other bytes"));

  // Where gpg says nothing of trust.
  const std::string settings = std::string(std::getenv("GNUPGHOME")) + "/gpg.conf";
  REQUIRE(replace_file(settings, "trust-model always\n", Durability::relaxed));
  CHECK(judge(repository, commits[0], signers) == "al@acme.com openpgp:" + key);
  std::filesystem::remove(settings);

  const auto set_trust = [&](const std::string& level) {
    const std::string trust = (keys.folder() / "trust").string();
    REQUIRE(replace_file(trust, key + ":" + level + ":\n", Durability::relaxed));
    REQUIRE(std::system(
                ("gpg --batch --quiet --import-ownertrust " + trust + " 2>/dev/null").c_str()) ==
            0);
  };
  set_trust("4");
  repository.git({"config", "gpg.minTrustLevel", "Ultimate"});
  CHECK_THAT(judge(repository, commits[0], signers),
             Contains("less than 'gpg.minTrustLevel' wants"));
  set_trust("6");
  CHECK(judge(repository, commits[0], signers) == "al@acme.com openpgp:" + key);

  ::setenv("GNUPGHOME", keys.folder().c_str(), 1);
  CHECK_THAT(judge(repository, commits[0], signers), Contains("not in the keyring"));
}

}  // namespace
}  // namespace cemli
