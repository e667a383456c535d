#include "reconciler/cli/policy_facts.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "reconciler/cli/opening_stores.h"
#include "reconciler/package/package_lookup.h"
#include "state/log.h"

namespace cemli {
namespace {

using nlohmann::json;

/// A field as text; nothing where it is not there, or empty.
std::optional<std::string> field_of(const json& manifest, const std::string& name) {
  constexpr std::string_view kTags = "tags.";
  const bool is_tag = name.starts_with(kTags);
  const json* object = &manifest;
  if (is_tag) {
    const auto tags = manifest.find("tags");
    if (tags == manifest.end()) return std::nullopt;
    object = &*tags;
  }
  const auto found = object->find(is_tag ? name.substr(kTags.size()) : name);
  if (found == object->end() || found->is_null()) return std::nullopt;
  std::string text = found->is_string() ? found->get<std::string>() : found->dump();
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

ManifestFacts facts_of(const Manifest& manifest, const std::set<std::string>& fields) {
  ManifestFacts facts{manifest.type};
  if (fields.empty()) return facts;
  const json document = json::parse(manifest.document);
  for (const std::string& name : fields) {
    if (auto text = field_of(document, name)) facts.fields.emplace(name, *std::move(text));
  }
  return facts;
}

/// The lines of the lock file of what the plan runs.
Result<std::map<std::string, PublishedPackage>> lock_lines(const EnvironmentContext& context,
                                                           const Plan& plan) {
  std::set<std::string> names;
  for (const auto& item : versions_to_run(plan)) names.insert(item.first);
  if (names.empty()) return std::map<std::string, PublishedPackage>();
  return context.source->locked(names);
}

Error unpublished(const std::string& name, const std::string& version) {
  return {ErrorCode::not_found,
          fmt::format("'{}' {} is no longer published, so its manifest cannot be judged", name,
                      version)};
}

}  // namespace

std::map<std::string, VersionContent> versions_to_run(const Plan& plan) {
  std::map<std::string, VersionContent> versions;
  for (const Action& action : plan.actions) {
    if (!runs_programs(action.kind) || action.kind == ActionKind::remove || !action.desired)
      continue;
    const Identity& identity = action.desired->identity;
    versions.emplace(identity.address.name(), VersionContent{identity.version, identity.content});
  }
  return versions;
}

Result<std::map<std::string, ManifestFacts>> find_manifests(const EnvironmentContext& context,
                                                            const Plan& plan,
                                                            const std::set<std::string>& fields) {
  std::map<std::string, ManifestFacts> facts;
  if (context.source->is_locked()) {
    auto lines = lock_lines(context, plan);
    if (!lines) return std::move(lines).error();
    for (const auto& [name, package] : *lines)
      facts.emplace(name, facts_of(package.manifest, fields));
    return facts;
  }
  std::vector<PackageVersion> not_locked;
  for (const auto& [name, wanted] : versions_to_run(plan)) {
    auto version = Version::parse(wanted.version);
    if (!version) return std::move(version).error();
    not_locked.push_back({name, *std::move(version)});
  }
  auto found = look_up_packages(
      *context.packages, not_locked,
      [&](std::size_t place, std::optional<PublishedPackage> package) -> Result<void> {
        const auto& [name, version] = not_locked[place];
        if (!package) return unpublished(name, version.text());
        facts.emplace(name, facts_of(package->manifest, fields));
        return {};
      });
  if (!found) return std::move(found).error();
  return facts;
}

Result<PromotionSource> find_promotion_source(const FileTree& tree,
                                              const std::string& environment) {
  auto recorded = read_recorded_environment(tree, environment);
  if (recorded) return PromotionSource{environment, std::move(recorded->settings.stores)};
  return std::move(recorded).error().while_doing(
      fmt::format("looking for the environment '{}' that versions are promoted from", environment));
}

Result<std::set<std::string>> find_promoted(const EnvironmentContext& context,
                                            const PromotionSource& source, const Plan& plan) {
  const std::map<std::string, VersionContent> wanted = versions_to_run(plan);
  if (wanted.empty()) return std::set<std::string>();
  const auto asking = [&](Error error) {
    return std::move(error).while_doing(
        fmt::format("asking environment '{}' what has succeeded there", source.environment));
  };
  EnvironmentSettings settings{environment_path(source.environment), source.environment};
  settings.stores = source.stores;
  auto stores = open_environment_stores(context.repository, settings, context.auth);
  if (!stores) return asking(std::move(stores).error());
  auto reading = read_log(*stores->state, source.environment, context.cache);
  if (!reading) return asking(std::move(reading).error());
  auto found = find_successes(reading->state, *stores->state, wanted);
  if (!found) return asking(std::move(found).error());
  return found;
}

Result<void> check_lock_lines(const EnvironmentContext& context, const Plan& plan) {
  if (!context.source->is_locked()) return {};
  const auto locked = lock_lines(context, plan);
  if (!locked) return Error(locked.error());
  std::vector<const PublishedPackage*> lines;
  for (const auto& [name, package] : *locked) lines.push_back(&package);
  auto problems = compare_with_published(*context.packages, lines);
  if (!problems) return std::move(problems).error();
  if (problems->empty()) return {};
  const std::string file = lock_path(context.settings.environment);
  std::string text = fmt::format("{} is not what was published, and nothing was done", file);
  for (const Problem& problem : *problems)
    text += fmt::format("\n  {}: {}", problem.where, problem.what);
  return Error(context.settings.policy.locked ? ErrorCode::refused : ErrorCode::corrupt,
               std::move(text))
      .with_hint(fmt::format("it is not edited by hand: take it from Git as it was, or write it "
                             "anew:\n  cemli lock -e {}",
                             context.settings.environment));
}

}  // namespace cemli
