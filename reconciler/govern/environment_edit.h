#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "state/base/result.h"
#include "state/base/semver.h"

namespace cemli {

/// What a promotion writes of one package.
struct NewVersion {
  Version version;
  /// Of an entry that is added: its instances, each without parameters. None: one use, short form.
  std::vector<std::string> instances = {};
  friend bool operator==(const NewVersion&, const NewVersion&) = default;
};

/// By package.
using NewVersions = std::map<std::string, NewVersion>;

/// The text of an environment file with these versions, and not a byte of it else changed; what it
/// does not name yet is added at the end of `packages`, in the style of what stands there. Pure.
/// `file` is its path, for messages. The result was read again and compared: `invalid_input` names
/// the line to change by hand where an alias, an anchor or flow style stands in the way.
[[nodiscard]] Result<std::string> promote_in_text(std::string_view text, std::string_view file,
                                                  const NewVersions& changes);

}  // namespace cemli
