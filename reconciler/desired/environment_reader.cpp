#include "reconciler/desired/environment_reader.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "reconciler/desired/core_schema.h"
#include "state/base/address.h"
#include "state/base/clock.h"

namespace cemli {
namespace {

using Kind = YamlEvent::Kind;

constexpr std::string_view kNotYet = "is not supported by this version of cemli yet";

/// What may stand behind a key.
enum class Shape { scalar, mapping, either, not_yet };
using KnownKeys = std::map<std::string_view, Shape>;

const KnownKeys& root_keys() {
  static const KnownKeys keys{{"format", Shape::scalar},      {"environment", Shape::scalar},
                              {"description", Shape::scalar}, {"stores", Shape::mapping},
                              {"lease", Shape::scalar},       {"parameters", Shape::mapping},
                              {"packages", Shape::mapping},   {"assume_idempotent", Shape::scalar},
                              {"track", Shape::scalar},       {"promote_from", Shape::not_yet},
                              {"runner", Shape::not_yet},     {"secrets", Shape::not_yet},
                              {"policy", Shape::not_yet}};
  return keys;
}

const KnownKeys& store_keys() {
  static const KnownKeys keys{
      {"packages", Shape::scalar}, {"results", Shape::scalar}, {"state", Shape::scalar}};
  return keys;
}

const KnownKeys& package_keys() {
  static const KnownKeys keys{{"version", Shape::scalar},
                              {"parameters", Shape::mapping},
                              {"assume_idempotent", Shape::scalar},
                              {"instances", Shape::not_yet}};
  return keys;
}

std::string unknown_key(std::string_view key, const KnownKeys& known) {
  std::vector<std::string> candidates;
  for (const auto& candidate : known) candidates.emplace_back(candidate.first);
  const auto suggestion = nearest(key, candidates);
  return fmt::format("unknown key '{}'{}", key,
                     suggestion ? fmt::format("; did you mean '{}'?", *suggestion) : "");
}

std::string_view shown(Kind kind) {
  return kind == Kind::list_start ? "a list" : "a mapping";
}

bool looks_like_range(std::string_view text) {
  return text.find_first_of("<>=^~*xX| ") != std::string_view::npos &&
         VersionRange::parse(text).has_value();
}

}  // namespace

EnvironmentReader::EnvironmentReader(std::string_view file) {
  result_.file = file;
}

void EnvironmentReader::take(const YamlEvent& event) {
  switch (event.kind) {
    case Kind::mapping_start:
    case Kind::list_start:
      return open(event);
    case Kind::mapping_end:
    case Kind::list_end:
      return close();
    case Kind::key: {
      Frame& frame = frames_.back();
      frame.key = event.text;
      frame.key_at = event.at;
      frame.drops_value = !accepts_key(frame.section, event);
      return;
    }
    case Kind::plain:
    case Kind::quoted:
    case Kind::null:
      return take_scalar(event);
  }
}

bool EnvironmentReader::accepts_key(Section section, const YamlEvent& event) {
  const KnownKeys* known = nullptr;
  switch (section) {
    case Section::ignored:
      return false;
    case Section::packages:
      if (is_name(event.text)) return true;
      problem(event.at, Address::make(event.text, std::nullopt).error().message());
      return false;
    case Section::parameters:
    case Section::package_parameters:
      if (is_parameter_name(event.text)) return true;
      problem(event.at, fmt::format("'{}' is not a parameter name: lower-case letters, digits and "
                                    "'_', at most 63, a letter first",
                                    event.text));
      return false;
    case Section::root:
      root_keys_.insert(event.text);
      known = &root_keys();
      break;
    case Section::stores:
      store_keys_.insert(event.text);
      known = &store_keys();
      break;
    case Section::package:
      known = &package_keys();
      break;
  }
  const auto found = known->find(event.text);
  if (found == known->end()) {
    problem(event.at, unknown_key(event.text, *known));
  } else if (found->second == Shape::not_yet) {
    problem(event.at, fmt::format("'{}' {}", event.text, kNotYet));
  } else {
    return true;
  }
  return false;
}

void EnvironmentReader::open(const YamlEvent& event) {
  Section section = Section::ignored;
  if (!frames_.empty()) {
    section = section_below(frames_.back(), event);
  } else if (event.kind == Kind::mapping_start) {
    section = Section::root;
  } else {
    problem(event.at, "an environment file is a mapping, not a list");
  }
  frames_.push_back({section, event.at});
}

EnvironmentReader::Section EnvironmentReader::section_below(const Frame& frame,
                                                            const YamlEvent& event) {
  if (frame.section == Section::ignored || frame.drops_value) return Section::ignored;
  if (event.kind == Kind::mapping_start) {
    if (frame.section == Section::packages) {
      draft_ = {};
      draft_.at = frame.key_at;
      return Section::package;
    }
    if (frame.section == Section::package && frame.key == "parameters") {
      return Section::package_parameters;
    }
    if (frame.section == Section::root && frame.key == "stores") return Section::stores;
    if (frame.section == Section::root && frame.key == "parameters") return Section::parameters;
    if (frame.section == Section::root && frame.key == "packages") return Section::packages;
  } else if (frame.section == Section::parameters || frame.section == Section::package_parameters) {
    problem(event.at, fmt::format("the parameter '{}' is a list, which {}", frame.key, kNotYet));
    return Section::ignored;
  }
  problem(event.at, fmt::format("'{}' must not be {}", frame.key, shown(event.kind)));
  return Section::ignored;
}

void EnvironmentReader::close() {
  const Frame frame = std::move(frames_.back());
  frames_.pop_back();
  if (frame.section == Section::root) check_required(frame);
  if (frame.section == Section::stores) check_stores(frames_.back());
  if (frame.section == Section::package) finish_package();
}

void EnvironmentReader::take_scalar(const YamlEvent& event) {
  if (frames_.empty()) {
    return problem(event.at, event.kind == Kind::null
                                 ? "the file is empty: it desires nothing, and does not say so"
                                 : "an environment file is a mapping, not a text");
  }
  const Frame& frame = frames_.back();
  if (frame.section == Section::ignored || frame.drops_value) return;
  if (event.kind == Kind::null) {
    return problem(frame.key_at, fmt::format("'{}' has no value", frame.key));
  }
  switch (frame.section) {
    case Section::root:
      return take_root(frame, event);
    case Section::stores:
      return take_store(frame, event);
    case Section::packages:
      draft_ = {};
      draft_.at = frame.key_at;
      draft_.names_version = true;
      draft_.version_at = event.at;
      draft_.version = version(frame.key, event);
      return finish_package();
    case Section::package:
      return take_package(frame, event);
    case Section::parameters:
    case Section::package_parameters: {
      auto& values = frame.section == Section::parameters ? result_.parameters : draft_.parameters;
      const bool is_quoted = event.kind == Kind::quoted;
      values[frame.key] = {event.text,
                           is_quoted ? WrittenValue::Style::quoted : WrittenValue::Style::plain,
                           event.at};
      return;
    }
    case Section::ignored:
      return;
  }
}

void EnvironmentReader::take_root(const Frame& frame, const YamlEvent& event) {
  if (root_keys().at(frame.key) == Shape::mapping) {
    return problem(event.at,
                   fmt::format("'{}' must be a mapping, not '{}'", frame.key, event.text));
  }
  if (frame.key == "format") take_format(event);
  if (frame.key == "environment") take_environment(event);
  if (frame.key == "description") result_.description = event.text;
  if (frame.key == "lease") take_lease(event);
  if (frame.key == "track") take_track(event);
  if (frame.key == "assume_idempotent") {
    result_.assume_idempotent = boolean(frame, event).value_or(false);
  }
}

void EnvironmentReader::take_format(const YamlEvent& event) {
  const auto format = core_integer(event.text);
  if (event.kind == Kind::quoted || !format || *format < 1) {
    return problem(event.at, fmt::format("'format' must be 1, not '{}'", event.text));
  }
  if (*format > 1) {
    newer_format_ = {event.at, fmt::format("format {} is newer than this version of cemli, which "
                                           "reads format 1; install a newer one",
                                           *format)};
  }
}

void EnvironmentReader::take_environment(const YamlEvent& event) {
  result_.environment = event.text;
  const std::filesystem::path path(result_.file);
  if (!is_name(event.text)) {
    return problem(event.at, fmt::format("'{}' is not an environment name: lower-case letters, "
                                         "digits and '-', at most 63, not '-' first",
                                         event.text));
  }
  if (event.text != path.stem()) {
    problem(event.at, fmt::format("the environment '{}' must be in a file '{}.yaml', not '{}'",
                                  event.text, event.text, path.filename().string()));
  }
}

void EnvironmentReader::take_lease(const YamlEvent& event) {
  const auto lease = parse_duration(event.text);
  if (!lease) return problem(event.at, lease.error().message());
  if (*lease < std::chrono::seconds(2) || *lease > std::chrono::hours(1)) {
    return problem(event.at, fmt::format("'lease' must be from 2s to 1h, not '{}'", event.text));
  }
  result_.lease = *lease;
}

void EnvironmentReader::take_track(const YamlEvent& event) {
  if (event.text == "none") return;
  problem(event.at, event.text == "all"
                        ? fmt::format("'track: all' {}; name the packages", kNotYet)
                        : fmt::format("'track' must be none, not '{}'", event.text));
}

void EnvironmentReader::take_store(const Frame& frame, const YamlEvent& event) {
  const std::string_view address = event.text;
  for (const std::string_view scheme : {"oci://", "s3://"}) {
    if (!address.starts_with(scheme)) continue;
    return problem(event.at, fmt::format("a store at '{}' {}; use file:DIR", scheme, kNotYet));
  }
  constexpr std::string_view kFile = "file:";
  if (!address.starts_with(kFile) || address.size() == kFile.size()) {
    return problem(event.at,
                   fmt::format("'{}' is not a store's address; expected file:DIR", address));
  }
  const std::filesystem::path folder(address.substr(kFile.size()));
  if (frame.key == "packages") stores_.packages = folder;
  if (frame.key == "results") stores_.results = folder;
  if (frame.key == "state") stores_.state = folder;
}

void EnvironmentReader::take_package(const Frame& frame, const YamlEvent& event) {
  if (frame.key == "version") {
    draft_.names_version = true;
    draft_.version_at = event.at;
    draft_.version = version(frames_[frames_.size() - 2].key, event);
  } else if (frame.key == "assume_idempotent") {
    draft_.assume_idempotent = boolean(frame, event);
  } else {
    problem(event.at, fmt::format("'{}' must be a mapping, not '{}'", frame.key, event.text));
  }
}

std::optional<bool> EnvironmentReader::boolean(const Frame& frame, const YamlEvent& event) {
  const auto value = core_boolean(event.text);
  if (value && event.kind == Kind::plain) return value;
  problem(event.at,
          value ? fmt::format("'{}' must be true or false without quotes", frame.key)
                : fmt::format("'{}' must be true or false, not '{}'", frame.key, event.text));
  return std::nullopt;
}

std::optional<Version> EnvironmentReader::version(std::string_view package,
                                                  const YamlEvent& event) {
  auto version = Version::parse(event.text);
  if (version) return *std::move(version);
  problem(event.at, looks_like_range(event.text)
                        ? fmt::format("the version range '{}' of '{}' {}; name one version",
                                      event.text, package, kNotYet)
                        : fmt::format("'{}' is not a version of '{}': expected MAJOR.MINOR.PATCH "
                                      "such as 1.4.2",
                                      event.text, package));
  return std::nullopt;
}

void EnvironmentReader::finish_package() {
  // The end of a package in either form: the key of the mapping around it is its name.
  const std::string& name = frames_.back().key;
  if (!draft_.names_version) {
    problem(draft_.at, fmt::format("'{}' has no 'version'", name));
  }
  if (!draft_.version) return;
  result_.packages.emplace(name,
                           PackageEntry{*std::move(draft_.version), draft_.at, draft_.version_at,
                                        std::move(draft_.parameters), draft_.assume_idempotent});
}

void EnvironmentReader::check_required(const Frame& root) {
  for (const std::string_view key : {"format", "environment", "packages"}) {
    if (!root_keys_.contains(key)) problem(root.at, fmt::format("'{}' is missing", key));
  }
}

void EnvironmentReader::check_stores(const Frame& root) {
  for (const auto& key : store_keys()) {
    if (store_keys_.contains(key.first)) continue;
    problem(root.key_at, fmt::format("'{}' is missing from 'stores': name all three stores, or "
                                     "leave 'stores' out",
                                     key.first));
  }
  result_.stores = stores_;
}

Result<EnvironmentFile> EnvironmentReader::finish(std::vector<TextProblem> yaml_problems) && {
  if (newer_format_) return error_in(result_.file, {*newer_format_});
  problems_.insert(problems_.end(), yaml_problems.begin(), yaml_problems.end());
  if (!problems_.empty()) return error_in(result_.file, std::move(problems_));
  return std::move(result_);
}

}  // namespace cemli
