#include "reconciler/desired/resolve.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "reconciler/desired/core_schema.h"
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

class Resolver {
 public:
  Resolver(const EnvironmentFile& file, const PublishedPackages& published)
      : file_(file), published_(published) {}

  Result<DesiredState> run(std::optional<std::string> commit) {
    DesiredState state{file_.environment, std::move(commit), {}, empty_policy_digest()};
    for (const auto& [name, entry] : file_.packages) {
      const auto found = published_.packages.find({name, entry.version.text()});
      if (found == published_.packages.end()) {
        report_unpublished(name, entry);
        graph_.try_emplace(address_of(name));
      } else {
        add_package(state, name, entry, found->second);
      }
    }
    report_undeclared_defaults();
    report_cycles();
    if (problems_.empty()) return state;
    Error error = error_in(file_.file, std::move(problems_));
    if (!is_unpublished_) return error;
    return std::move(error).with_hint(
        fmt::format("cemli package publish PATH -e {}", file_.environment));
  }

 private:
  void problem(TextPosition at, std::string what) { problems_.push_back({at, std::move(what)}); }

  void report_unpublished(const std::string& name, const PackageEntry& entry) {
    is_unpublished_ = true;
    const auto others = published_.other_versions.find(name);
    if (others == published_.other_versions.end() || others->second.empty()) {
      return problem(entry.at, fmt::format("no version of '{}' is published", name));
    }
    problem(entry.version_at, fmt::format("'{}' {} is not published; {}", name,
                                          entry.version.text(), list_versions(others->second)));
  }

  void add_package(DesiredState& state, const std::string& name, const PackageEntry& entry,
                   const PublishedPackage& package) {
    const Manifest& manifest = package.manifest;
    const Address address = address_of(name);
    DesiredPackage desired{.identity = {address, entry.version.text(), package.content,
                                        parameters_of(entry, manifest)},
                           .zip_digest = package.zip_digest};
    desired.depends_on = dependencies_of(entry, manifest);
    desired.locks = manifest.locks;
    desired.idempotent =
        manifest.idempotent || entry.assume_idempotent.value_or(file_.assume_idempotent);
    desired.reversible = manifest.reversible;
    desired.zip_size = package.zip_size;
    graph_[address] = desired.depends_on;
    state.packages.emplace(address, std::move(desired));
  }

  /// The package's own values, then the environment's defaults, then the manifest's.
  Parameters parameters_of(const PackageEntry& entry, const Manifest& manifest) {
    report_unknown_parameters(entry, manifest);
    Parameters parameters;
    for (const auto& [name, spec] : manifest.parameters) {
      declared_.insert(name);
      const WrittenValue* written = nullptr;
      if (const auto own = entry.parameters.find(name); own != entry.parameters.end()) {
        written = &own->second;
      } else if (const auto shared = file_.parameters.find(name);
                 shared != file_.parameters.end()) {
        written = &shared->second;
      }
      if (written != nullptr) {
        if (auto value = value_of(*written, spec, name, manifest)) parameters[name] = *value;
      } else if (spec.default_value) {
        parameters[name] = *spec.default_value;
      } else {
        problem(entry.at, fmt::format("'{}' {} needs the parameter '{}', which has no default",
                                      manifest.name, manifest.version.text(), name));
      }
    }
    return parameters;
  }

  void report_unknown_parameters(const PackageEntry& entry, const Manifest& manifest) {
    for (const auto& [name, value] : entry.parameters) {
      if (manifest.parameters.contains(name)) continue;
      std::vector<std::string> known;
      for (const auto& parameter : manifest.parameters) known.push_back(parameter.first);
      problem(value.at, fmt::format("'{}' {} has no parameter '{}'{}", manifest.name,
                                    manifest.version.text(), name, suggestion(name, known)));
    }
  }

  std::optional<ParameterValue> value_of(const WrittenValue& written, const ParameterSpec& spec,
                                         const std::string& name, const Manifest& manifest) {
    if (spec.type == ParameterType::string) return written.text;
    const std::string subject = fmt::format("the parameter '{}' of '{}' {} is an integer", name,
                                            manifest.name, manifest.version.text());
    const auto integer = core_integer(written.text);
    if (!integer) {
      problem(written.at, fmt::format("{}; {}", subject, integer.error().message()));
    } else if (written.style == WrittenValue::Style::quoted) {
      problem(written.at, fmt::format("{}; remove the quotes around '{}'", subject, written.text));
    } else {
      return *integer;
    }
    return std::nullopt;
  }

  /// Those that the environment has; the others are reported.
  std::vector<Address> dependencies_of(const PackageEntry& entry, const Manifest& manifest) {
    std::vector<Address> addresses;
    for (const auto& [name, range] : manifest.depends_on) {
      const std::string need = fmt::format("'{}' {} needs '{}' {}", manifest.name,
                                           manifest.version.text(), name, range.text());
      const auto here = file_.packages.find(name);
      if (here == file_.packages.end()) {
        problem(entry.version_at, need + ", which this environment does not have");
        continue;
      }
      if (!range.contains(here->second.version)) {
        problem(entry.version_at,
                fmt::format("{}, which is {} here", need, here->second.version.text()));
      }
      addresses.push_back(address_of(name));
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
      problem(file_.packages.at(cycle.front().name()).version_at,
              fmt::format("packages depend on each other: {}", fmt::join(names, " -> ")));
    }
  }

  const EnvironmentFile& file_;
  const PublishedPackages& published_;
  std::vector<TextProblem> problems_;
  bool is_unpublished_ = false;
  std::set<std::string> declared_;
  DependencyGraph graph_;
};

}  // namespace

Result<DesiredState> resolve(const EnvironmentFile& file, const PublishedPackages& published,
                             std::optional<std::string> commit) {
  return Resolver(file, published).run(std::move(commit));
}

}  // namespace cemli
