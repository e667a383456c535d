#pragma once

#include <map>
#include <string>
#include <string_view>

#include "reconciler/desired/lock_file.h"
#include "state/base/result.h"

namespace cemli {

/// Reads many lock files that have most of their lines in common, as those of one team's
/// environments do: a line that was read before is not read again. For one thread.
class LockMemory {
 public:
  /// As `parse_lock_file`, of which it takes what is not laid out as `encode_lock` does it.
  [[nodiscard]] Result<LockFile> parse(std::string_view text, std::string_view environment,
                                       std::string_view file);

 private:
  /// A line's package; null where the line does not hold exactly one.
  [[nodiscard]] const std::pair<std::string, LockedPackage>* find(std::string_view line);

  /// By the line's bytes, without its comma.
  std::map<std::string, std::pair<std::string, LockedPackage>, std::less<>> lines_;
};

}  // namespace cemli
