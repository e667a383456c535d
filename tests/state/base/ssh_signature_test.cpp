#include "state/base/ssh_signature.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "state/base/signature_checker.h"
#include "tests/support/signing_keys.h"

namespace cemli {
namespace {

using Catch::Matchers::Contains;
using test::SigningAgent;
using test::SigningKeys;

constexpr std::string_view kBytes = "the bytes that are signed\n";
constexpr std::string_view kSpace = "cemli-test";

Timestamp at(std::string_view text) {
  return parse_timestamp(text).value();
}

/// What is said of a signature of `kBytes` in the year 2026.
SignatureVerdict judge(const std::string& signature, const SignerFiles& files) {
  auto verdict =
      check_signature({kBytes, signature, kSpace}, files, at("2026-06-01T12:00:00.000Z"));
  REQUIRE(verdict);
  return *std::move(verdict);
}

std::string why(const SignatureVerdict& verdict) {
  const auto* nobody = std::get_if<NoSigner>(&verdict);
  return nobody == nullptr ? "signed by " + std::get<Signer>(verdict).principal : nobody->why;
}

std::string sign(const std::filesystem::path& key, std::string_view bytes = kBytes) {
  auto signature = make_signature(bytes, key, kSpace);
  INFO((signature ? "" : signature.error().message()));
  REQUIRE(signature);
  return *std::move(signature);
}

}  // namespace

TEST_CASE("keys of every kind sign, and are told by name and fingerprint") {
  const SigningKeys keys;
  for (const std::string type : {"ed25519", "ecdsa", "rsa"}) {
    const auto key = keys.make(type, type);
    const std::string signature = sign(key);
    CHECK(judge(signature, {"# signers\n\nal@acme.com " + keys.public_key(type) + " comment\n"}) ==
          SignatureVerdict(Signer{"al@acme.com", {"al@acme.com"}, keys.fingerprint(type)}));
    CHECK(key_of_signature({kBytes, signature, kSpace}).value() == keys.fingerprint(type));
  }
}

TEST_CASE("a signature counts for its bytes and in its namespace alone") {
  const SigningKeys keys;
  const std::string signature = sign(keys.make("al"));
  const SignerFiles files{"al@acme.com " + keys.public_key("al") + "\n"};
  const Timestamp now = at("2026-06-01T12:00:00.000Z");
  CHECK(why(check_signature({"other bytes", signature, kSpace}, files, now).value()) ==
        "the signature is of other bytes: they were changed after they were signed");
  CHECK(why(check_signature({kBytes, signature, "other"}, files, now).value()) ==
        "the signature is for 'cemli-test', not for 'other'");
  CHECK(why(check_signature({kBytes, "nonsense", kSpace}, files, now).value()) ==
        "what should be a signature is none of ssh-keygen's");
  CHECK(key_of_signature({"other bytes", signature, kSpace}).error().code() ==
        ErrorCode::invalid_input);
  CHECK(key_of_signature({kBytes, signature, "other"}).error().message() ==
        "it is a signature for 'cemli-test', not for 'other'");
}

TEST_CASE("a signature with a byte changed is none") {
  const SigningKeys keys;
  std::string signature = sign(keys.make("al"));
  const SignerFiles files{"al@acme.com " + keys.public_key("al") + "\n"};
  char& digit = signature[signature.find("-----END") - 10];
  digit = digit == 'A' ? 'B' : 'A';
  CHECK_THAT(why(judge(signature, files)), !Contains("signed by"));
}

TEST_CASE("who is not listed, not yet, no longer or not for this is refused by that name") {
  const SigningKeys keys;
  const std::string signature = sign(keys.make("al"));
  const std::string key = keys.public_key("al");
  const std::string named = "the key " + keys.fingerprint("al");
  static_cast<void>(keys.make("bo"));

  CHECK(why(judge(signature, {"bo@acme.com " + keys.public_key("bo") + "\n"})) ==
        named + " is not in 'allowed_signers'");
  CHECK(why(judge(signature, {})) == named + " is not in 'allowed_signers'");
  CHECK(why(judge(signature, {"al@acme.com valid-before=\"20260601Z\" " + key})) ==
        named + " has expired (valid-before 2026-06-01T00:00:00)");
  CHECK(why(judge(signature, {"al@acme.com valid-after=\"20260602Z\" " + key})) ==
        named + " is not valid yet (valid-after 2026-06-02T00:00:00)");
  CHECK(why(judge(signature, {"al@acme.com valid-after=\"20260601Z\",valid-before=\"20260602Z\" " +
                              key})) == "signed by al@acme.com");
  CHECK(why(judge(signature, {"al@acme.com namespaces=\"git,cemli-approval\" " + key})) ==
        named + " may not sign for 'cemli-test', by 'namespaces' of its line");
  CHECK(why(judge(signature, {"al@acme.com namespaces=\"git,cemli-*\" " + key})) ==
        "signed by al@acme.com");
  CHECK(why(judge(signature, {"al@acme.com namespace=\"git\" " + key})) ==
        named + " has a line with options that ssh-keygen does not know");
}

TEST_CASE("times without a zone are of UTC, wherever the machine is") {
  const SigningKeys keys;
  const std::string signature = sign(keys.make("al"));
  const SignerFiles files{"al@acme.com valid-before=\"202606011230\" " + keys.public_key("al")};
  ::setenv("TZ", "Pacific/Kiritimati", 1);
  const std::string said = why(judge(signature, files));
  ::unsetenv("TZ");
  CHECK(said == "signed by al@acme.com");
}

TEST_CASE("a revoked key does not count, be it in a KRL or in a list") {
  const SigningKeys keys;
  const std::string signature = sign(keys.make("al"));
  static_cast<void>(keys.make("bo"));
  SignerFiles files{"al@acme.com " + keys.public_key("al") + "\n"};
  const std::string revoked = "the key " + keys.fingerprint("al") + " of al@acme.com is revoked";
  files.revoked_keys = keys.revocation_list({"bo", "al"});
  CHECK(why(judge(signature, files)) == revoked);
  files.revoked_keys = keys.revoked_lines({"bo", "al"});
  CHECK(why(judge(signature, files)) == revoked);
  files.revoked_keys = keys.revocation_list({"bo"});
  CHECK(why(judge(signature, files)) == "signed by al@acme.com");
  files.revoked_keys = keys.revoked_lines({"bo"});
  CHECK(why(judge(signature, files)) == "signed by al@acme.com");
  files.revoked_keys = "";
  CHECK(why(judge(signature, files)) == "signed by al@acme.com");
  files.revoked_keys = "nonsense\n";
  CHECK(why(judge(signature, files)) ==
        "'revoked_keys' is neither a KRL nor a list of public keys, so no key counts");
}

TEST_CASE("the name of a signer is one that is written out, never a pattern") {
  const SigningKeys keys;
  const std::string signature = sign(keys.make("al"));
  const std::string key = keys.public_key("al");
  const auto signer = std::get<Signer>(
      judge(signature, {"*@acme.com,!bo@acme.com,al@acme.com,al@corp.com " + key + "\n"}));
  CHECK(signer.principal == "al@acme.com");
  CHECK(signer.names == std::vector<std::string>{"al@acme.com", "al@corp.com"});
  CHECK(why(judge(signature, {"*@acme.com " + key})) ==
        "the key " + keys.fingerprint("al") +
            " has a line with patterns alone: it must be written out whose key it is");
}

TEST_CASE("a key with several lines is known by the names of all, and may do what any allows") {
  const SigningKeys keys;
  const std::string signature = sign(keys.make("al"));
  const std::string key = keys.public_key("al");
  const auto signer = std::get<Signer>(
      judge(signature, {"al@git.org namespaces=\"git\" " + key +
                        "\nbroken\nal@acme.com namespaces=\"cemli-test\" " + key}));
  CHECK(signer.principal == "al@acme.com");
  CHECK(signer.names == std::vector<std::string>{"al@acme.com", "al@git.org"});
}

TEST_CASE("a certificate counts for those of its names that its authority's line allows") {
  const SigningKeys keys;
  static_cast<void>(keys.make("authority"));
  static_cast<void>(keys.make("al"));
  const std::string files =
      "*@acme.com,*@corp.com cert-authority " + keys.public_key("authority") + "\n";
  const std::string key = "the key " + keys.fingerprint("al");
  const auto signed_with = [&](const std::string& names, const std::string& validity) {
    return sign(keys.certify("al", "authority", names, validity));
  };

  const auto good = signed_with("al@other.org,al@acme.com,al@corp.com", "20260101:20270101");
  const auto signer = std::get<Signer>(judge(good, {files}));
  CHECK(signer == Signer{"al@acme.com", {"al@acme.com", "al@corp.com"}, keys.fingerprint("al")});
  CHECK(why(judge(signed_with("al@acme.com", "20250101:20260101"), {files})) ==
        key + " has a certificate that has expired");
  CHECK(why(judge(signed_with("al@acme.com", "20270101:20280101"), {files})) ==
        key + " has a certificate that is not valid yet");
  CHECK(why(judge(signed_with("al@other.org", "always:forever"), {files})) ==
        key + " has a certificate with no name that its authority's line allows");
  CHECK(why(judge(good, {"*@acme.com " + keys.public_key("authority")})) ==
        key + " is not in 'allowed_signers', nor is the authority of its certificate");
  for (const std::string& revoked :
       {keys.revocation_list({"authority"}), keys.revoked_lines({"al"})}) {
    CHECK(why(judge(good, {files, revoked})) == key + " of al@acme.com is revoked");
  }
}

TEST_CASE("one checker judges many signatures, each alone") {
  const SigningKeys keys;
  const auto al = keys.make("al");
  const auto bo = keys.make("bo");
  auto checker = SignatureChecker::make(
      {"al@acme.com " + keys.public_key("al") + "\nbo@acme.com " + keys.public_key("bo")},
      at("2026-06-01T12:00:00.000Z"));
  REQUIRE(checker);
  for (const std::string bytes : {"one", "two", "three"}) {
    const std::string by_al = sign(al, bytes);
    const std::string by_bo = sign(bo, bytes);
    CHECK(why(checker->check({bytes, by_al, kSpace}).value()) == "signed by al@acme.com");
    CHECK(why(checker->check({bytes, by_bo, kSpace}).value()) == "signed by bo@acme.com");
    CHECK_THAT(why(checker->check({"four", by_bo, kSpace}).value()), Contains("other bytes"));
  }
}

TEST_CASE("a key whose private half an agent holds signs by its public half") {
  const SigningKeys keys;
  const auto key = keys.make("al");
  const SigningAgent agent(keys.folder());
  agent.add(key);
  std::filesystem::remove(key);
  const auto before = make_signature(kBytes, key.string() + ".pub", kSpace);
  REQUIRE_FALSE(before);
  CHECK_THAT(before.error().message(), Contains("No private key found"));
  CHECK_THAT(before.error().hint().value(), Contains("ssh-add -l"));
  ::setenv("SSH_AUTH_SOCK", agent.socket().c_str(), 1);
  const auto signature = make_signature(kBytes, key.string() + ".pub", kSpace);
  ::unsetenv("SSH_AUTH_SOCK");
  REQUIRE(signature);
  CHECK(why(judge(*signature, {"al@acme.com " + keys.public_key("al")})) ==
        "signed by al@acme.com");
}

TEST_CASE("what is no key cannot sign, and says so") {
  const SigningKeys keys;
  const auto missing = make_signature(kBytes, keys.folder() / "missing", kSpace);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code() == ErrorCode::unavailable);
  CHECK_THAT(missing.error().message(), Contains("missing") && Contains("No such file"));
  CHECK_THAT(missing.error().hint().value(), Contains("ssh-keygen -t ed25519"));
}

}  // namespace cemli
