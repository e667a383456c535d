#pragma once

#include <map>
#include <set>
#include <string>

#include "state/base/digest.h"
#include "state/base/result.h"
#include "state/recorded_state.h"
#include "state/store/store.h"

namespace cemli {

/// A version of a package by what it holds.
struct VersionContent {
  std::string version;
  Digest content;
  friend bool operator==(const VersionContent&, const VersionContent&) = default;
};

/// Which of the packages in `wanted`, each with that version and content, have ever succeeded in
/// `recorded`'s environment, under any instance; what was resolved or adopted as done counts, too.
/// Where the record no longer tells, as another version came after it, the whole log in `state` is
/// read.
[[nodiscard]] Result<std::set<std::string>> find_successes(
    const RecordedState& recorded, Store& state,
    const std::map<std::string, VersionContent>& wanted);

}  // namespace cemli
