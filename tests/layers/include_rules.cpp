#include "tests/layers/include_rules.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

namespace cemli::test {
namespace {

using Strings = std::vector<std::string>;

constexpr std::size_t kMostLines = 400;

const std::set<std::string_view> kSystemHeaders{
    "dirent.h",       "fcntl.h",        "fnmatch.h",    "poll.h",     "pthread.h",
    "pwd.h",          "sched.h",        "signal.h",     "string.h",   "sys/eventfd.h",
    "sys/ioctl.h",    "spawn.h",        "sys/file.h",   "sys/mman.h", "sys/prctl.h",
    "sys/resource.h", "sys/signalfd.h", "sys/socket.h", "sys/stat.h", "sys/syscall.h",
    "sys/types.h",    "sys/uio.h",      "sys/un.h",     "sys/vfs.h",  "sys/wait.h",
    "time.h",         "unistd.h"};

Strings lines_of(std::string_view text) {
  Strings lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

Strings split(std::string_view text, char separator) {
  Strings parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// What stands between backticks.
std::set<std::string> words_in_backticks(std::string_view text) {
  std::set<std::string> words;
  const Strings parts = split(text, '`');
  for (std::size_t i = 1; i + 1 < parts.size(); i += 2) words.insert(parts[i]);
  return words;
}

std::string folder_of(std::string_view path) {
  return std::string(path.substr(0, path.rfind('/') + 1));
}

std::string file_name_of(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

struct Include {
  std::string where;  ///< file and line, for messages
  std::string header;
  bool is_ours = false;
};

std::vector<Include> includes_of(const SourceFile& file) {
  std::vector<Include> includes;
  std::size_t number = 0;
  for (const std::string& line : lines_of(file.text)) {
    ++number;
    if (!line.starts_with("#include ")) continue;
    const std::size_t start = line.find_first_of("\"<");
    const std::size_t end = line.find_last_of("\">");
    includes.push_back({file.path + ":" + std::to_string(number),
                        line.substr(start + 1, end - start - 1), line[start] == '"'});
  }
  return includes;
}

/// One word of the table's third column: a layer, a layer without some headers, or a header.
void read_permission(Layer& layer, const std::string& word, IncludeRules& rules) {
  constexpr std::string_view kWithout = " without ";
  if (word == "everything") {
    layer.may_include_all = true;
  } else if (word == "every *types* header") {
    layer.headers.insert(rules.types.begin(), rules.types.end());
  } else if (word.starts_with('`')) {
    for (const std::string& header : words_in_backticks(word)) {
      layer.headers.insert(header);
      if (!rules.types.contains(header))
        rules.problems.push_back(layer.name + ": " + header + " is not a types header");
    }
  } else if (const std::size_t at = word.find(kWithout); at != std::string::npos) {
    layer.below.insert(word.substr(0, at));
    layer.withheld.merge(words_in_backticks(word.substr(at)));
  } else if (word != "no other layer") {
    layer.below.insert(word);
  }
}

void check_names(IncludeRules& rules) {
  std::set<std::string> names;
  for (const Layer& layer : rules.layers) names.insert(layer.name);
  for (const Layer& layer : rules.layers) {
    for (const std::string& name : layer.below) {
      if (!names.contains(name)) rules.problems.push_back(layer.name + ": no layer '" + name + "'");
    }
  }
}

void check_header(const IncludeRules& rules, const Layer& layer, const std::string& path,
                  const Include& include, Strings& found) {
  const std::string folder = folder_of(include.header);
  const std::string name = file_name_of(include.header);
  const auto target = std::find_if(rules.layers.begin(), rules.layers.end(),
                                   [&](const Layer& l) { return l.folders.contains(folder); });
  const std::string complaint = include.where + ": " + layer.name + " includes " + include.header;
  if (target == rules.layers.end()) {
    found.push_back(complaint + ", which is in no layer");
    return;
  }
  const bool is_named = layer.headers.contains(name);
  const bool is_below = target->name == layer.name || layer.may_include_all ||
                        (layer.below.contains(target->name) && !layer.withheld.contains(name));
  if (!is_named && !is_below) found.push_back(complaint);
  if (rules.types.contains(file_name_of(path)) && !rules.types.contains(name) &&
      target->name != "base" && target->name != layer.name) {
    found.push_back(complaint + ", which is no types header, in one");
  }
}

void check_library(const IncludeRules& rules, const std::string& path, const Include& include,
                   Strings& found) {
  const bool is_standard = include.header.find_first_of("./") == std::string::npos;
  if (is_standard || kSystemHeaders.contains(include.header)) return;
  const auto library =
      std::find_if(rules.libraries.begin(), rules.libraries.end(),
                   [&](const Library& l) { return include.header.starts_with(l.prefix); });
  if (library == rules.libraries.end())
    found.push_back(include.where + ": <" + include.header + "> is of no known library");
  else if (!library->files.empty() && !library->files.contains(path))
    found.push_back(include.where + ": <" + include.header + "> is not to be included here");
}

}  // namespace

IncludeRules read_rules(std::string_view markdown) {
  IncludeRules rules;
  const Strings lines = lines_of(markdown);
  std::string paragraph;
  for (const std::string& line : lines) {
    const bool begins = line.find("*Types* headers") != std::string::npos && !line.starts_with('|');
    if (begins || (!paragraph.empty() && !line.empty())) paragraph += line + ' ';
    if (line.empty() && !paragraph.empty()) break;
  }
  for (const std::string& word : words_in_backticks(paragraph)) {
    if (word.ends_with(".h")) rules.types.insert(word);
  }
  std::string table;
  for (const std::string& line : lines) {
    const Strings cells = split(line, '|');
    if (cells.size() < 5) {
      table.clear();
    } else if (table.empty()) {
      table = cells[1];
    } else if (cells[1].starts_with("---")) {
      continue;
    } else if (table == "layer") {
      Layer layer{cells[1], words_in_backticks(cells[2]), {}, {}, {}};
      for (const std::string& word : split(cells[3], ',')) read_permission(layer, word, rules);
      rules.layers.push_back(std::move(layer));
    } else if (table == "library") {
      for (const std::string& prefix : words_in_backticks(cells[2]))
        rules.libraries.push_back({prefix, words_in_backticks(cells[3])});
    }
  }
  check_names(rules);
  return rules;
}

Strings forbidden_includes(const IncludeRules& rules, const std::vector<SourceFile>& files) {
  Strings found;
  for (const SourceFile& file : files) {
    const auto layer = std::find_if(rules.layers.begin(), rules.layers.end(), [&](const Layer& l) {
      return l.folders.contains(folder_of(file.path));
    });
    if (layer == rules.layers.end()) {
      found.push_back(file.path + ": its folder is in no layer");
      continue;
    }
    for (const Include& include : includes_of(file)) {
      if (include.is_ours)
        check_header(rules, *layer, file.path, include, found);
      else
        check_library(rules, file.path, include, found);
    }
  }
  return found;
}

Strings folder_circle(const std::vector<SourceFile>& files) {
  std::map<std::string, std::set<std::string>> edges;
  for (const SourceFile& file : files) {
    for (const Include& include : includes_of(file)) {
      const std::string target = folder_of(include.header);
      if (include.is_ours && target != folder_of(file.path))
        edges[folder_of(file.path)].insert(target);
    }
  }
  std::set<std::string> done;
  Strings path;
  const std::function<std::optional<Strings>(const std::string&)> visit =
      [&](const std::string& folder) -> std::optional<Strings> {
    if (const auto first = std::find(path.begin(), path.end(), folder); first != path.end()) {
      Strings circle(first, path.end());
      circle.push_back(folder);
      return circle;
    }
    path.push_back(folder);
    if (done.insert(folder).second) {
      for (const std::string& target : edges[folder]) {
        if (auto circle = visit(target)) return circle;
      }
    }
    path.pop_back();
    return std::nullopt;
  };
  Strings folders;
  for (const auto& [folder, targets] : edges) folders.push_back(folder);
  for (const std::string& folder : folders) {
    if (auto circle = visit(folder)) return *circle;
  }
  return {};
}

Strings misshapen(const std::vector<SourceFile>& files) {
  Strings found;
  for (const SourceFile& file : files) {
    const Strings lines = lines_of(file.text);
    if (lines.size() > kMostLines)
      found.push_back(file.path + ": " + std::to_string(lines.size()) + " lines");
    if (!file.path.ends_with(".h")) continue;
    if (std::find(lines.begin(), lines.end(), "#pragma once") == lines.end())
      found.push_back(file.path + ": no #pragma once");
    if (file.text.find("using namespace") != std::string::npos)
      found.push_back(file.path + ": using namespace");
  }
  return found;
}

}  // namespace cemli::test
