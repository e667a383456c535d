#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reconciler/desired/desired_state.h"
#include "reconciler/desired/file_tree.h"
#include "reconciler/desired/lock_file.h"
#include "reconciler/desired/text_position.h"
#include "state/base/result.h"
#include "state/base/semver.h"
#include "state/store/store_address.h"

namespace cemli {

class LockMemory;

/// A parameter's value as it is written. Its meaning depends on the type that a package declares.
struct WrittenValue {
  enum class Style { plain, quoted, list };
  std::string text;
  Style style = Style::plain;
  TextPosition at = {};
  /// Of a list: scalars.
  std::vector<WrittenValue> items = {};
  friend bool operator==(const WrittenValue&, const WrittenValue&) = default;
};

using WrittenParameters = std::map<std::string, WrittenValue>;

/// What a file says of a package's version.
using WantedVersion = std::variant<Version, VersionRange>;
[[nodiscard]] const std::string& wanted_text(const WantedVersion& wanted);
[[nodiscard]] bool fits(const WantedVersion& wanted, const Version& version);

/// One of several uses of a package.
struct InstanceEntry {
  TextPosition at = {};  ///< of its name
  WrittenParameters parameters = {};
  friend bool operator==(const InstanceEntry&, const InstanceEntry&) = default;
};

/// A package that the file names.
struct PackageEntry {
  WantedVersion version;
  TextPosition at = {};  ///< of the name
  TextPosition version_at = {};
  /// Defaults for all of its instances.
  WrittenParameters parameters = {};
  /// Overrides the file's own where it is set.
  std::optional<bool> assume_idempotent = std::nullopt;
  /// Empty: one use, without a name.
  std::map<std::string, InstanceEntry> instances = {};
  friend bool operator==(const PackageEntry&, const PackageEntry&) = default;
};

/// What stands under `stores:`; a relative folder counts from the repository's root.
struct StoreAddresses {
  StoreAddress packages;
  StoreAddress results;
  StoreAddress state;
  friend bool operator==(const StoreAddresses&, const StoreAddresses&) = default;
};

/// What stands in `environments/<env>.yaml` (DESIGN 3.1) but for the packages that it desires, with
/// the signers beside it.
struct EnvironmentSettings {
  /// The file's path, as messages show it.
  std::string file;
  std::string environment;
  std::string description = {};
  /// Absent: the embedded stores.
  std::optional<StoreAddresses> stores = std::nullopt;
  std::chrono::milliseconds lease = std::chrono::minutes(5);
  /// The environment that versions come from: `promote` takes what succeeded there.
  std::optional<std::string> promote_from = std::nullopt;
  RunnerSettings runner = {};
  std::map<std::string, SecretSource> secrets = {};
  Policy policy = {};
  /// From the same commit.
  Signers signers = {};
  friend bool operator==(const EnvironmentSettings&, const EnvironmentSettings&) = default;
};

/// An environment's file as it is written, with positions.
struct EnvironmentFile : EnvironmentSettings {
  /// Defaults for every package that declares the parameter.
  WrittenParameters parameters = {};
  std::map<std::string, PackageEntry> packages = {};
  bool assume_idempotent = false;
  /// `all`: every other package of the packages store is desired, too.
  enum class Track { none, all } track = Track::none;
  TextPosition track_at = {};
  /// What stands in the lock file beside it, where there is one.
  std::optional<LockFile> lock = std::nullopt;
  friend bool operator==(const EnvironmentFile&, const EnvironmentFile&) = default;
};

/// Reads an environment file; `file` is its path, whose stem the environment must be. All problems
/// at once, each as `file:line:column`. What this version does not support yet is refused by name.
/// `packages: {}` desires nothing; a file without `packages` (but with `track: all`), or with
/// nothing behind it, is wrong.
[[nodiscard]] Result<EnvironmentFile> parse_environment_file(std::string_view text,
                                                             std::string_view file);

/// What is needed to look at an environment's record, or to add an operator's word to it.
struct RecordedEnvironment {
  /// Where there are problems: its name and stores, and what it is promoted from.
  EnvironmentSettings settings;
  std::optional<Error> problems = std::nullopt;
};

/// As `parse_environment_file`, but only an error where the problems leave in doubt which
/// environment it is or where its stores are.
[[nodiscard]] Result<RecordedEnvironment> parse_recorded_environment(std::string_view text,
                                                                     std::string_view file);

/// `environments/ENVIRONMENT.yaml`.
[[nodiscard]] std::string environment_path(std::string_view environment);

/// Names of the environments that have a file in `tree`, sorted.
[[nodiscard]] Result<std::vector<std::string>> environments_in(const FileTree& tree);

/// Reads an environment's file in `tree`, with its lock file where there is one and the signers.
/// `not_found` names the environments that are there. Who reads many of them passes what remembers
/// lines.
[[nodiscard]] Result<EnvironmentFile> read_environment_file(const FileTree& tree,
                                                            std::string_view environment,
                                                            LockMemory* memory = nullptr);
/// The same without the lock file: what an environment's rules are.
[[nodiscard]] Result<EnvironmentFile> read_environment_rules(const FileTree& tree,
                                                             std::string_view environment);
/// The same for who needs its record alone; neither lock file nor signers are read.
[[nodiscard]] Result<RecordedEnvironment> read_recorded_environment(const FileTree& tree,
                                                                    std::string_view environment);

}  // namespace cemli
