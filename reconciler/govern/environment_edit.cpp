#include "reconciler/govern/environment_edit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <utility>

#include "reconciler/desired/environment_file.h"
#include "reconciler/govern/package_entries.h"
#include "reconciler/govern/text_edits.h"

namespace cemli {
namespace {

/// Where the quoted text that begins at `at` ends: its closing quote.
std::size_t closing_quote(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\' && quote == '"') {
      ++at;
    } else if (text[at] == quote) {
      // Two single quotes are one that belongs to the text.
      if (quote == '"' || text.substr(at + 1, 1) != "'") return at;
      ++at;
    }
  }
  return std::string_view::npos;
}

/// Replaces a version where it stands, in the quotes that it has; nothing where it cannot be found.
std::optional<TextEdit> edit_of(std::string_view text, const VersionSpot& spot,
                                const std::string& version) {
  constexpr auto npos = std::string_view::npos;
  if (spot.through_alias) {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n[]{},", spot.offset), text.size());
    return TextEdit{spot.offset, end - spot.offset, version};
  }
  std::size_t at = behind_anchor(text, spot.offset);
  if (at == text.size()) return std::nullopt;
  if (text[at] == '"' || text[at] == '\'') {
    const std::size_t end = closing_quote(text, at);
    if (end == npos) return std::nullopt;
    return TextEdit{at + 1, end - at - 1, version};
  }
  // A block of its own has it on one of the lines behind its `|` or `>`.
  if (text[at] == '|' || text[at] == '>') at = text.find(spot.text, text.find('\n', at));
  if (at == npos || text.substr(at, spot.text.size()) != spot.text) return std::nullopt;
  return TextEdit{at, spot.text.size(), version};
}

void forget_positions(WrittenParameters& parameters) {
  for (auto& [name, value] : parameters) {
    value.at = {};
    for (WrittenValue& item : value.items) item.at = {};
  }
}

/// What the file says, wherever it says it.
EnvironmentFile without_positions(EnvironmentFile file) {
  forget_positions(file.parameters);
  file.track_at = {};
  for (auto& [name, entry] : file.packages) {
    entry.at = entry.version_at = {};
    forget_positions(entry.parameters);
    for (auto& [instance, use] : entry.instances) {
      use.at = {};
      forget_positions(use.parameters);
    }
  }
  return file;
}

class Edit {
 public:
  Edit(std::string_view text, std::string_view file, const NewVersions& changes)
      : text_(text), file_(file), changes_(changes) {}

  Result<std::string> run() {
    auto before = parse_environment_file(text_, file_);
    if (!before) return std::move(before).error();
    before_ = *std::move(before);
    const PackageEntries entries = find_package_entries(text_);
    NewVersions added;
    for (const auto& [name, change] : changes_) {
      const auto entry = entries.by_name.find(name);
      if (entry == entries.by_name.end()) {
        added.emplace(name, change);
      } else if (!entry->second.version.through_alias) {
        written_.emplace(entry->second.version.at, change.version.text());
      }
    }
    for (const auto& [name, change] : changes_) {
      const auto entry = entries.by_name.find(name);
      if (entry != entries.by_name.end()) change_entry(name, entry->second, change);
    }
    if (!problems_.empty()) return refusal();
    if (!added.empty()) {
      auto edits = additions_to(text_, file_, entries, added);
      if (!edits) return std::move(edits).error();
      for (TextEdit& edit : *edits) edits_.push_back(std::move(edit));
    }
    std::string result = with_edits(text_, std::move(edits_));
    compare(result);
    if (!problems_.empty()) return refusal();
    return result;
  }

 private:
  /// Says which line to change by hand.
  void by_hand(const std::string& name, const NewVersion& change, TextPosition at,
               std::string_view why) {
    problems_.push_back({at, fmt::format("'{}' is changed by hand: {}", name, why)});
    lines_.push_back(fmt::format("{}: {}", name, change.version.text()));
  }

  Error refusal() {
    std::string hint = "write there, or give the package a version of its own:";
    for (const std::string& line : lines_) hint += "\n  " + line;
    return error_in(file_, std::move(problems_)).with_hint(std::move(hint));
  }

  void change_entry(const std::string& name, const PackagePlace& place, const NewVersion& change) {
    const VersionSpot& spot = place.version;
    const std::string& version = change.version.text();
    if (spot.text == version) return;
    // What an alias names may be promoted to the same version where it is written.
    const auto written = written_.find(spot.at);
    if (spot.through_alias && written != written_.end() && written->second == version) return;
    if (place.through_alias)
      return by_hand(name, change, place.at, "all that stands there is an alias");
    auto edit = edit_of(text_, spot, version);
    if (!edit) return by_hand(name, change, spot.at, "it is not written plainly");
    edits_.push_back(*std::move(edit));
  }

  /// The safety net: reads the new text, in which only the promoted versions may differ.
  void compare(const std::string& result) {
    const auto after = parse_environment_file(result, file_);
    EnvironmentFile expected = without_positions(before_);
    for (const auto& [name, change] : changes_) {
      const auto entry = expected.packages.find(name);
      if (entry != expected.packages.end()) {
        entry->second.version = change.version;
        continue;
      }
      PackageEntry added{change.version};
      for (const std::string& instance : change.instances) added.instances[instance] = {};
      expected.packages.emplace(name, std::move(added));
    }
    if (after && without_positions(*after) == expected) return;
    if (after) name_dragged_along(*after, expected);
    if (!problems_.empty()) return;
    for (const auto& [name, change] : changes_) {
      const auto entry = before_.packages.find(name);
      by_hand(name, change, entry != before_.packages.end() ? entry->second.at : TextPosition{},
              "a change of its line alone would change something else too");
    }
  }

  /// Packages that would change because what they name by an alias does.
  void name_dragged_along(const EnvironmentFile& after, const EnvironmentFile& expected) {
    for (const auto& [name, entry] : expected.packages) {
      const auto now = after.packages.find(name);
      if (now == after.packages.end() || now->second.version == entry.version) continue;
      const auto before = before_.packages.find(name);
      const auto* version = std::get_if<Version>(&entry.version);
      if (version == nullptr || before == before_.packages.end()) continue;
      by_hand(name, {*version}, before->second.at,
              "it would change along with the version that it names by an alias");
    }
  }

  std::string_view text_;
  std::string_view file_;
  const NewVersions& changes_;
  EnvironmentFile before_;
  /// Versions that are written out, by where they stand.
  std::map<TextPosition, std::string> written_;
  std::vector<TextEdit> edits_;
  std::vector<TextProblem> problems_;
  std::vector<std::string> lines_;
};

}  // namespace

Result<std::string> promote_in_text(std::string_view text, std::string_view file,
                                    const NewVersions& changes) {
  return Edit(text, file, changes).run();
}

}  // namespace cemli
