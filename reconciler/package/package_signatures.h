#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/package/manifest.h"
#include "reconciler/package/package_keys.h"
#include "state/base/clock.h"
#include "state/base/digest.h"
#include "state/base/result.h"
#include "state/base/semver.h"
#include "state/base/signature_checker.h"
#include "state/base/signer.h"
#include "state/store/store.h"

namespace cemli {

/// The namespace of packages' signatures. What is signed is the bytes of a version's `.json`.
inline constexpr std::string_view kPackageNamespace = "cemli-package";

/// Gives the signature of a version's `.json`, or nothing where it gets none. `place` is that of
/// its zip among those that are published.
using IndexSigner =
    std::function<Result<std::optional<std::string>>(std::size_t place, std::string_view index)>;

/// A signature that is of a version's `.json`, whoever made it.
struct PackageSignature {
  std::string text;
  /// The fingerprint of the key that made it.
  std::string key;
};
/// `invalid_input` where it is no signature of these bytes.
[[nodiscard]] Result<PackageSignature> check_package_signature(std::string_view index,
                                                               std::string text);

/// What became of a signature that a version in a store was to get.
struct KeptSignature {
  enum class Outcome {
    added,
    already_there,   ///< this very key's: nothing was written
    from_other_key,  ///< a good one was there, and stays
  } outcome = Outcome::added;
  /// The fingerprint of the key whose signature the store has now.
  std::string key;
};

/// Puts a signature beside a version's `.json`, of which `index` are the bytes; it never
/// overwrites. `conflict` where what is there already is no signature of them.
[[nodiscard]] Result<KeptSignature> keep_signature(Store& store, const std::string& name,
                                                   const Version& version, std::string_view index,
                                                   const PackageSignature& signature);

/// A version as somebody wants it: whose signature is looked for, and of what it must be.
struct WantedPackage {
  std::string name;
  Version version;
  Digest content;
  Digest zip_digest;
};
[[nodiscard]] WantedPackage wanted(const PublishedPackage& package);

/// A version's `.json` and `.sig`, as they lie in a store.
struct StoredSignature {
  std::optional<std::string> index;
  std::optional<std::string> signature;
};

/// Reads what is needed to judge the versions' signatures, side by side where the store can.
[[nodiscard]] Result<std::vector<StoredSignature>> read_signatures(
    Store& packages, std::span<const PackageVersion> versions);

/// Who signed the package, or why nobody who counts did: it is not signed, the `.json` in the store
/// is of another package or zip than is wanted, or the signature does not count. Errors as
/// `SignatureChecker`.
[[nodiscard]] Result<SignatureVerdict> judge_signature(const WantedPackage& wanted,
                                                       const StoredSignature& stored,
                                                       SignatureChecker& checker);

/// The two above, of all packages, in their order.
[[nodiscard]] Result<std::vector<SignatureVerdict>> find_package_signers(
    Store& packages, std::span<const WantedPackage> wanted, const SignerFiles& signers,
    Timestamp time);

}  // namespace cemli
