#include "reconciler/desired/resolve.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "reconciler/desired/parameter_values.h"
#include "reconciler/desired/text_position.h"
#include "reconciler/package/dependency_graph.h"
#include "state/base/address.h"

namespace cemli {
namespace {

Address address_of(const std::string& name) {
  // Names of files and manifests were checked when they were read.
  return Address::make(name, std::nullopt).value();
}

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates) {
  const auto found = nearest(word, candidates);
  return found ? fmt::format("; did you mean '{}'?", *found) : "";
}

/// `published are 1.4.2, 1.4.1, 1.3.0 and 4 older ones`.
std::string list_versions(std::vector<Version> versions) {
  constexpr std::size_t kShown = 3;
  std::sort(versions.begin(), versions.end(), [](const Version& left, const Version& right) {
    const auto order = Version::compare(left, right);
    return order != 0 ? order > 0 : left.text() > right.text();
  });
  std::vector<std::string_view> shown;
  for (std::size_t i = 0; i < std::min(kShown, versions.size()); ++i) {
    shown.push_back(versions[i].text());
  }
  const std::size_t rest = versions.size() - shown.size();
  return fmt::format("published {} {}{}", versions.size() == 1 ? "is" : "are",
                     fmt::join(shown, ", "), rest > 0 ? fmt::format(" and {} older", rest) : "");
}

std::string title_of(const Manifest& manifest) {
  return fmt::format("'{}' {}", manifest.name, manifest.version.text());
}

/// Those of its steps that are run apart from the others.
std::vector<std::string> abilities_of(const Manifest& manifest) {
  std::vector<std::string> abilities;
  for (const std::string_view ability : {"check", "rollback", "uninstall"}) {
    if (has_step(manifest, ability)) abilities.emplace_back(ability);
  }
  return abilities;
}

/// A package that is desired, by its name in the file or by `track`.
struct Wanted {
  const std::string& name;
  /// Null where it is tracked.
  const PackageEntry* entry;
  /// Of its name, and of its version.
  TextPosition at;
  TextPosition version_at;
};

/// One use of a package; one without a name has no entry.
struct Use {
  Address address;
  const InstanceEntry* entry = nullptr;
};

class Resolver {
 public:
  Resolver(const EnvironmentFile& file, const PublishedPackages& published)
      : file_(file), published_(published) {}

  Result<DesiredState> run(std::optional<std::string> commit) {
    DesiredState state{
        file_.environment, std::move(commit), {}, policy_digest(file_.policy, file_.signers)};
    state.rules = file_.policy;
    state.runner = file_.runner;
    state.secrets = file_.secrets;
    state.floating = published_.floating;
    state.tracks_all = file_.track == EnvironmentFile::Track::all;
    for (const auto& [name, entry] : file_.packages) {
      if (std::holds_alternative<VersionRange>(entry.version))
        state.ranges.emplace(name, wanted_text(entry.version));
    }
    std::sort(state.floating.begin(), state.floating.end(),
              [](const auto& a, const auto& b) { return a.package < b.package; });
    for (const Wanted& wanted : all_wanted()) {
      const auto found = published_.packages.find(wanted.name);
      if (found == published_.packages.end()) {
        report_unpublished(wanted);
      } else {
        add_package(state, wanted, found->second);
      }
    }
    report_undeclared_defaults();
    report_cycles();
    if (file_.track == EnvironmentFile::Track::all && state.packages.empty() && problems_.empty()) {
      problem(file_.track_at,
              "'track: all' finds no package for this environment in the packages store, so that "
              "nothing is desired");
    }
    if (problems_.empty()) return state;
    Error error = error_in(file_.file, std::move(problems_));
    if (!is_unpublished_) return error;
    return std::move(error).with_hint(
        fmt::format("cemli package publish PATH -e {}", file_.environment));
  }

 private:
  void problem(TextPosition at, std::string what) { problems_.push_back({at, std::move(what)}); }

  std::vector<Wanted> all_wanted() {
    std::vector<Wanted> all;
    for (const auto& [name, entry] : file_.packages) {
      all.push_back({name, &entry, entry.at, entry.version_at});
      graph_.try_emplace(address_of(name));
    }
    for (const auto& published : published_.packages) {
      if (file_.packages.contains(published.first)) continue;
      all.push_back({published.first, nullptr, file_.track_at, file_.track_at});
      graph_.try_emplace(address_of(published.first));
    }
    return all;
  }

  void report_unpublished(const Wanted& wanted) {
    is_unpublished_ = true;
    const std::string& version = wanted_text(wanted.entry->version);
    const auto others = published_.other_versions.find(wanted.name);
    if (others == published_.other_versions.end() || others->second.empty())
      return problem(wanted.at, fmt::format("no version of '{}' is published{}", wanted.name,
                                            suggestion(wanted.name, published_.names)));
    const bool is_exact = std::holds_alternative<Version>(wanted.entry->version);
    problem(wanted.version_at,
            is_exact ? fmt::format("'{}' {} is not published; {}", wanted.name, version,
                                   list_versions(others->second))
                     : fmt::format("no published version of '{}' fits '{}'; {}", wanted.name,
                                   version, list_versions(others->second)));
  }

  [[nodiscard]] std::vector<Use> uses_of(const std::string& name) const {
    const auto entry = file_.packages.find(name);
    if (entry == file_.packages.end() || entry->second.instances.empty())
      return {{address_of(name)}};
    std::vector<Use> uses;
    for (const auto& [instance, written] : entry->second.instances)
      uses.push_back({Address::make(name, instance).value(), &written});
    return uses;
  }

  void add_package(DesiredState& state, const Wanted& wanted, const PublishedPackage& package) {
    const Manifest& manifest = package.manifest;
    check_environment(wanted, manifest);
    const bool reruns_on_new_secrets = check_secrets(wanted, manifest);
    const bool assumed = wanted.entry == nullptr
                             ? file_.assume_idempotent
                             : wanted.entry->assume_idempotent.value_or(file_.assume_idempotent);
    const std::vector<Address> depends_on = dependencies_of(wanted, manifest);
    for (const Use& use : uses_of(wanted.name)) {
      DesiredPackage desired{.identity = {use.address, manifest.version.text(), package.content,
                                          parameters_of(wanted, use, manifest)},
                             .zip_digest = package.zip_digest};
      desired.depends_on = depends_on;
      desired.locks = manifest.locks;
      desired.secrets = manifest.secrets;
      desired.reruns_on_new_secrets = reruns_on_new_secrets;
      desired.idempotent = manifest.idempotent || assumed;
      desired.reversible = manifest.reversible;
      desired.abilities = abilities_of(manifest);
      desired.can_rehearse = has_step(manifest, "dry_run");
      desired.zip_size = package.zip_size;
      state.packages.emplace(use.address, std::move(desired));
    }
  }

  void check_environment(const Wanted& wanted, const Manifest& manifest) {
    const auto& environments = manifest.environments;
    if (environments.empty() ||
        std::binary_search(environments.begin(), environments.end(), file_.environment))
      return;
    problem(wanted.version_at, fmt::format("{} is for {} alone, not for '{}'", title_of(manifest),
                                           fmt::join(environments, ", "), file_.environment));
  }

  /// Whether their versions are to be watched.
  bool check_secrets(const Wanted& wanted, const Manifest& manifest) {
    const bool reruns = std::find(manifest.rerun_on.begin(), manifest.rerun_on.end(), "secrets") !=
                        manifest.rerun_on.end();
    for (const std::string& name : manifest.secrets) {
      const auto source = file_.secrets.find(name);
      if (source == file_.secrets.end()) {
        problem(wanted.at, fmt::format("{} needs the secret '{}', which this file does not have "
                                       "under 'secrets'",
                                       title_of(manifest), name));
      } else if (reruns && source->second.kind != SecretSource::Kind::oci_vault) {
        const bool is_file = source->second.kind == SecretSource::Kind::file;
        problem(wanted.at, fmt::format("{} is to run again when '{}' changes ('rerun_on'), and a "
                                       "secret at {}: has no versions; one at oci-vault: has",
                                       title_of(manifest), name, is_file ? "file" : "env"));
      }
    }
    return reruns && !manifest.secrets.empty();
  }

  /// The instance's own values, then the package's, the environment's and the manifest's.
  Parameters parameters_of(const Wanted& wanted, const Use& use, const Manifest& manifest) {
    std::vector<const WrittenParameters*> layers;
    if (use.entry != nullptr) layers.push_back(&use.entry->parameters);
    if (wanted.entry != nullptr) layers.push_back(&wanted.entry->parameters);
    for (const WrittenParameters* layer : layers) report_unknown_parameters(*layer, manifest);
    layers.push_back(&file_.parameters);
    Parameters parameters;
    for (const auto& [name, spec] : manifest.parameters) {
      declared_.insert(name);
      const WrittenValue* written = nullptr;
      for (const WrittenParameters* layer : layers) {
        const auto found = layer->find(name);
        if (written == nullptr && found != layer->end()) written = &found->second;
      }
      if (written != nullptr) {
        auto value = read_value(*written, spec,
                                fmt::format("the parameter '{}' of {}", name, title_of(manifest)));
        if (value) {
          parameters[name] = *std::move(value);
        } else {
          problem(written->at, value.error().message());
        }
      } else if (spec.default_value) {
        parameters[name] = *spec.default_value;
      } else {
        problem(use.entry != nullptr ? use.entry->at : wanted.at,
                fmt::format("{} needs the parameter '{}', which has no default", title_of(manifest),
                            name));
      }
    }
    return parameters;
  }

  void report_unknown_parameters(const WrittenParameters& parameters, const Manifest& manifest) {
    for (const auto& [name, value] : parameters) {
      if (manifest.parameters.contains(name)) continue;
      std::vector<std::string> known;
      for (const auto& parameter : manifest.parameters) known.push_back(parameter.first);
      problem(value.at, fmt::format("{} has no parameter '{}'{}", title_of(manifest), name,
                                    suggestion(name, known)));
    }
  }

  /// Those that the environment has; the others are reported.
  std::vector<Address> dependencies_of(const Wanted& wanted, const Manifest& manifest) {
    std::vector<Address> addresses;
    for (const auto& [name, range] : manifest.depends_on) {
      const std::string need =
          fmt::format("{} needs '{}' {}", title_of(manifest), name, range.text());
      if (!graph_.contains(address_of(name))) {
        problem(wanted.version_at, need + ", which this environment does not have");
        continue;
      }
      const auto here = published_.packages.find(name);
      if (here != published_.packages.end() && !range.contains(here->second.manifest.version)) {
        problem(wanted.version_at,
                fmt::format("{}, which is {} here", need, here->second.manifest.version.text()));
      }
      graph_.at(address_of(wanted.name)).push_back(address_of(name));
      for (const Use& use : uses_of(name)) addresses.push_back(use.address);
    }
    return addresses;
  }

  /// A default that reaches no package is a typing mistake that would go unnoticed.
  void report_undeclared_defaults() {
    // What an unpublished package declares is not known.
    if (is_unpublished_) return;
    for (const auto& [name, value] : file_.parameters) {
      if (declared_.contains(name)) continue;
      const std::vector<std::string> known(declared_.begin(), declared_.end());
      problem(value.at, fmt::format("no package of this environment has a parameter '{}'{}", name,
                                    suggestion(name, known)));
    }
  }

  void report_cycles() {
    for (const std::vector<Address>& cycle : find_cycles(graph_)) {
      std::vector<std::string> names;
      for (const Address& address : cycle) names.push_back(address.text());
      const auto entry = file_.packages.find(cycle.front().name());
      problem(entry != file_.packages.end() ? entry->second.version_at : file_.track_at,
              fmt::format("packages depend on each other: {}", fmt::join(names, " -> ")));
    }
  }

  const EnvironmentFile& file_;
  const PublishedPackages& published_;
  std::vector<TextProblem> problems_;
  bool is_unpublished_ = false;
  std::set<std::string> declared_;
  /// Between packages: what goes for one instance goes for all.
  DependencyGraph graph_;
};

}  // namespace

Result<DesiredState> resolve(const EnvironmentFile& file, const PublishedPackages& published,
                             std::optional<std::string> commit) {
  return Resolver(file, published).run(std::move(commit));
}

}  // namespace cemli
