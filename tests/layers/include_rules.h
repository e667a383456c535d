#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cemli::test {

/// A row of the layer table in docs/architecture.md.
struct Layer {
  std::string name;
  std::set<std::string> folders;
  std::set<std::string> below;     ///< layers whose headers it may include
  std::set<std::string> headers;   ///< single headers it may include besides, by file name
  std::set<std::string> withheld;  ///< headers of `below` it may not include, by file name
  bool may_include_all = false;
};

/// A row of the library table: where headers that start with `prefix` may be included.
struct Library {
  std::string prefix;
  std::set<std::string> files;  ///< anywhere, where there is none
};

struct IncludeRules {
  std::vector<Layer> layers;
  std::set<std::string> types;  ///< file names of headers that hold plain values
  std::vector<Library> libraries;
  std::vector<std::string> problems;  ///< what could not be understood
};

struct SourceFile {
  std::string path;  ///< from the repository's root
  std::string text;
};

/// Reads the two tables and the list of types headers.
[[nodiscard]] IncludeRules read_rules(std::string_view markdown);

/// Each include line that the rules do not allow, each file in a folder they do not know.
[[nodiscard]] std::vector<std::string> forbidden_includes(const IncludeRules& rules,
                                                          const std::vector<SourceFile>& files);

/// A circle of folders whose files include one another's, as `a -> b -> a`; nothing where none is.
[[nodiscard]] std::vector<std::string> folder_circle(const std::vector<SourceFile>& files);

/// Headers without `#pragma once`, `using namespace` in headers, sources over 400 lines.
[[nodiscard]] std::vector<std::string> misshapen(const std::vector<SourceFile>& files);

}  // namespace cemli::test
