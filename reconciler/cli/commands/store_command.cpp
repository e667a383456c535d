#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/opening_stores.h"
#include "state/base/dump_json.h"
#include "state/store/store_probe.h"

namespace cemli {
namespace {

nlohmann::ordered_json document_of(const Store& store, const std::vector<StoreFinding>& findings) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const StoreFinding& finding : findings) {
    nlohmann::ordered_json problem = nullptr;
    if (finding.problem) problem = finding.problem->message();
    list.push_back({{"ability", finding.ability}, {"ok", !finding.problem}, {"problem", problem}});
  }
  return {{"format", 1}, {"store", store.address()}, {"checks", list}};
}

void print(const std::vector<StoreFinding>& findings, Streams& streams) {
  for (const StoreFinding& finding : findings) {
    streams.out << fmt::format("{:<22} {}\n", finding.ability,
                               finding.problem ? "no: " + finding.problem->message() : "yes");
    if (finding.problem && finding.problem->hint())
      streams.out << "  " << *finding.problem->hint() << '\n';
  }
}

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& global, const StoreCheckCommand& command,
                               Streams& streams) {
  auto store = open_named_store(command.address, global.auth);
  if (!store) return std::move(store).error();
  const std::vector<StoreFinding> findings = probe_store(**store);
  if (command.output == Output::json)
    streams.out << dump_pretty(document_of(**store, findings));
  else
    print(findings, streams);
  const bool is_good = std::none_of(findings.begin(), findings.end(),
                                    [](const auto& finding) { return finding.problem; });
  return is_good ? ExitStatus::done : ExitStatus::error;
}

}  // namespace cemli
