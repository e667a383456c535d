#include "reconciler/cli/commands/recorded_packages.h"

#include <fmt/format.h>

#include <utility>

namespace cemli {

Result<DesiredPackage> find_recorded(PackageStore& store, const AddressRecord& record) {
  const auto& success = record.last_success;
  const Identity& identity = success ? success->identity : record.last_attempt->identity;
  auto version = Version::parse(identity.version);
  if (!version) return std::move(version).error();
  auto found = store.find(identity.address.name(), *version);
  if (!found) return std::move(found).error();
  if (!*found || (*found)->content != identity.content) {
    return Error(ErrorCode::not_found,
                 fmt::format("version {} as it was run (content {}) is not in the packages store",
                             identity.version, identity.content.abbreviated()));
  }
  const PublishedPackage& package = **found;
  DesiredPackage recorded{.identity = identity, .zip_digest = package.zip_digest};
  recorded.depends_on = success ? success->depends_on : record.last_attempt->depends_on;
  recorded.abilities = success ? success->abilities : record.last_attempt->abilities;
  recorded.locks = package.manifest.locks;
  recorded.idempotent = package.manifest.idempotent;
  recorded.reversible = package.manifest.reversible;
  recorded.zip_size = package.zip_size;
  recorded.secrets = package.manifest.secrets;
  return recorded;
}

Result<void> find_removed(EnvironmentContext& context, Planning& planning) {
  PackageStore store(*context.packages);
  for (Action& action : planning.plan.actions) {
    if (action.kind != ActionKind::remove) continue;
    auto removed = find_recorded(store, planning.reading.state.addresses.at(action.address));
    if (removed) {
      action.removed = *std::move(removed);
      continue;
    }
    Error error = std::move(removed).error().while_doing(
        fmt::format("'{}' cannot be removed", action.address.text()));
    if (error.code() != ErrorCode::not_found) return error;
    return std::move(error).with_hint(
        "publish it again, or give up its removal:\n  cemli state forget " + action.address.text() +
        " --why TEXT -e " + planning.plan.environment);
  }
  return {};
}

}  // namespace cemli
