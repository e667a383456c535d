#include "tests/reconciler/govern/generated_environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>
#include <string_view>
#include <vector>

namespace cemli::test {
namespace {

/// Writes one file. Nothing that is drawn depends on a version.
class Writer {
 public:
  explicit Writer(std::uint32_t seed) : random_(seed) {
    style_ = static_cast<Style>(below(4));
    line_break_ = chance(3) ? "\r\n" : "\n";
  }

  enum class Style { block, flow_packages, flow_root, block_again };
  [[nodiscard]] Style style() const { return style_; }

  std::string write(const std::map<std::string, std::string>& versions) {
    if (chance(4)) out_ = "\xEF\xBB\xBF";
    if (style_ == Style::flow_root) return write_flow(versions);
    if (chance(2)) line("# Übersicht: 1.0.0 – 環境, written by hand");
    if (chance(5)) line("---");
    line("format: 1");
    line(pick({"environment: prod", "environment:   'prod'", "\"environment\": \"prod\""}));
    if (chance(2)) line("description: 'Größe: \"1.0.0\" # kein Kommentar'");
    if (chance(3)) line("parameters: {note: \"1.0.0\", ort: Köln}  # 1.0.0");
    if (style_ == Style::flow_packages) {
      write_flow_packages(versions);
    } else {
      write_block_packages(versions);
    }
    const bool goes_on = chance(2);
    if (goes_on) line(pick({"lease: 5m", "track: none # 1.0.0", "policy: {allow_removal: true}"}));
    if (chance(4)) line("...");
    if (chance(3)) strip_last_line_break();
    return out_;
  }

 private:
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
  bool chance(std::uint32_t one_in) { return below(one_in) == 0; }
  std::string pick(const std::vector<std::string>& words) {
    return words[below(static_cast<std::uint32_t>(words.size()))];
  }
  void line(const std::string& text) { out_ += text + line_break_; }
  void strip_last_line_break() { out_.resize(out_.size() - line_break_.size()); }

  std::string comment() {
    return pick({"", "", "  # war 1.0.0", "\t# 1.0.0 → 2.0.0", "   ", " # 'x: 1.0.0'"});
  }
  std::string separator() { return pick({" ", " ", "    ", "\t", " \t "}); }

  /// A version as a scalar; anchors that nobody names are anybody's right.
  std::string scalar(const std::string& version) {
    const std::string anchor = chance(6) ? fmt::format("&v{} ", ++anchors_) : "";
    switch (below(4)) {
      case 0:
        return anchor + "'" + version + "'";
      case 1:
        return anchor + "\"" + version + "\"";
      default:
        return anchor + version;
    }
  }

  void entry(const std::string& name, const std::string& version, const std::string& indent,
             const std::string& step) {
    const std::string key = pick({name, name, name, "'" + name + "'", "\"" + name + "\""});
    const std::string inner = indent + step;
    switch (below(8)) {
      case 0:
        line(indent + key + ":" + comment());
        return line(inner + scalar(version) + comment());
      case 1:
        line(indent + key + ": >-");
        return line(inner + version);
      case 2:
        return line(indent + key + ": {parameters: {groesse: 1}, version:" + separator() +
                    scalar(version) + " }" + comment());
      case 3:
        line(indent + key + ":" + comment());
        line(inner + "# version: 1.0.0");
        line(inner + "parameters: {version: '1.0.0'}");
        return line(inner + "version:" + separator() + scalar(version) + comment());
      case 4:
        line(indent + key + ":");
        line(inner + "version:" + separator() + scalar(version) + comment());
        line("");
        line(inner + "instances:");
        line(inner + step + "FR: {version: \"1.0.0\"}" + comment());
        return line(inner + step + "DE: {}");
      default:
        return line(indent + key + ":" + separator() + scalar(version) + comment());
    }
  }

  void write_block_packages(const std::map<std::string, std::string>& versions) {
    line(pick({"packages:", "packages:   # 1.0.0", "'packages':", "packages: &all"}));
    const std::string indent(1 + below(6), ' ');
    const std::string step(1 + below(4), ' ');
    for (const auto& [name, version] : versions) {
      if (chance(4)) line(indent + "# – " + name + ": 1.0.0");
      if (chance(6)) line("");
      entry(name, version, indent, step);
    }
    if (chance(3)) line(indent + "# " + "zuletzt: 1.0.0");
    if (chance(3)) line("# 1.0.0, of what follows");
  }

  /// Entries between braces, as many on a line as it happens.
  void flow_entries(const std::map<std::string, std::string>& versions) {
    bool first = true;
    for (const auto& [name, version] : versions) {
      if (!first) out_ += chance(3) ? "," + line_break_ + "   " : ", ";
      first = false;
      if (chance(3)) {
        out_ += name + ": {ort: 1, version: " + scalar(version) + "}";
        replace_last("ort: 1", chance(2) ? "parameters: {ort: 'Übersee 1.0.0'}" : "parameters: {}");
      } else {
        out_ += pick({name, "\"" + name + "\"", "'" + name + "'"}) + ": " + scalar(version);
      }
    }
  }

  void replace_last(const std::string& what, const std::string& by) {
    out_.replace(out_.rfind(what), what.size(), by);
  }

  void write_flow_packages(const std::map<std::string, std::string>& versions) {
    out_ += pick({"packages: {", "packages: { ", "packages:\t{"});
    flow_entries(versions);
    line("}" + comment());
  }

  std::string write_flow(const std::map<std::string, std::string>& versions) {
    out_ += pick({"{format: 1, ", "{ \"format\": 1, description: 'ÄÖÜ 1.0.0', "});
    out_ += "environment: prod, packages: {";
    flow_entries(versions);
    out_ += pick({"}}", "}, lease: 5m}", "} , track: none }"});
    if (chance(2)) out_ += line_break_;
    return out_;
  }

  std::minstd_rand random_;
  Style style_ = Style::block;
  std::string line_break_;
  std::string out_;
  int anchors_ = 0;
};

}  // namespace

std::map<std::string, std::string> GeneratedEnvironment::versions() const {
  static constexpr std::array<std::string_view, 5> kVersions{"1.0.0", "1.0.0-rc.1", "10.20.30",
                                                             "1.0.0+b.7", "2.0.0"};
  std::minstd_rand random(seed + 77);
  std::map<std::string, std::string> versions;
  const auto count = 1 + random() % 9;
  for (std::size_t i = 0; i < count; ++i)
    versions[fmt::format("{}-{}", i % 2 == 0 ? "gl" : "1", i)] = kVersions[random() % 5];
  return versions;
}

std::string GeneratedEnvironment::text(const std::map<std::string, std::string>& versions) const {
  return Writer(seed).write(versions);
}

bool GeneratedEnvironment::is_block() const {
  const Writer::Style style = Writer(seed).style();
  return style == Writer::Style::block || style == Writer::Style::block_again;
}

}  // namespace cemli::test
