#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reconciler/package/step_spec.h"
#include "state/base/digest.h"
#include "state/base/result.h"
#include "state/base/semver.h"
#include "state/event.h"

namespace cemli {

/// What kind of change a package is: the five letters of CEMLI.
enum class PackageType { configuration, extension, modification, localization, integration };
[[nodiscard]] std::string_view word_of(PackageType type);

/// Whether what a package does can be taken back.
enum class Reversible { no, compensating, yes };
[[nodiscard]] std::string_view word_of(Reversible reversible);
[[nodiscard]] std::optional<Reversible> reversible_of(std::string_view word);

/// Where the attempt after one that did not succeed begins.
enum class Resume {
  restart,  ///< with the first step
  step,     ///< with the program that failed or was interrupted
};

enum class ParameterType { string, integer, number, boolean, list };
[[nodiscard]] std::string_view word_of(ParameterType type);

/// A bound of a number, or of a length.
using Limit = std::variant<std::int64_t, double>;

/// A parameter that a package declares. `allowed` and `pattern` are about a list's items, `min` and
/// `max` about how many those are, or how many characters a string has.
struct ParameterSpec {
  ParameterType type = ParameterType::string;
  std::optional<ParameterValue> default_value;
  std::string description;
  /// `enum`; where it is empty, any value will do.
  std::vector<ParameterValue> allowed = {};
  /// In RE2's syntax; all of a text must match.
  std::optional<std::string> pattern = std::nullopt;
  std::optional<Limit> min = std::nullopt;
  std::optional<Limit> max = std::nullopt;
  friend bool operator==(const ParameterSpec&, const ParameterSpec&) = default;
};

/// Whether `text` is a secret's name, which becomes a file's: `[A-Za-z][A-Za-z0-9_]{0,62}`.
[[nodiscard]] bool is_secret_name(std::string_view text);

/// What a package says of itself in `manifest.json`.
struct Manifest {
  std::string name;
  Version version;
  PackageType type = PackageType::configuration;
  std::string description = {};
  std::string owner = {};
  std::string change_ticket = {};
  std::map<std::string, VersionRange> depends_on = {};
  /// Where it may be desired, sorted; empty: anywhere.
  std::vector<std::string> environments = {};
  std::map<std::string, ParameterSpec> parameters = {};
  /// Names of the secrets that its steps get, sorted.
  std::vector<std::string> secrets = {};
  /// What else its identity covers: `secrets`.
  std::vector<std::string> rerun_on = {};
  /// Names of which no two holders run together, sorted.
  std::vector<std::string> locks = {};
  /// All programs, by step and in the order they run. Steps found by their place are added when the
  /// files are known.
  std::vector<StepSpec> steps = {};
  bool idempotent = false;
  Resume resume = Resume::restart;
  Reversible reversible = Reversible::no;
  /// Canonical JSON of the whole manifest, as evidence and the packages store keep it.
  std::string document = {};
  friend bool operator==(const Manifest&, const Manifest&) = default;
};

/// In bytes.
inline constexpr std::size_t kLargestManifest = 1024 * 1024;

/// Reads a manifest. All problems at once; content problems are named by JSON pointer behind
/// `file`. What this version does not support yet is refused by name.
[[nodiscard]] Result<Manifest> parse_manifest(std::string_view json, std::string_view file);
/// As `parse_manifest`, of a document that was parsed already.
[[nodiscard]] Result<Manifest> read_manifest(const nlohmann::json& document, std::string_view file);

/// Name and version, as messages name a package.
[[nodiscard]] std::string title(const Manifest& manifest);

[[nodiscard]] bool has_step(const Manifest& manifest, std::string_view name);

/// Adds the steps that stand in their place (`steps/run.sh`) among `paths`, sorts all steps by the
/// order they run in, and checks that each step's program in the package exists and that there is
/// something to run (`invalid_input`).
[[nodiscard]] Result<void> complete_steps(Manifest& manifest, const std::vector<std::string>& paths,
                                          std::string_view file);

/// A version in the packages store, from its `.json` object.
struct PublishedPackage {
  Manifest manifest;
  Digest content;
  Digest zip_digest;
  std::uint64_t zip_size = 0;
  friend bool operator==(const PublishedPackage&, const PublishedPackage&) = default;
};

}  // namespace cemli
