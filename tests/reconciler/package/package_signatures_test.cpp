#include "reconciler/package/package_signatures.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "reconciler/package/package_store.h"
#include "state/base/ssh_signature.h"
#include "tests/reconciler/package/raw_zip.h"
#include "tests/support/memory_store.h"
#include "tests/support/signing_keys.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using test::deflated;
using test::raw_zip;
using test::RawEntry;
using Outcome = KeptSignature::Outcome;

RawEntry manifest(const std::string& name) {
  return {"manifest.json",
          R"({"name": ")" + name + R"(", "version": "1.0.0", "type": "extension"})"};
}

/// A store in memory, and keys to sign with.
class SigningStore {
 public:
  SigningStore() : packages(store) {}

  /// A file with the package's zip; `other` has the same content in other bytes.
  [[nodiscard]] fs::path zip(const std::string& name, const std::string& script = "true") const {
    return write(raw_zip({manifest(name), {"steps/run.sh", script}}));
  }
  [[nodiscard]] fs::path other_zip(const std::string& name) const {
    const RawEntry plain = manifest(name);
    return write(raw_zip({deflated("steps/run.sh", "true"), deflated(plain.name, plain.data)}));
  }
  [[nodiscard]] IndexSigner signer(const std::string& name) const {
    return [key = keys.folder() / name](
               std::size_t, std::string_view index) -> Result<std::optional<std::string>> {
      auto made = make_signature(index, key, kPackageNamespace);
      if (!made) return std::move(made).error();
      return std::optional(*std::move(made));
    };
  }
  Result<PublishedResult> publish(const fs::path& file, const IndexSigner& sign = {}) {
    return std::move(packages.publish_all(std::span(&file, 1), sign).front());
  }
  /// What is said of who signed a package.
  std::string who(const WantedPackage& package, const std::string& allowed_signers) {
    const auto verdicts =
        find_package_signers(store, std::span(&package, 1), {allowed_signers}, wall_now());
    REQUIRE(verdicts);
    if (const auto* signer = std::get_if<Signer>(&verdicts->front())) return signer->principal;
    return "nobody: " + std::get<NoSigner>(verdicts->front()).why;
  }

  test::MemoryStore store;
  test::SigningKeys keys;
  PackageStore packages;

 private:
  [[nodiscard]] fs::path write(const std::string& bytes) const {
    fs::path file = keys.folder() / ("zip-" + random_hex(4));
    REQUIRE(create_file(file, bytes, Durability::relaxed));
    return file;
  }
};

TEST_CASE("a package is signed on its way into the store, by the bytes of its index") {
  SigningStore fixture;
  static_cast<void>(fixture.keys.make("al"));
  const auto result = fixture.publish(fixture.zip("a"), fixture.signer("al"));
  REQUIRE(result);
  REQUIRE(result->signature);
  CHECK(result->signature->outcome == Outcome::added);
  CHECK(result->signature->key == fixture.keys.fingerprint("al"));
  CHECK(key_of_signature({fixture.store.objects.at("a/1.0.0.json"),
                          fixture.store.objects.at("a/1.0.0.sig"), "cemli-package"})
            .value() == fixture.keys.fingerprint("al"));
  const std::string line = "al@acme.com " + fixture.keys.public_key("al");
  CHECK(fixture.who(wanted(result->package), line) == "al@acme.com");
  CHECK_THAT(fixture.who(wanted(result->package), ""), Contains("is not in 'allowed_signers'"));
}

TEST_CASE("where nobody can sign, nothing is written") {
  SigningStore fixture;
  CHECK_FALSE(fixture.publish(fixture.zip("a"), fixture.signer("missing")));
  const auto foreign = fixture.publish(
      fixture.zip("a"), [](std::size_t, std::string_view) -> Result<std::optional<std::string>> {
        return std::optional<std::string>("nonsense");
      });
  REQUIRE_FALSE(foreign);
  CHECK(foreign.error().message() ==
        "the signature of package 'a' 1.0.0: it is no signature of ssh-keygen's");
  CHECK(fixture.store.objects.empty());
}

TEST_CASE("what is published again gets its signature, if it has none") {
  SigningStore fixture;
  static_cast<void>(fixture.keys.make("al"));
  static_cast<void>(fixture.keys.make("bo"));
  const fs::path zip = fixture.zip("a");
  REQUIRE(fixture.publish(zip));
  CHECK(fixture.packages.list_signed()->front().has_signature == false);

  const auto signed_later = fixture.publish(zip, fixture.signer("al"));
  REQUIRE(signed_later);
  CHECK(signed_later->publication == Publication::already_there);
  CHECK(signed_later->signature->outcome == Outcome::added);
  CHECK(fixture.packages.list_signed()->front().has_signature);
  const auto before = fixture.store.objects;

  CHECK(fixture.publish(zip, fixture.signer("al"))->signature->outcome == Outcome::already_there);
  const auto other = fixture.publish(zip, fixture.signer("bo"));
  CHECK(other->signature->outcome == Outcome::from_other_key);
  CHECK(other->signature->key == fixture.keys.fingerprint("al"));
  CHECK_FALSE(fixture.publish(zip)->signature);
  CHECK(fixture.store.objects == before);
}

TEST_CASE("the index of a zip that was there already is what is signed") {
  SigningStore fixture;
  static_cast<void>(fixture.keys.make("al"));
  fixture.store.objects["a/1.0.0.zip"] = read_file(fixture.other_zip("a")).value();
  const auto result = fixture.publish(fixture.zip("a"), fixture.signer("al"));
  REQUIRE(result);
  CHECK(fixture.who(wanted(result->package), "al@acme.com " + fixture.keys.public_key("al")) ==
        "al@acme.com");
}

TEST_CASE("a signature of something else that is in the way is told, and stays") {
  SigningStore fixture;
  static_cast<void>(fixture.keys.make("al"));
  fixture.store.objects["a/1.0.0.sig"] = "planted";
  const auto result = fixture.publish(fixture.zip("a"), fixture.signer("al"));
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == ErrorCode::conflict);
  CHECK_THAT(result.error().message(), Contains("'a/1.0.0.sig' is there already"));
  CHECK(fixture.store.objects.at("a/1.0.0.sig") == "planted");
  CHECK(fixture.store.objects.count("a/1.0.0.json") == 0);
}

TEST_CASE("a published version is signed later, if it is whole") {
  SigningStore fixture;
  static_cast<void>(fixture.keys.make("al"));
  const Version version = *Version::parse("1.0.0");
  CHECK(fixture.packages.sign("a", version, fixture.signer("al")).error().code() ==
        ErrorCode::not_found);
  REQUIRE(fixture.publish(fixture.zip("a")));
  SECTION("it is") {
    const auto kept = fixture.packages.sign("a", version, fixture.signer("al"));
    REQUIRE(kept);
    CHECK((*kept)->key == fixture.keys.fingerprint("al"));
  }
  SECTION("it is not") {
    fixture.store.objects["a/1.0.0.zip"] += "x";
    const auto refused = fixture.packages.sign("a", version, fixture.signer("al"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == ErrorCode::corrupt);
    CHECK(fixture.store.objects.count("a/1.0.0.sig") == 0);
  }
}

TEST_CASE("a signature is of the package that is wanted, or of none") {
  SigningStore fixture;
  static_cast<void>(fixture.keys.make("al"));
  const std::string line = "al@acme.com " + fixture.keys.public_key("al");
  const auto a = fixture.publish(fixture.zip("a"), fixture.signer("al"));
  const auto b = fixture.publish(fixture.zip("b"), fixture.signer("al"));
  const auto plain = fixture.publish(fixture.zip("c"));
  REQUIRE((a && b && plain));
  auto& objects = fixture.store.objects;

  CHECK(fixture.who(wanted(plain->package), line) == "nobody: it is not signed");
  WantedPackage other = wanted(a->package);
  other.content = Digest::of("x");
  CHECK_THAT(fixture.who(other, line), Contains("its '.json' is of content"));
  other = wanted(a->package);
  other.zip_digest = Digest::of("x");
  CHECK_THAT(fixture.who(other, line), Contains("its '.json' is of zip"));
  other = wanted(a->package);
  other.name = "missing";
  CHECK(fixture.who(other, line) == "nobody: it is not in the packages store");

  SECTION("swapped with another package's") {
    objects["a/1.0.0.sig"] = objects.at("b/1.0.0.sig");
    CHECK_THAT(fixture.who(wanted(a->package), line), Contains("other bytes"));
    objects["a/1.0.0.json"] = objects.at("b/1.0.0.json");
    CHECK(fixture.who(wanted(a->package), line) == "nobody: its '.json' is of b 1.0.0");
    // Even where the lock file was changed with it.
    WantedPackage forged = wanted(b->package);
    forged.name = "a";
    CHECK(fixture.who(forged, line) == "nobody: its '.json' is of b 1.0.0");
  }
  SECTION("changed behind its signature") {
    objects["a/1.0.0.json"] += " ";
    CHECK_THAT(fixture.who(wanted(a->package), line), Contains("other bytes"));
    objects["a/1.0.0.json"] = "{";
    CHECK_THAT(fixture.who(wanted(a->package), line), Contains("its '.json' cannot be read"));
  }
}

TEST_CASE("packages are asked for by as many reads as the store needs, in their order") {
  SigningStore fixture;
  static_cast<void>(fixture.keys.make("al"));
  std::vector<WantedPackage> sought;
  for (const std::string name : {"b", "a", "c"}) {
    const auto sign = name == "a" ? IndexSigner() : fixture.signer("al");
    sought.push_back(wanted(fixture.publish(fixture.zip(name), sign)->package));
  }
  const auto verdicts = find_package_signers(
      fixture.store, sought, {"al@acme.com " + fixture.keys.public_key("al")}, wall_now());
  REQUIRE(verdicts);
  REQUIRE(verdicts->size() == 3);
  CHECK(std::holds_alternative<Signer>((*verdicts)[0]));
  CHECK((*verdicts)[1] == SignatureVerdict(NoSigner{"it is not signed"}));
  CHECK(std::holds_alternative<Signer>((*verdicts)[2]));
}

}  // namespace
}  // namespace cemli
