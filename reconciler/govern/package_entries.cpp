#include "reconciler/govern/package_entries.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "reconciler/desired/yaml_events.h"

namespace cemli {
namespace {

using Kind = YamlEvent::Kind;
constexpr auto npos = std::string_view::npos;

/// Follows the events of a file down to the versions of its packages.
class EntryReader {
 public:
  void take(const YamlEvent& event) {
    switch (event.kind) {
      case Kind::mapping_start:
      case Kind::list_start:
        return open(event);
      case Kind::mapping_end:
      case Kind::list_end:
        --depth_;
        return;
      case Kind::key:
        return take_key(event);
      case Kind::plain:
      case Kind::quoted:
      case Kind::null:
        if (is_version())
          place_->version = {event.at, event.offset, event.text, event.through_alias};
        return;
    }
  }

  PackageEntries finish() && { return std::move(entries_); }

 private:
  void open(const YamlEvent& event) {
    ++depth_;
    if (!in_packages_) return;
    if (depth_ == 2) {
      entries_.value_offset = event.offset;
      entries_.through_alias = event.through_alias;
    } else if (depth_ == 3 && place_ != nullptr) {
      place_->through_alias = event.through_alias;
    }
  }

  void take_key(const YamlEvent& event) {
    if (depth_ == 1) {
      if (entries_.at && !entries_.next_key) entries_.next_key = event.offset;
      in_packages_ = event.text == "packages";
      if (!in_packages_) return;
      entries_.at = event.at;
      entries_.key_offset = event.offset;
    } else if (in_packages_ && depth_ == 2) {
      place_ = &entries_.by_name[event.text];
      place_->at = event.at;
      place_->offset = event.offset;
    } else if (in_packages_ && depth_ == 3) {
      key_ = event.text;
    }
  }

  [[nodiscard]] bool is_version() const {
    if (!in_packages_ || place_ == nullptr) return false;
    return depth_ == 2 || (depth_ == 3 && key_ == "version");
  }

  PackageEntries entries_;
  /// How many mappings and lists are open.
  int depth_ = 0;
  bool in_packages_ = false;
  PackagePlace* place_ = nullptr;
  std::string key_;
};

std::size_t line_begin(std::string_view text, std::size_t at) {
  const std::size_t before = at == 0 ? npos : text.rfind('\n', at - 1);
  return before == npos ? 0 : before + 1;
}

/// Behind the line's end; the text's end where it has none.
std::size_t line_end(std::string_view text, std::size_t at) {
  const std::size_t end = text.find('\n', at);
  return end == npos ? text.size() : end + 1;
}

/// What stands before a place on its line; nothing where that is more than spaces.
std::optional<std::string> indentation(std::string_view text, std::size_t at) {
  std::string_view before = text.substr(line_begin(text, at), at - line_begin(text, at));
  if (before.starts_with("\xEF\xBB\xBF")) before.remove_prefix(3);
  if (before.find_first_not_of(' ') != npos) return std::nullopt;
  return std::string(before);
}

/// How the line before `at` ends, or the first one where that has no end.
std::string line_break(std::string_view text, std::size_t at) {
  const std::size_t end = at > 0 && text[at - 1] == '\n' ? at - 1 : text.find('\n');
  return end != npos && end > 0 && text[end - 1] == '\r' ? "\r\n" : "\n";
}

/// The quote that a key or a value begins with, if any.
std::string quote_at(std::string_view text, std::size_t at) {
  const std::string_view first = text.substr(at, 1);
  return first == "\"" || first == "'" ? std::string(first) : "";
}

struct Style {
  std::string indent;
  /// What one level more adds.
  std::string step = "  ";
  std::string key_quote = {};
  std::string version_quote = {};
};

/// A key as it must be written to be read as this text.
std::string key_text(const std::string& name, const std::string& quote) {
  const bool is_null = name == "null" || name == "Null" || name == "NULL";
  const std::string around = quote.empty() && (is_null || name.starts_with('-')) ? "'" : quote;
  return around + name + around;
}

std::vector<std::string> lines_of(const std::string& name, const NewVersion& added,
                                  const Style& style) {
  const std::string key = style.indent + key_text(name, style.key_quote) + ":";
  const std::string version = style.version_quote + added.version.text() + style.version_quote;
  if (added.instances.empty()) return {key + " " + version};
  const std::string inner = style.indent + style.step;
  std::vector<std::string> lines{key, inner + "version: " + version, inner + "instances:"};
  for (const std::string& instance : added.instances)
    lines.push_back(inner + style.step + key_text(instance, style.key_quote) + ": {}");
  return lines;
}

Error by_hand(std::string_view file, const PackageEntries& entries, const NewVersions& added,
              std::string_view why) {
  std::string hint = "write this under 'packages:', then promote again:";
  for (const auto& [name, version] : added) {
    for (const std::string& line : lines_of(name, version, Style{"  "})) hint += "\n" + line;
  }
  return Error(ErrorCode::invalid_input,
               fmt::format("{}: {}, so nothing can be added there",
                           where(file, entries.at.value_or(TextPosition{})), why))
      .with_hint(std::move(hint));
}

/// Where the block of entries ends: behind its last line, and behind comments that are indented as
/// its entries are. What follows (blank lines, comments further left) belongs to what comes next.
std::size_t block_end(std::string_view text, const PackageEntries& entries,
                      const std::string& indent) {
  std::size_t end = entries.next_key ? line_begin(text, *entries.next_key) : text.size();
  while (end > entries.value_offset) {
    const std::size_t begin = line_begin(text, end - 1);
    const std::string_view line = text.substr(begin, end - begin);
    const std::size_t first = line.find_first_not_of(" \t\r\n");
    const bool is_blank = first == npos;
    const bool is_outer_comment = !is_blank && line[first] == '#' && first < indent.size();
    if (!is_blank && !is_outer_comment && !line.starts_with("...")) break;
    end = begin;
  }
  return end;
}

TextEdit lines_at(std::string_view text, std::size_t at, const NewVersions& added,
                  const Style& style) {
  // A text that does not end with a line's end goes on not to.
  const bool begins_line = at == 0 || text[at - 1] == '\n';
  const std::string end = line_break(text, at);
  std::string lines;
  for (const auto& [name, version] : added) {
    for (const std::string& line : lines_of(name, version, style))
      lines += begins_line ? line + end : end + line;
  }
  return {at, 0, std::move(lines)};
}

}  // namespace

PackageEntries find_package_entries(std::string_view text) {
  EntryReader reader;
  // That it has no problems is known.
  static_cast<void>(read_yaml(text, [&](const YamlEvent& event) { reader.take(event); }));
  return std::move(reader).finish();
}

std::size_t behind_anchor(std::string_view text, std::size_t at) {
  constexpr std::string_view kBlanks = " \t\r\n";
  if (text.substr(at, 1) != "&") return at;
  at = text.find_first_of(kBlanks, at);
  // A comment may stand between the two.
  while ((at = text.find_first_not_of(kBlanks, at)) != npos && text[at] == '#')
    at = text.find('\n', at);
  return std::min(at, text.size());
}

Result<std::vector<TextEdit>> additions_to(std::string_view text, std::string_view file,
                                           const PackageEntries& entries,
                                           const NewVersions& added) {
  if (!entries.at) return by_hand(file, entries, added, "there is no 'packages'");
  const auto outer = indentation(text, entries.key_offset);
  if (!outer || entries.through_alias)
    return by_hand(file, entries, added, "'packages' is not in a style of one line an entry");
  Style style{*outer + "  "};
  const std::size_t brace = behind_anchor(text, entries.value_offset);
  if (text.substr(brace, 1) == "{") {
    const std::size_t closing = text.find_first_not_of(" \t", brace + 1);
    if (!entries.by_name.empty() || closing == npos || text[closing] != '}')
      return by_hand(file, entries, added, "'packages' is in flow style");
    const std::size_t end = line_end(text, closing);
    const bool is_last =
        text.substr(closing + 1, end - closing - 1).find_first_not_of(" \t\r\n") == npos;
    std::size_t begin = brace;
    while (is_last && begin > 0 && text[begin - 1] == ' ') --begin;
    return std::vector{TextEdit{begin, closing + 1 - begin, ""}, lines_at(text, end, added, style)};
  }
  const auto first = std::min_element(
      entries.by_name.begin(), entries.by_name.end(),
      [](const auto& a, const auto& b) { return a.second.offset < b.second.offset; });
  const auto indent = indentation(text, first->second.offset);
  if (!indent || indent->size() <= outer->size())
    return by_hand(file, entries, added, "'packages' is not in a style of one line an entry");
  style.indent = *indent;
  style.step = indent->substr(outer->size());
  style.key_quote = quote_at(text, first->second.offset);
  if (!first->second.version.through_alias)
    style.version_quote = quote_at(text, first->second.version.offset);
  return std::vector{lines_at(text, block_end(text, entries, *indent), added, style)};
}

}  // namespace cemli
