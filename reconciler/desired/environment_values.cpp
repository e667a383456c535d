#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "reconciler/desired/core_schema.h"
#include "reconciler/desired/environment_reader.h"
#include "state/base/address.h"
#include "state/base/clock.h"

/// What single values of an environment file mean.
namespace cemli {
namespace {

using Kind = YamlEvent::Kind;

constexpr auto kSecretKinds = std::to_array<std::pair<std::string_view, SecretSource::Kind>>(
    {{"env", SecretSource::Kind::variable},
     {"file", SecretSource::Kind::file},
     {"oci-vault", SecretSource::Kind::oci_vault}});
constexpr std::string_view kVaultSecret = "ocid1.vaultsecret.";

WrittenValue written(const YamlEvent& event) {
  const bool is_quoted = event.kind == Kind::quoted;
  return {event.text, is_quoted ? WrittenValue::Style::quoted : WrittenValue::Style::plain,
          event.at};
}

}  // namespace

void EnvironmentReader::take_item(const Frame& list, const YamlEvent& event) {
  if (event.kind == Kind::null) return problem(event.at, "this item of the list has no value");
  if (list.section == Section::parameter_list) return items_.push_back(written(event));
  if (!accepts_variable(event.text, event.at)) return;
  if (!passed_.insert(event.text).second)
    problem(event.at, fmt::format("'{}' stands there twice", event.text));
}

void EnvironmentReader::take_value(const Frame& frame, const YamlEvent& event) {
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
    case Section::package_parameters:
    case Section::instance:
      (*parameters_of(frame.section))[frame.key] = written(event);
      return;
    case Section::instances:
      return problem(event.at, fmt::format("the instance '{}' must be a mapping of parameters, not "
                                           "'{}'",
                                           frame.key, event.text));
    case Section::runner:
      if (frame.key == "home") return take_home(event);
      return problem(event.at, fmt::format("'{}' must be a {}, not '{}'", frame.key,
                                           frame.key == "pass" ? "list" : "mapping", event.text));
    case Section::runner_set:
      result_.runner.set[frame.key] = event.text;
      return;
    case Section::secrets:
      return take_secret(frame, event);
    case Section::policy:
    case Section::runner_pass:
    case Section::parameter_list:
    case Section::ignored:
      return;
  }
}

void EnvironmentReader::take_root(const Frame& frame, const YamlEvent& event) {
  if (frame.key == "format") return take_format(event);
  if (frame.key == "environment") return take_environment(event);
  if (frame.key == "lease") return take_lease(event);
  if (frame.key == "track") return take_track(event);
  if (frame.key == "promote_from") return take_promote_from(event);
  if (frame.key == "description") {
    result_.description = event.text;
  } else if (frame.key == "assume_idempotent") {
    result_.assume_idempotent = boolean(frame, event).value_or(false);
  } else {
    problem(event.at, fmt::format("'{}' must be a mapping, not '{}'", frame.key, event.text));
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

void EnvironmentReader::take_promote_from(const YamlEvent& event) {
  if (!is_name(event.text)) {
    problem(event.at, fmt::format("'{}' is not an environment name: lower-case letters, digits and "
                                  "'-', at most 63, not '-' first",
                                  event.text));
  } else if (event.text == std::filesystem::path(result_.file).stem()) {
    problem(event.at, "'promote_from' must name another environment than this one");
  } else {
    result_.promote_from = event.text;
  }
}

void EnvironmentReader::take_track(const YamlEvent& event) {
  result_.track_at = event.at;
  if (event.text == "all") {
    result_.track = EnvironmentFile::Track::all;
  } else if (event.text != "none") {
    problem(event.at, fmt::format("'track' must be none or all, not '{}'", event.text));
  }
}

void EnvironmentReader::take_home(const YamlEvent& event) {
  if (event.text == "inherit") {
    result_.runner.home = RunnerSettings::Home::inherit;
  } else if (event.text != "private") {
    problem(event.at, fmt::format("'home' must be private or inherit, not '{}'", event.text));
  }
}

void EnvironmentReader::take_secret(const Frame& frame, const YamlEvent& event) {
  const std::size_t colon = event.text.find(':');
  const std::string kind = event.text.substr(0, colon);
  const std::string name = colon == std::string::npos ? "" : event.text.substr(colon + 1);
  const auto known = std::find_if(kSecretKinds.begin(), kSecretKinds.end(),
                                  [&kind](const auto& each) { return each.first == kind; });
  // What stands there may be a value that somebody took for its place, so no error repeats it.
  if (name.empty() || known == kSecretKinds.end()) {
    return problem(
        event.at,
        fmt::format("the secret '{}' must be env:NAME, file:PATH or oci-vault:OCID", frame.key));
  }
  if (known->second == SecretSource::Kind::oci_vault && !name.starts_with(kVaultSecret)) {
    return problem(event.at, fmt::format("the secret '{}' at oci-vault: must be the OCID of a "
                                         "secret, such as oci-vault:{}oc1.REGION.UNIQUE",
                                         frame.key, kVaultSecret));
  }
  result_.secrets[frame.key] = {known->second, name};
}

void EnvironmentReader::take_store(const Frame& frame, const YamlEvent& event) {
  auto address = parse_store_address(event.text);
  if (!address) return problem(event.at, address.error().message());
  if (frame.key == "packages") stores_.packages = *address;
  if (frame.key == "results") stores_.results = *address;
  if (frame.key == "state") stores_.state = *address;
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

std::optional<WantedVersion> EnvironmentReader::version(std::string_view package,
                                                        const YamlEvent& event) {
  if (auto version = Version::parse(event.text)) return WantedVersion(*std::move(version));
  // Two numbers are a mistake more often than a range.
  const bool is_number = event.text.find_first_not_of("0123456789.") == std::string::npos;
  auto range = VersionRange::parse(event.text);
  if (range && !is_number) return WantedVersion(*std::move(range));
  problem(event.at, fmt::format("'{}' is not a version of '{}': expected MAJOR.MINOR.PATCH such as "
                                "1.4.2, or a range such as '>=1.4 <2'",
                                event.text, package));
  return std::nullopt;
}

}  // namespace cemli
