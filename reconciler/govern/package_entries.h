#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/desired/text_position.h"
#include "reconciler/govern/environment_edit.h"
#include "reconciler/govern/text_edits.h"

namespace cemli {

/// Where a version stands in the text of an environment file.
struct VersionSpot {
  TextPosition at = {};
  /// Of its first byte, its anchor or its alias.
  std::size_t offset = 0;
  std::string text = {};
  bool through_alias = false;
};

/// Where a package stands there.
struct PackagePlace {
  TextPosition at = {};    ///< of its name
  std::size_t offset = 0;  ///< of its name
  VersionSpot version = {};
  /// Whether the mapping behind its name is an alias.
  bool through_alias = false;
};

/// What stands under `packages:`, and where.
struct PackageEntries {
  /// Of the key; nothing where the file has none.
  std::optional<TextPosition> at = std::nullopt;
  std::size_t key_offset = 0;
  /// Of the mapping behind it.
  std::size_t value_offset = 0;
  bool through_alias = false;
  /// Of the next key of the file; nothing where `packages` is the last.
  std::optional<std::size_t> next_key = std::nullopt;
  std::map<std::string, PackagePlace> by_name = {};
};

/// Reads where packages stand in the text of an environment file that has no problems.
[[nodiscard]] PackageEntries find_package_entries(std::string_view text);

/// Where a value begins whose anchor, if it has one, begins at `at`; the text's end where none
/// does.
[[nodiscard]] std::size_t behind_anchor(std::string_view text, std::size_t at);

/// The edits that add entries behind the last one, in the style of the first: indentation, quotes,
/// line ends. `invalid_input` with the lines to add by hand where there is no such place: in flow
/// style, or without `packages`.
[[nodiscard]] Result<std::vector<TextEdit>> additions_to(std::string_view text,
                                                         std::string_view file,
                                                         const PackageEntries& entries,
                                                         const NewVersions& added);

}  // namespace cemli
