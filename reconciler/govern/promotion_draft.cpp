#include "reconciler/govern/promotion_draft.h"

#include <map>
#include <utility>

#include "reconciler/desired/locking.h"
#include "reconciler/govern/environment_edit.h"
#include "reconciler/govern/lock_edit.h"

namespace cemli {

Result<PromotionDraft> draft_file(const EnvironmentTexts& texts, const EnvironmentFile& target,
                                  const PromotionChoice& choice) {
  NewVersions changes;
  for (const Promotion& promotion : choice.promotions)
    changes.emplace(promotion.package, NewVersion{promotion.to, promotion.new_instances});
  auto edited = promote_in_text(texts.file, target.file, changes);
  if (!edited) return std::move(edited).error();
  auto file = parse_environment_file(*edited, target.file);
  if (!file) return std::move(file).error();
  file->signers = target.signers;
  return PromotionDraft{{*std::move(edited)}, *std::move(file)};
}

Result<void> draft_lock(PromotionDraft& draft, const std::optional<std::string>& lock,
                        const PromotionChoice& choice, const PublishedPackages& found) {
  if (!lock) return {};
  std::map<std::string, LockedPackage> lines;
  for (const Promotion& promotion : choice.promotions) {
    const PackageEntry& entry = draft.file.packages.at(promotion.package);
    lines.emplace(promotion.package,
                  LockedPackage{found.packages.at(promotion.package), instances_of(entry)});
  }
  const std::string& environment = draft.file.environment;
  auto edited = promote_in_lock(*lock, environment, lock_path(environment), lines);
  if (!edited) return std::move(edited).error();
  auto locked = parse_lock_file(*edited, environment, lock_path(environment));
  if (!locked) return std::move(locked).error();
  draft.texts.lock = *std::move(edited);
  draft.file.lock = *std::move(locked);
  return {};
}

Result<DesiredState> resolve_draft(const PromotionDraft& draft, const PublishedPackages& found) {
  if (!draft.file.lock) return resolve(draft.file, found, std::nullopt);
  auto locked = take_locked(draft.file);
  if (!locked) return std::move(locked).error();
  return resolve(draft.file, *locked, std::nullopt);
}

}  // namespace cemli
