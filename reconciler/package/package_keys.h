#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "state/base/semver.h"

namespace cemli {

/// A version in a packages store.
struct PackageVersion {
  std::string name;
  Version version;
  friend bool operator==(const PackageVersion&, const PackageVersion&) = default;
};

/// What a packages store has of a version: `NAME/VERSION.zip`, `.json` and `.sig`.
enum class PackageObject {
  zip,
  index,      ///< makes the version exist
  signature,  ///< of the index's bytes
};

/// The key of an object of a version's, with `+` as `%2B`.
[[nodiscard]] std::string key_of(PackageObject object, const std::string& name,
                                 const Version& version);
/// The version whose object of that kind has this key; nothing for what somebody else put into the
/// store.
[[nodiscard]] std::optional<PackageVersion> version_of_key(std::string_view key,
                                                           PackageObject object);

/// For messages: `package 'NAME' VERSION`.
[[nodiscard]] std::string title_of(const std::string& name, const Version& version);

}  // namespace cemli
