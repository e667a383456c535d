#include "reconciler/desired/find_packages.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <span>
#include <utility>

#include "reconciler/package/package_lookup.h"
#include "reconciler/package/package_store.h"

namespace cemli {
namespace {

/// All versions by package, each by precedence.
using Versions = std::map<std::string, std::vector<Version>>;

class Search {
 public:
  Search(const EnvironmentFile& file, Store& packages, const std::map<std::string, Version>& kept)
      : file_(file), bytes_(packages), store_(packages), kept_(kept) {}

  Result<PublishedPackages> run() {
    if (auto read = read_ahead(); !read) return std::move(read).error();
    for (const auto& [name, version] : kept_) {
      if (auto found = find_kept(name, version); !found) return std::move(found).error();
    }
    for (const auto& [name, entry] : file_.packages) {
      if (kept_.contains(name)) continue;
      if (auto found = find_named(name, entry.version); !found) return std::move(found).error();
    }
    if (file_.track == EnvironmentFile::Track::all) {
      if (auto found = find_tracked(); !found) return std::move(found).error();
    }
    return std::move(found_);
  }

 private:
  /// Reads what is needed for sure side by side, so that a store far away is waited for once.
  Result<void> read_ahead() {
    std::vector<PackageVersion> wanted;
    for (const auto& [name, version] : kept_) wanted.push_back({name, version});
    for (const auto& [name, entry] : file_.packages) {
      if (kept_.contains(name)) continue;
      if (const auto* exact = std::get_if<Version>(&entry.version)) {
        wanted.push_back({name, *exact});
        continue;
      }
      const WantedVersion& range = entry.version;
      auto first = newest_of(name, [&](const Version& v) { return fits(range, v); });
      if (!first) return std::move(first).error();
      if (*first) wanted.push_back({name, **std::move(first)});
    }
    if (file_.track == EnvironmentFile::Track::all) {
      auto all = list();
      if (!all) return std::move(all).error();
      for (const auto& known : **all) {
        if (file_.packages.contains(known.first) || kept_.contains(known.first)) continue;
        auto first = newest_of(known.first, [](const Version& v) { return !v.is_prerelease(); });
        if (!first) return std::move(first).error();
        if (*first) wanted.push_back({known.first, **std::move(first)});
      }
    }
    return look_up_packages(
        bytes_, wanted,
        [&](std::size_t place, std::optional<PublishedPackage> package) -> Result<void> {
          read_.emplace(std::pair(wanted[place].name, wanted[place].version.text()),
                        std::move(package));
          return {};
        });
  }

  Result<std::optional<Version>> newest_of(const std::string& name,
                                           const std::function<bool(const Version&)>& fits) {
    auto all = list();
    if (!all) return std::move(all).error();
    const auto versions = (*all)->find(name);
    if (versions == (*all)->end()) return std::optional<Version>();
    const auto found = std::find_if(versions->second.rbegin(), versions->second.rend(), fits);
    if (found == versions->second.rend()) return std::optional<Version>();
    return std::optional(*found);
  }

  /// Each is asked for once.
  Result<std::optional<PublishedPackage>> find(const std::string& name, const Version& version) {
    const auto read = read_.find(std::pair(name, version.text()));
    if (read == read_.end()) return store_.find(name, version);
    return std::exchange(read->second, std::nullopt);
  }

  Result<void> find_kept(const std::string& name, const Version& version) {
    auto package = find(name, version);
    if (!package) return std::move(package).error();
    if (*package) return take(name, **std::move(package));
    return Error(ErrorCode::not_found,
                 fmt::format("'{}' is locked at {}, which is no longer published", name,
                             version.text()))
        .with_hint(fmt::format("cemli lock --upgrade {} -e {}", name, file_.environment));
  }

  Result<void> find_named(const std::string& name, const WantedVersion& wanted) {
    if (const auto* exact = std::get_if<Version>(&wanted)) {
      auto package = find(name, *exact);
      if (!package) return std::move(package).error();
      if (*package) return take(name, **std::move(package));
      auto others = store_.versions(name);
      if (!others) return std::move(others).error();
      return note_others(name, *std::move(others));
    }
    auto all = list();
    if (!all) return std::move(all).error();
    const std::vector<Version> versions =
        (*all)->contains(name) ? (*all)->at(name) : std::vector<Version>();
    auto package =
        newest(name, versions, [&](const Version& version) { return fits(wanted, version); });
    if (!package) return std::move(package).error();
    if (!*package) {
      return note_others(name, versions);
    }
    found_.floating.push_back({name, (*package)->manifest.version.text(), wanted_text(wanted)});
    return take(name, **std::move(package));
  }

  Result<void> find_tracked() {
    auto all = list();
    if (!all) return std::move(all).error();
    for (const auto& [name, versions] : **all) {
      if (file_.packages.contains(name) || kept_.contains(name)) continue;
      auto package = newest(name, versions, [](const Version& v) { return !v.is_prerelease(); });
      if (!package) return std::move(package).error();
      if (!*package || !is_for_here((*package)->manifest)) continue;
      found_.floating.push_back({name, (*package)->manifest.version.text(), std::nullopt});
      if (auto taken = take(name, **std::move(package)); !taken) return taken;
    }
    return {};
  }

  /// The newest that is for this environment; where none is, the newest of all that fit.
  Result<std::optional<PublishedPackage>> newest(const std::string& name,
                                                 const std::vector<Version>& versions,
                                                 const std::function<bool(const Version&)>& fits) {
    std::optional<PublishedPackage> elsewhere;
    for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
      if (!fits(*version)) continue;
      auto package = find(name, *version);
      if (!package) return std::move(package).error();
      if (!*package) continue;
      if (is_for_here((*package)->manifest)) return package;
      if (!elsewhere) elsewhere = **std::move(package);
    }
    return elsewhere;
  }

  [[nodiscard]] bool is_for_here(const Manifest& manifest) const {
    return manifest.environments.empty() ||
           std::binary_search(manifest.environments.begin(), manifest.environments.end(),
                              file_.environment);
  }

  /// A name without any version is likely to be mistyped.
  Result<void> note_others(const std::string& name, std::vector<Version> versions) {
    if (versions.empty() && found_.names.empty()) {
      auto all = list();
      if (!all) return std::move(all).error();
      for (const auto& known : **all) found_.names.push_back(known.first);
    }
    found_.other_versions.emplace(name, std::move(versions));
    return {};
  }

  Result<void> take(const std::string& name, PublishedPackage package) {
    found_.packages.emplace(name, std::move(package));
    return {};
  }

  /// One listing serves all.
  Result<const Versions*> list() {
    if (!listed_) {
      auto all = store_.list();
      if (!all) return std::move(all).error();
      listed_.emplace();
      for (PackageVersion& version : *all)
        (*listed_)[version.name].push_back(std::move(version.version));
    }
    return &*listed_;
  }

  const EnvironmentFile& file_;
  Store& bytes_;
  PackageStore store_;
  const std::map<std::string, Version>& kept_;
  /// By name and version; what was taken from here is not asked for again.
  std::map<std::pair<std::string, std::string>, std::optional<PublishedPackage>> read_;
  PublishedPackages found_;
  std::optional<Versions> listed_;
};

}  // namespace

Result<PublishedPackages> find_packages(const EnvironmentFile& file, Store& packages,
                                        const std::map<std::string, Version>& kept) {
  return Search(file, packages, kept).run();
}

}  // namespace cemli
