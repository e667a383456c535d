#include "reconciler/govern/lock_edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "reconciler/govern/text_edits.h"

namespace cemli {
namespace {

/// A member of an object, as byte offsets.
struct Member {
  std::string_view name;  ///< as it is written, without quotes
  std::size_t name_begin = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Finds members in a text that is known to be JSON.
class JsonSpans {
 public:
  explicit JsonSpans(std::string_view text) : text_(text) {}

  /// Of the object that begins at `at` or behind white space there.
  [[nodiscard]] std::vector<Member> members(std::size_t at) const {
    std::vector<Member> found;
    at = next(at) + 1;
    while (text_[at = next(at)] != '}') {
      Member member;
      member.name_begin = at;
      at = behind(at);
      member.name = text_.substr(member.name_begin + 1, at - member.name_begin - 2);
      member.begin = next(next(at) + 1);
      member.end = behind(member.begin);
      at = next(member.end);
      if (text_[at] == ',') ++at;
      found.push_back(member);
    }
    return found;
  }

 private:
  [[nodiscard]] std::size_t next(std::size_t at) const {
    return text_.find_first_not_of(" \t\r\n", at);
  }

  /// Behind the string that begins at `at`.
  [[nodiscard]] std::size_t behind_string(std::size_t at) const {
    for (++at; text_[at] != '"'; ++at) {
      if (text_[at] == '\\') ++at;
    }
    return at + 1;
  }

  /// Behind the value that begins at `at`.
  [[nodiscard]] std::size_t behind(std::size_t at) const {
    if (text_[at] == '"') return behind_string(at);
    if (text_[at] != '{' && text_[at] != '[') return text_.find_first_of(" \t\r\n,]}", at);
    std::size_t depth = 0;
    do {
      const char c = text_[at];
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      at = c == '"' ? behind_string(at) : at + 1;
    } while (depth > 0);
    return at;
  }

  std::string_view text_;
};

std::string line_of(const std::string& name, const LockedPackage& locked) {
  return fmt::format("\"{}\": {}", name, encode_locked(locked));
}

/// The edit that adds a package in front of the first line that sorts behind it.
TextEdit addition(const std::string& line, const std::string& name, std::size_t object,
                  const std::vector<Member>& lines) {
  if (lines.empty()) return {object + 1, 0, "\n" + line};
  const auto behind = std::find_if(lines.begin(), lines.end(),
                                   [&](const Member& member) { return member.name > name; });
  if (behind != lines.end()) return {behind->name_begin, 0, line + ",\n"};
  return {lines.back().end, 0, ",\n" + line};
}

}  // namespace

Result<std::string> promote_in_lock(std::string_view text, std::string_view environment,
                                    std::string_view file,
                                    const std::map<std::string, LockedPackage>& changes) {
  auto expected = parse_lock_file(text, environment, file);
  if (!expected) return std::move(expected).error();
  const JsonSpans spans(text);
  const std::vector<Member> root = spans.members(0);
  const auto packages =
      std::find_if(root.begin(), root.end(), [](const Member& m) { return m.name == "packages"; });
  // It was read, so that it is there; but its name may be written with escapes.
  if (packages == root.end())
    return Error(ErrorCode::invalid_input, fmt::format("{}: written by something else", file))
        .with_hint(fmt::format("cemli lock -e {}", environment));
  const std::vector<Member> lines = spans.members(packages->begin);
  std::map<std::string_view, const Member*> known;
  for (const Member& line : lines) known.emplace(line.name, &line);
  std::vector<TextEdit> edits;
  for (const auto& [name, locked] : changes) {
    const auto line = known.find(name);
    if (line == known.end()) {
      edits.push_back(addition(line_of(name, locked), name, packages->begin, lines));
    } else if (expected->packages.at(name) != locked) {
      const Member& member = *line->second;
      edits.push_back({member.begin, member.end - member.begin, encode_locked(locked)});
    }
    expected->packages.insert_or_assign(name, locked);
  }
  std::string result = with_edits(text, std::move(edits));
  const auto read = parse_lock_file(result, environment, file);
  if (read && *read == *expected) return result;
  return Error(ErrorCode::invalid_input,
               fmt::format("{}: it is not as cemli writes it, and cannot be changed line by line",
                           file))
      .with_hint(fmt::format("cemli lock -e {}", environment));
}

}  // namespace cemli
