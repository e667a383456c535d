#include "reconciler/report/doctor_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reconciler/report/wording.h"
#include "state/base/dump_json.h"

namespace cemli {
namespace {

using nlohmann::ordered_json;

constexpr int kDoctorFormat = 1;

Paint health_paint(Health health) {
  switch (health) {
    case Health::good:
      return Paint::green;
    case Health::note:
      return Paint::yellow;
    case Health::wrong:
      return Paint::red;
    case Health::untried:
      break;
  }
  return Paint::dim;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (;;) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    if (end == text.size()) return lines;
    text.remove_prefix(end + 1);
  }
}

Row check_row(const Check& check) {
  std::vector<std::string> said = lines_of(check.says);
  Row row{{Cell{std::string(word_of(check.health)), health_paint(check.health)}, Cell{check.name},
           Cell{printable(said.front())}}};
  for (std::size_t i = 1; i < said.size(); ++i) row.below.push_back(printable(said[i]));
  for (const auto& [name, value] : check.facts)
    row.below.push_back(fmt::format("{:<12} {}", name, printable(value)));
  if (check.hint) {
    for (const std::string& line : lines_of(*check.hint)) row.below.push_back(printable(line));
  }
  return row;
}

std::string verdict(const Diagnosis& diagnosis) {
  const auto wrong =
      std::count_if(diagnosis.checks.begin(), diagnosis.checks.end(),
                    [](const Check& check) { return check.health == Health::wrong; });
  if (wrong == 0) return "All is well.\n";
  return fmt::format("{} wrong.\n",
                     wrong == 1 ? "1 thing is" : fmt::format("{} things are", wrong));
}

}  // namespace

std::string_view word_of(Health health) {
  switch (health) {
    case Health::good:
      return "ok";
    case Health::note:
      return "note";
    case Health::wrong:
      return "wrong";
    case Health::untried:
      break;
  }
  return "untried";
}

bool Diagnosis::is_well() const {
  return std::none_of(checks.begin(), checks.end(),
                      [](const Check& check) { return check.health == Health::wrong; });
}

std::string doctor_text(const Diagnosis& diagnosis, const TextStyle& style) {
  std::string text;
  std::vector<Row> rows;
  for (std::size_t i = 0; i < diagnosis.checks.size(); ++i) {
    const Check& check = diagnosis.checks[i];
    rows.push_back(check_row(check));
    const bool is_last =
        i + 1 == diagnosis.checks.size() || diagnosis.checks[i + 1].subject != check.subject;
    if (!is_last) continue;
    text += painted(style, Paint::bold, check.subject) + "\n" + aligned(rows, style, 2) + "\n";
    rows.clear();
  }
  return text + verdict(diagnosis);
}

std::string doctor_json(const Diagnosis& diagnosis) {
  ordered_json checks = ordered_json::array();
  for (const Check& check : diagnosis.checks) {
    ordered_json facts = ordered_json::object();
    for (const auto& [name, value] : check.facts) facts[name] = value;
    checks.push_back({{"subject", check.subject},
                      {"check", check.name},
                      {"state", word_of(check.health)},
                      {"text", check.says},
                      {"hint", check.hint ? ordered_json(*check.hint) : ordered_json(nullptr)},
                      {"facts", std::move(facts)}});
  }
  const ordered_json document{
      {"format", kDoctorFormat},
      {"environment",
       diagnosis.environment ? ordered_json(*diagnosis.environment) : ordered_json(nullptr)},
      {"ok", diagnosis.is_well()},
      {"checks", std::move(checks)}};
  return dump_pretty(document);
}

}  // namespace cemli
