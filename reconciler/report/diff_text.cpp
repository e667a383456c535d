#include "reconciler/report/diff_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "reconciler/report/wording.h"
#include "state/base/dump_json.h"

namespace cemli {
namespace {

using nlohmann::ordered_json;

/// An address that is not the same on both sides; at least one has it.
struct Difference {
  const Address* address = nullptr;
  const DiffLine* from = nullptr;
  const DiffLine* to = nullptr;
};

bool differ(const DiffLine& from, const DiffLine& to) {
  const bool by_status = from.status && to.status && from.status != to.status;
  return by_status || from.identity != to.identity;
}

std::vector<Difference> differences(const DiffSide& from, const DiffSide& to) {
  std::map<Address, Difference> found;
  for (const auto& [address, line] : from.lines) found[address] = {&address, &line, nullptr};
  for (const auto& [address, line] : to.lines) {
    Difference& difference = found[address];
    difference.address = &address;
    difference.to = &line;
  }
  std::vector<Difference> result;
  for (const auto& [address, difference] : found) {
    if (difference.from != nullptr && difference.to != nullptr &&
        !differ(*difference.from, *difference.to))
      continue;
    result.push_back(difference);
  }
  return result;
}

std::string value_in(const Parameters& parameters, const std::string& name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? "none" : printable(describe_value(found->second));
}

std::vector<std::string> details_of(const DiffLine& from, const DiffLine& to) {
  std::vector<std::string> details;
  if (from.status && to.status && from.status != to.status)
    details.push_back(fmt::format("status: {} -> {}", word_of(*from.status), word_of(*to.status)));
  const Identity& before = from.identity;
  const Identity& after = to.identity;
  if (before.version == after.version && before.content != after.content)
    details.push_back(fmt::format("content: {} -> {}", before.content.abbreviated(),
                                  after.content.abbreviated()));
  std::map<std::string, bool> names;
  for (const auto& [name, value] : before.parameters) names.emplace(name, true);
  for (const auto& [name, value] : after.parameters) names.emplace(name, true);
  for (const auto& [name, ignored] : names) {
    const std::string was = value_in(before.parameters, name);
    const std::string is = value_in(after.parameters, name);
    if (was != is) details.push_back(fmt::format("parameter {}: {} -> {}", name, was, is));
  }
  for (const auto& [name, was] : before.rerun_on) {
    const auto is = after.rerun_on.find(name);
    if (is == after.rerun_on.end() || is->second != was)
      details.push_back(fmt::format("rerun_on {} differs", name));
  }
  return details;
}

std::string described(const DiffLine& line) {
  return line.status ? fmt::format("{} {}", line.identity.version, word_of(*line.status))
                     : line.identity.version;
}

Row row_of(const Difference& difference) {
  const std::string name = difference.address->text();
  if (difference.from == nullptr)
    return Row{{Cell{"+", Paint::green}, Cell{name}, Cell{described(*difference.to)}}};
  if (difference.to == nullptr)
    return Row{{Cell{"-", Paint::red}, Cell{name}, Cell{described(*difference.from)}}};
  const std::string& before = difference.from->identity.version;
  const std::string& after = difference.to->identity.version;
  return Row{{Cell{"~", Paint::yellow}, Cell{name},
              Cell{before == after ? after : fmt::format("{} -> {}", before, after)}},
             details_of(*difference.from, *difference.to)};
}

ordered_json json_of_line(const DiffLine* line) {
  if (line == nullptr) return nullptr;
  return {{"version", line->identity.version},
          {"content", line->identity.content.hex()},
          {"parameters", json_of(line->identity.parameters)},
          {"rerun_on", line->identity.rerun_on},
          {"status", line->status ? ordered_json(word_of(*line->status)) : nullptr}};
}

std::string_view change_of(const Difference& difference) {
  if (difference.from == nullptr) return "added";
  return difference.to == nullptr ? "removed" : "changed";
}

}  // namespace

DiffSide diff_side(std::string name, const DesiredState& desired) {
  DiffSide side{std::move(name), {}};
  for (const auto& [address, package] : desired.packages)
    side.lines.emplace(address, DiffLine{package.identity, std::nullopt});
  return side;
}

DiffSide diff_side(std::string name, const RecordedState& recorded) {
  DiffSide side{std::move(name), {}};
  for (const auto& [address, record] : recorded.addresses) {
    if (record.last_success) {
      side.lines.emplace(address, DiffLine{record.last_success->identity, record.status});
    } else if (record.last_attempt) {
      side.lines.emplace(address, DiffLine{record.last_attempt->identity, record.status});
    }
  }
  return side;
}

std::string diff_text(const DiffSide& from, const DiffSide& to, const TextStyle& style) {
  std::string text = aligned({Row{{Cell{"From"}, Cell{from.name, Paint::bold}}},
                              Row{{Cell{"To"}, Cell{to.name, Paint::bold}}}},
                             style, 0);
  const std::vector<Difference> all = differences(from, to);
  if (all.empty()) return text + "\nNo differences.\n";
  std::vector<Row> rows;
  rows.reserve(all.size());
  for (const Difference& difference : all) rows.push_back(row_of(difference));
  return text + "\n" + aligned(rows, style, 2) +
         fmt::format("\n{} {}.\n", count_of(all.size(), "package"),
                     all.size() == 1 ? "differs" : "differ");
}

std::string diff_json(const DiffSide& from, const DiffSide& to) {
  ordered_json list = ordered_json::array();
  for (const Difference& difference : differences(from, to)) {
    list.push_back({{"address", difference.address->text()},
                    {"change", change_of(difference)},
                    {"from", json_of_line(difference.from)},
                    {"to", json_of_line(difference.to)}});
  }
  const ordered_json document{
      {"format", 1}, {"from", from.name}, {"to", to.name}, {"differences", std::move(list)}};
  return dump_pretty(document);
}

}  // namespace cemli
