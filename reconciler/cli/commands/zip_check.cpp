#include "reconciler/cli/commands/zip_check.h"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <future>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "reconciler/cli/commands/run_surroundings.h"

namespace cemli {
namespace {

constexpr std::size_t kReaders = 4;

/// One of each version.
std::vector<const DesiredPackage*> zips_to_run(const Plan& plan) {
  std::map<std::string, const DesiredPackage*> zips;
  for (const Action& action : plan.actions) {
    if (!runs_programs(action.kind)) continue;
    const auto& package = action.kind == ActionKind::remove ? action.removed : action.desired;
    if (package) zips.emplace(action.address.name(), &*package);
  }
  std::vector<const DesiredPackage*> all;
  for (const auto& item : zips) all.push_back(item.second);
  return all;
}

}  // namespace

Result<void> check_zips(const EnvironmentContext& context, const Plan& plan) {
  // Rules that have changed may have wanted signatures before.
  if (!context.settings.policy.signed_packages && !plan.policy_change) return {};
  const std::vector<const DesiredPackage*> zips = zips_to_run(plan);
  const PackageFetcher fetch = fetcher_from(*context.packages);
  std::atomic<std::size_t> next{0};
  const auto read = [&]() -> Result<void> {
    for (std::size_t i = next++; i < zips.size(); i = next++) {
      if (auto zip = fetch(*zips[i]); !zip) return std::move(zip).error();
    }
    return {};
  };
  std::array<std::future<Result<void>>, kReaders> readers;
  for (auto& reader : readers) reader = std::async(std::launch::async, read);
  Result<void> checked;
  for (auto& reader : readers) {
    if (auto done = reader.get(); !done && checked) checked = std::move(done);
  }
  if (checked || checked.error().code() != ErrorCode::corrupt) return checked;
  return Error(ErrorCode::refused,
               fmt::format("{}, and nothing was done", checked.error().message()))
      .with_hint("publish it again under a new version: what was signed is not there any more");
}

}  // namespace cemli
