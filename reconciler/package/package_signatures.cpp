#include "reconciler/package/package_signatures.h"

#include <fmt/format.h>

#include <utility>

#include "reconciler/package/published_codec.h"
#include "state/base/ssh_signature.h"

namespace cemli {
namespace {

SignatureVerdict nobody(std::string why) {
  return NoSigner{std::move(why)};
}

/// Why a version's `.json` is not that of the package that is wanted; nothing where it is.
std::optional<std::string> difference(const WantedPackage& wanted, std::string_view index) {
  const auto published = decode_published(index);
  if (!published) return "its '.json' cannot be read: " + published.error().message();
  const Manifest& manifest = published->manifest;
  if (manifest.name != wanted.name || !(manifest.version == wanted.version))
    return fmt::format("its '.json' is of {} {}", manifest.name, manifest.version.text());
  if (published->content != wanted.content)
    return fmt::format("its '.json' is of content {}, and {} is wanted",
                       published->content.abbreviated(), wanted.content.abbreviated());
  if (published->zip_digest != wanted.zip_digest)
    return fmt::format("its '.json' is of zip {}, and {} is wanted",
                       published->zip_digest.abbreviated(), wanted.zip_digest.abbreviated());
  return std::nullopt;
}

}  // namespace

Result<PackageSignature> check_package_signature(std::string_view index, std::string text) {
  auto key = key_of_signature({index, text, kPackageNamespace});
  if (!key) return std::move(key).error();
  return PackageSignature{std::move(text), *std::move(key)};
}

Result<KeptSignature> keep_signature(Store& store, const std::string& name, const Version& version,
                                     std::string_view index, const PackageSignature& signature) {
  using Outcome = KeptSignature::Outcome;
  const std::string key = key_of(PackageObject::signature, name, version);
  const auto creation = store.create({key, signature.text});
  if (!creation) return creation.error();
  if (*creation == Creation::created) return KeptSignature{Outcome::added, signature.key};
  auto there = store.get(key);
  if (!there) return std::move(there).error();
  if (!*there) return Error(ErrorCode::unavailable, fmt::format("'{}' came and went", key));
  auto theirs = check_package_signature(index, **std::move(there));
  if (!theirs && theirs.error().code() == ErrorCode::invalid_input) {
    return Error(ErrorCode::conflict,
                 fmt::format("'{}' is there already, and is no signature of this version: {}", key,
                             theirs.error().message()))
        .with_hint(
            fmt::format("look at it in {}, and remove it if nobody needs it", store.address()));
  }
  if (!theirs) return std::move(theirs).error();
  const auto outcome =
      theirs->key == signature.key ? Outcome::already_there : Outcome::from_other_key;
  return KeptSignature{outcome, std::move(theirs->key)};
}

WantedPackage wanted(const PublishedPackage& package) {
  return {package.manifest.name, package.manifest.version, package.content, package.zip_digest};
}

Result<std::vector<StoredSignature>> read_signatures(Store& packages,
                                                     std::span<const PackageVersion> versions) {
  std::vector<std::string> keys;
  keys.reserve(2 * versions.size());
  for (const auto& [name, version] : versions) {
    keys.push_back(key_of(PackageObject::index, name, version));
    keys.push_back(key_of(PackageObject::signature, name, version));
  }
  auto objects = packages.get_all(keys);
  if (!objects) return std::move(objects).error();
  std::vector<StoredSignature> stored;
  stored.reserve(versions.size());
  for (std::size_t i = 0; i < objects->size(); i += 2)
    stored.push_back({std::move((*objects)[i]), std::move((*objects)[i + 1])});
  return stored;
}

Result<SignatureVerdict> judge_signature(const WantedPackage& wanted, const StoredSignature& stored,
                                         SignatureChecker& checker) {
  if (!stored.index) return nobody("it is not in the packages store");
  if (!stored.signature) return nobody("it is not signed");
  if (auto differs = difference(wanted, *stored.index)) return nobody(*std::move(differs));
  return checker.check({*stored.index, *stored.signature, kPackageNamespace});
}

Result<std::vector<SignatureVerdict>> find_package_signers(Store& packages,
                                                           std::span<const WantedPackage> wanted,
                                                           const SignerFiles& signers,
                                                           Timestamp time) {
  std::vector<PackageVersion> versions;
  for (const WantedPackage& package : wanted) versions.push_back({package.name, package.version});
  const auto stored = read_signatures(packages, versions);
  if (!stored) return stored.error();
  auto checker = SignatureChecker::make(signers, time);
  if (!checker) return std::move(checker).error();
  std::vector<SignatureVerdict> verdicts;
  verdicts.reserve(wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    auto verdict = judge_signature(wanted[i], (*stored)[i], *checker);
    if (!verdict) {
      return std::move(verdict).error().while_doing(
          fmt::format("{} {}", wanted[i].name, wanted[i].version.text()));
    }
    verdicts.push_back(*std::move(verdict));
  }
  return verdicts;
}

}  // namespace cemli
