#include "reconciler/report/matrix_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "reconciler/report/status_text.h"
#include "reconciler/report/wording.h"
#include "state/base/dump_json.h"
#include "state/base/semver.h"

namespace cemli {
namespace {

constexpr std::string_view kUnread = "?";

const AddressRecord* record_in(const MatrixColumn& column, const Address& address) {
  if (!column.recorded) return nullptr;
  const auto found = column.recorded->addresses.find(address);
  if (found == column.recorded->addresses.end() || !is_listed(found->second)) return nullptr;
  return &found->second;
}

std::set<Address> all_addresses(const std::vector<MatrixColumn>& columns) {
  std::set<Address> all;
  for (const MatrixColumn& column : columns) {
    if (!column.recorded) continue;
    for (const auto& [address, record] : column.recorded->addresses) {
      if (is_listed(record)) all.insert(address);
    }
  }
  return all;
}

const MatrixColumn* column_of(const std::vector<MatrixColumn>& columns, const std::string& name) {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const MatrixColumn& column) {
    return column.environment == name;
  });
  return found == columns.end() ? nullptr : &*found;
}

Standing standing(const MatrixColumn& source, const MatrixColumn& target, const Address& address) {
  const AddressRecord* from = record_in(source, address);
  const AddressRecord* to = record_in(target, address);
  return compare_successes(from != nullptr ? from->last_success : std::nullopt,
                           to != nullptr ? to->last_success : std::nullopt);
}

/// Where an address stands between an environment and those it exchanges versions with.
struct Relations {
  /// It is ahead of these, which are promoted from it.
  std::vector<std::string> ahead_of;
  /// It is ahead of this one, which it is promoted from.
  std::optional<std::string> ahead_of_source;
  /// It has other content under the same version than these.
  std::vector<std::string> differs_from;
};

Relations relations_of(const std::vector<MatrixColumn>& columns, const MatrixColumn& column,
                       const Address& address) {
  Relations relations;
  if (!column.recorded) return relations;
  for (const MatrixColumn& target : columns) {
    if (target.promote_from != column.environment || !target.recorded) continue;
    const Standing stands = standing(column, target, address);
    if (stands == Standing::ahead) relations.ahead_of.push_back(target.environment);
    if (stands == Standing::differs) relations.differs_from.push_back(target.environment);
  }
  const MatrixColumn* source =
      column.promote_from ? column_of(columns, *column.promote_from) : nullptr;
  if (source == nullptr || !source->recorded) return relations;
  const Standing stands = standing(*source, column, address);
  if (stands == Standing::behind) relations.ahead_of_source = source->environment;
  if (stands == Standing::differs) relations.differs_from.push_back(source->environment);
  return relations;
}

/// A status in few letters.
std::string_view short_word(Status status) {
  switch (status) {
    case Status::succeeded:
      return "ok";
    case Status::interrupted:
      return "cut off";
    case Status::rolled_back:
      return "undone";
    case Status::not_started:
      return "none";
    default:
      return word_of(status);
  }
}

std::string marks_of(const Relations& relations) {
  std::string marks;
  if (relations.ahead_of_source) marks += '<';
  if (!relations.differs_from.empty()) marks += '!';
  if (!relations.ahead_of.empty()) marks += '>';
  return marks;
}

/// Version with marks, state, since when.
std::vector<Cell> cells_of(const std::vector<MatrixColumn>& columns, const MatrixColumn& column,
                           const Address& address) {
  if (!column.recorded) return {Cell{std::string(kUnread), Paint::red}, Cell{}, Cell{}};
  const AddressRecord* record = record_in(column, address);
  if (record == nullptr) return {Cell{"-", Paint::dim}, Cell{}, Cell{}};
  const std::string marks = marks_of(relations_of(columns, column, address));
  const std::string version = version_of(*record);
  constexpr std::size_t kDate = 10;
  const auto since = since_of(*record);
  std::string state(record->hold ? "held" : short_word(record->status));
  return {Cell{marks.empty() ? version : version + " " + marks},
          Cell{std::move(state), record->hold ? Paint::magenta : paint_of(record->status)},
          Cell{since ? describe_time(*since).substr(0, kDate) : ""}};
}

/// The cells of one environment, from its heading down, and how many columns of text they take.
struct Strip {
  std::vector<std::vector<Cell>> cells;
  std::size_t width = 0;
};

Strip strip_of(const std::vector<MatrixColumn>& columns, const MatrixColumn& column,
               const std::set<Address>& addresses) {
  Strip strip;
  strip.cells.push_back({Cell{column.environment, Paint::bold},
                         column.recorded ? Cell{} : Cell{"unread", Paint::red}, Cell{}});
  for (const Address& address : addresses)
    strip.cells.push_back(cells_of(columns, column, address));
  for (std::size_t i = 0; i < 3; ++i) {
    std::size_t widest = 0;
    for (const auto& cells : strip.cells) widest = std::max(widest, columns_of(cells[i].text));
    strip.width += widest + 2;
  }
  return strip;
}

/// Tables of as many environments as fit beside each other.
std::string blocks(const std::vector<Strip>& strips, const std::set<Address>& addresses,
                   const TextStyle& style) {
  std::size_t name_width = std::string_view("PACKAGE").size();
  for (const Address& address : addresses) name_width = std::max(name_width, address.text().size());
  std::string text;
  for (std::size_t first = 0; first < strips.size();) {
    std::size_t width = name_width;
    std::vector<Row> rows{Row{{Cell{"PACKAGE", Paint::bold}}}};
    for (const Address& address : addresses) rows.push_back(Row{{Cell{address.text()}}});
    std::size_t end = first;
    for (; end < strips.size(); ++end) {
      // The last gap is at the line's end.
      if (end > first && width + strips[end].width > style.width + 2) break;
      width += strips[end].width;
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& cells = strips[end].cells[i];
        rows[i].cells.insert(rows[i].cells.end(), cells.begin(), cells.end());
      }
    }
    text += (first == 0 ? "" : "\n") + aligned(rows, style, 0);
    first = end;
  }
  return text;
}

/// What is ahead of what, a line for each two environments, with the command that promotes.
std::string summary(const std::vector<MatrixColumn>& columns, const std::set<Address>& addresses) {
  std::string text;
  for (const MatrixColumn& target : columns) {
    const MatrixColumn* source =
        target.promote_from ? column_of(columns, *target.promote_from) : nullptr;
    if (source == nullptr || !source->recorded || !target.recorded) continue;
    std::map<Standing, std::size_t> counts;
    for (const Address& address : addresses) ++counts[standing(*source, target, address)];
    const auto line = [&](const MatrixColumn& first, const MatrixColumn& second, Standing which,
                          std::string_view mark) {
      if (counts[which] == 0) return;
      text += fmt::format("{} {} is ahead of {} in {}\n", mark, first.environment,
                          second.environment, count_of(counts[which], "package"));
    };
    line(*source, target, Standing::ahead, ">");
    line(target, *source, Standing::behind, "<");
    if (counts[Standing::differs] > 0)
      text += fmt::format("! {} and {} have other content under the same version in {}\n",
                          source->environment, target.environment,
                          count_of(counts[Standing::differs], "package"));
    if (counts[Standing::ahead] > 0)
      text += fmt::format("    cemli promote --from {} --to {}\n", source->environment,
                          target.environment);
  }
  return text.empty() ? "" : "\n" + text;
}

OrderedJson cell_json(const std::vector<MatrixColumn>& columns, const MatrixColumn& column,
                      const Address& address) {
  const AddressRecord* record = record_in(column, address);
  if (record == nullptr) return nullptr;
  Relations relations = relations_of(columns, column, address);
  if (relations.ahead_of_source) relations.ahead_of.push_back(*relations.ahead_of_source);
  const std::string version = version_of(*record);
  const auto since = since_of(*record);
  return {{"version", version.empty() ? OrderedJson(nullptr) : OrderedJson(version)},
          {"status", word_of(record->status)},
          {"since", since ? OrderedJson(format_timestamp(*since)) : OrderedJson(nullptr)},
          {"run", or_null(run_of(*record))},
          {"succeeded_version", record->last_success
                                    ? OrderedJson(record->last_success->identity.version)
                                    : OrderedJson(nullptr)},
          {"held", record->hold.has_value()},
          {"ahead_of", relations.ahead_of},
          {"differs_from", relations.differs_from}};
}

}  // namespace

Standing compare_successes(const std::optional<Success>& first,
                           const std::optional<Success>& second) {
  if (!first && !second) return Standing::same;
  if (!second) return Standing::ahead;
  if (!first) return Standing::behind;
  const Identity& a = first->identity;
  const Identity& b = second->identity;
  if (a.version == b.version) return a.content == b.content ? Standing::same : Standing::differs;
  const auto left = Version::parse(a.version);
  const auto right = Version::parse(b.version);
  if (!left || !right) return Standing::differs;
  const auto order = Version::compare(*left, *right);
  if (order == 0) return Standing::differs;
  return order > 0 ? Standing::ahead : Standing::behind;
}

std::vector<MatrixColumn> in_order_of_promotion(std::vector<MatrixColumn> columns) {
  std::sort(columns.begin(), columns.end(), [](const MatrixColumn& a, const MatrixColumn& b) {
    return a.environment < b.environment;
  });
  std::map<std::string, std::vector<std::size_t>> promoted_from;
  std::vector<std::size_t> next;
  for (std::size_t i = columns.size(); i-- > 0;) {
    const auto& source = columns[i].promote_from;
    const bool has_source = source && column_of(columns, *source) != nullptr;
    (has_source ? promoted_from[*source] : next).push_back(i);
  }
  std::vector<std::size_t> order;
  std::set<std::size_t> seen;
  const auto follow = [&] {
    while (!next.empty()) {
      const std::size_t at = next.back();
      next.pop_back();
      if (!seen.insert(at).second) continue;
      order.push_back(at);
      const auto& targets = promoted_from[columns[at].environment];
      next.insert(next.end(), targets.begin(), targets.end());
    }
  };
  follow();
  // Those that are promoted from one another in a circle have no first one.
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (seen.contains(i)) continue;
    next.push_back(i);
    follow();
  }
  std::vector<MatrixColumn> ordered;
  ordered.reserve(columns.size());
  for (const std::size_t at : order) ordered.push_back(std::move(columns[at]));
  return ordered;
}

std::string matrix_text(const std::vector<MatrixColumn>& columns, const TextStyle& style) {
  const std::set<Address> addresses = all_addresses(columns);
  std::vector<Strip> strips;
  strips.reserve(columns.size());
  for (const MatrixColumn& column : columns) strips.push_back(strip_of(columns, column, addresses));
  return blocks(strips, addresses, style) +
         (addresses.empty() ? "Nothing is recorded of any package.\n" : "") +
         summary(columns, addresses);
}

std::string matrix_json(const std::vector<MatrixColumn>& columns, const std::string& commit) {
  OrderedJson environments = OrderedJson::array();
  for (const MatrixColumn& column : columns) {
    environments.push_back(
        {{"environment", column.environment},
         {"promote_from", or_null(column.promote_from)},
         {"readable", column.recorded.has_value()},
         {"seq", column.recorded ? OrderedJson(column.recorded->seq()) : OrderedJson(nullptr)}});
  }
  OrderedJson packages = OrderedJson::array();
  for (const Address& address : all_addresses(columns)) {
    OrderedJson cells = OrderedJson::object();
    for (const MatrixColumn& column : columns) {
      if (column.recorded) cells[column.environment] = cell_json(columns, column, address);
    }
    packages.push_back({{"address", address.text()}, {"environments", std::move(cells)}});
  }
  return dump_pretty({{"format", 1},
                      {"commit", commit},
                      {"environments", std::move(environments)},
                      {"packages", std::move(packages)}});
}

}  // namespace cemli
