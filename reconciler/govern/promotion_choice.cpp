#include "reconciler/govern/promotion_choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "reconciler/desired/text_position.h"

namespace cemli {
namespace {

/// An address of the source with what is recorded of it.
struct Use {
  const Address* address;
  const AddressRecord* record;
};
using Uses = std::vector<Use>;

/// All uses of each package of which the record still tells something.
std::map<std::string, Uses> uses_by_package(const RecordedState& source) {
  std::map<std::string, Uses> uses;
  for (const auto& [address, record] : source.addresses) {
    if (record.status == Status::not_started && !record.last_success) continue;
    uses[address.name()].push_back({&address, &record});
  }
  return uses;
}

bool has_success(const Uses& uses) {
  return std::any_of(uses.begin(), uses.end(),
                     [](const Use& use) { return use.record->last_success.has_value(); });
}

bool all_succeeded(const Uses& uses) {
  return std::all_of(uses.begin(), uses.end(),
                     [](const Use& use) { return use.record->status == Status::succeeded; });
}

/// The digest of what the target's lock holds at this version; nothing without such a line.
const Digest* locked_content(const EnvironmentFile& target, const std::string& package,
                             std::string_view version) {
  if (!target.lock) return nullptr;
  const auto line = target.lock->packages.find(package);
  if (line == target.lock->packages.end()) return nullptr;
  const PublishedPackage& locked = line->second.package;
  return locked.manifest.version.text() == version ? &locked.content : nullptr;
}

class Choice {
 public:
  Choice(const RecordedState& source, const EnvironmentFile& target)
      : source_(source), target_(target), uses_(uses_by_package(source)) {}

  PromotionChoice run(const std::vector<Address>& wanted) {
    if (wanted.empty()) {
      take_all();
    } else {
      take_named(wanted);
    }
    return std::move(result_);
  }

 private:
  void problem(std::string place, std::string what) {
    result_.problems.push_back({std::move(place), std::move(what)});
  }

  void take_all() {
    for (const auto& [package, uses] : uses_) {
      if (!has_success(uses)) continue;
      const auto entry = target_.packages.find(package);
      if (entry == target_.packages.end()) {
        result_.only_in_source.push_back(package);
      } else if (!is_there(package, entry->second, uses)) {
        add(package, uses, &entry->second, {});
      }
    }
  }

  void take_named(const std::vector<Address>& wanted) {
    std::map<std::string, std::set<std::string>> instances;
    std::set<std::string> whole;
    for (const Address& address : wanted) {
      if (!knows(address)) continue;
      if (address.instance()) {
        instances[address.name()].insert(*address.instance());
      } else {
        instances[address.name()];
        whole.insert(address.name());
      }
    }
    for (auto& [package, names] : instances) {
      const Uses& uses = uses_.at(package);
      const auto entry = target_.packages.find(package);
      if (entry == target_.packages.end()) {
        if (whole.contains(package)) names.clear();
        add(package, uses, nullptr, names);
      } else if (is_there(package, entry->second, uses) && all_succeeded(uses)) {
        result_.up_to_date.push_back(package);
      } else {
        add(package, uses, &entry->second, {});
      }
    }
  }

  /// Says so where source or target do not have what an address names.
  bool knows(const Address& address) {
    const auto found = uses_.find(address.name());
    if (found == uses_.end()) {
      std::vector<std::string> names;
      for (const auto& known : uses_) names.push_back(known.first);
      const auto meant = nearest(address.name(), names);
      problem(address.text(),
              fmt::format("nothing of it was ever run in {}{}", source_.environment,
                          meant ? fmt::format("; did you mean '{}'?", *meant) : ""));
      return false;
    }
    const bool is_in_source =
        !address.instance() || std::any_of(found->second.begin(), found->second.end(),
                                           [&](const Use& use) { return *use.address == address; });
    if (!is_in_source) {
      problem(address.text(),
              fmt::format("this instance was never run in {}", source_.environment));
      return false;
    }
    const auto entry = target_.packages.find(address.name());
    if (!address.instance() || entry == target_.packages.end() ||
        entry->second.instances.contains(*address.instance()))
      return true;
    problem(where(target_.file, entry->second.at),
            fmt::format("'{}' has no instance '{}' here; it is added by hand, with its parameters",
                        address.name(), *address.instance()));
    return false;
  }

  /// Whether the target has what the source last succeeded with.
  [[nodiscard]] bool is_there(const std::string& package, const PackageEntry& entry,
                              const Uses& uses) const {
    for (const Use& use : uses) {
      if (!use.record->last_success) continue;
      const Identity& succeeded = use.record->last_success->identity;
      const auto* exact = std::get_if<Version>(&entry.version);
      const Digest* locked = locked_content(target_, package, succeeded.version);
      if (locked != nullptr && *locked != succeeded.content) return false;
      // A range is where its lock has brought it.
      if (exact != nullptr ? exact->text() != succeeded.version : locked == nullptr) return false;
    }
    return has_success(uses);
  }

  void add(const std::string& package, const Uses& uses, const PackageEntry* entry,
           const std::set<std::string>& instances) {
    const std::size_t problems_before = result_.problems.size();
    for (const Use& use : uses) check_succeeded(use);
    if (result_.problems.size() == problems_before) check_same(package, uses);
    if (entry != nullptr) check_exact(package, *entry);
    if (result_.problems.size() != problems_before) return;
    const Identity& identity = uses.front().record->last_success->identity;
    auto version = Version::parse(identity.version);
    if (!version) return problem(package, version.error().message());
    Promotion promotion{package, std::nullopt, *std::move(version), identity.content};
    if (entry != nullptr) promotion.from = std::get<Version>(entry->version);
    for (const Use& use : uses) {
      const Success& success = *use.record->last_success;
      promotion.uses.push_back({*use.address, success.run, success.end});
      const auto& instance = use.address->instance();
      if (entry != nullptr || !instance) continue;
      if (instances.empty() || instances.contains(*instance))
        promotion.new_instances.push_back(*instance);
    }
    result_.promotions.push_back(std::move(promotion));
  }

  void check_succeeded(const Use& use) {
    const AddressRecord& record = *use.record;
    if (record.status == Status::succeeded && record.last_success) return;
    std::string what = fmt::format("it is {} in {}", word_of(record.status), source_.environment);
    if (record.last_attempt) {
      what += fmt::format(", at {} in run {}", record.last_attempt->identity.version,
                          record.last_attempt->run);
    }
    what += record.last_success
                ? fmt::format("; it last succeeded at {}", record.last_success->identity.version)
                : "; it has never succeeded there";
    problem(use.address->text(), std::move(what));
  }

  void check_same(const std::string& package, const Uses& uses) {
    const Identity& first = uses.front().record->last_success->identity;
    std::vector<std::string> shown;
    bool differ = false;
    for (const Use& use : uses) {
      const Identity& identity = use.record->last_success->identity;
      differ = differ || identity.version != first.version || identity.content != first.content;
      shown.push_back(fmt::format("{} at {} ({})", use.address->text(), identity.version,
                                  identity.content.abbreviated()));
    }
    if (!differ) return;
    problem(package, fmt::format("its instances succeeded in {} with different versions or "
                                 "content: {}",
                                 source_.environment, fmt::join(shown, ", ")));
  }

  void check_exact(const std::string& package, const PackageEntry& entry) {
    const auto* range = std::get_if<VersionRange>(&entry.version);
    if (range == nullptr) return;
    problem(where(target_.file, entry.version_at),
            fmt::format("'{}' is desired as '{}', which is a range: what is promoted is one "
                        "version, so write one here first",
                        package, range->text()));
  }

  const RecordedState& source_;
  const EnvironmentFile& target_;
  std::map<std::string, Uses> uses_;
  PromotionChoice result_;
};

}  // namespace

PromotionChoice choose_promotions(const RecordedState& source, const EnvironmentFile& target,
                                  const std::vector<Address>& wanted) {
  return Choice(source, target).run(wanted);
}

std::vector<Problem> check_published(const PromotionChoice& choice, const PublishedPackages& found,
                                     const std::string& source, const EnvironmentFile& target,
                                     const std::string& store) {
  std::vector<Problem> problems;
  for (const Promotion& promotion : choice.promotions) {
    const auto published = found.packages.find(promotion.package);
    if (published == found.packages.end()) {
      problems.push_back(
          {promotion.package, fmt::format("{} is not published in {}'s packages store, {}",
                                          promotion.to.text(), target.environment, store)});
    } else if (published->second.content != promotion.content) {
      problems.push_back(
          {promotion.package,
           fmt::format("{} has other content in {}'s packages store than what succeeded in {}: {}, "
                       "and {} succeeded",
                       promotion.to.text(), target.environment, source,
                       published->second.content.abbreviated(), promotion.content.abbreviated())});
    }
  }
  return problems;
}

}  // namespace cemli
