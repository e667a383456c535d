#include "reconciler/desired/environment_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>
#include <vector>

#include "reconciler/desired/environment_reader.h"
#include "reconciler/desired/lock_memory.h"
#include "reconciler/desired/signer_files.h"
#include "reconciler/desired/yaml_events.h"
#include "state/base/address.h"

namespace cemli {

Result<EnvironmentFile> parse_environment_file(std::string_view text, std::string_view file) {
  EnvironmentReader reader(file);
  const auto problems = read_yaml(text, [&](const YamlEvent& event) { reader.take(event); });
  return std::move(reader).finish(problems);
}

Result<RecordedEnvironment> parse_recorded_environment(std::string_view text,
                                                       std::string_view file) {
  EnvironmentReader reader(file);
  const auto problems = read_yaml(text, [&](const YamlEvent& event) { reader.take(event); });
  auto part = problems.empty() ? reader.record_part() : std::nullopt;
  auto whole = std::move(reader).finish(problems);
  if (whole) return RecordedEnvironment{*std::move(whole)};
  if (!part) return std::move(whole).error();
  return RecordedEnvironment{*std::move(part), std::move(whole).error()};
}

const std::string& wanted_text(const WantedVersion& wanted) {
  return std::visit([](const auto& version) -> const std::string& { return version.text(); },
                    wanted);
}

bool fits(const WantedVersion& wanted, const Version& version) {
  if (const auto* exact = std::get_if<Version>(&wanted)) return *exact == version;
  return std::get<VersionRange>(wanted).contains(version);
}

std::string environment_path(std::string_view environment) {
  return fmt::format("environments/{}.yaml", environment);
}

Result<std::vector<std::string>> environments_in(const FileTree& tree) {
  constexpr std::string_view kEnding = ".yaml";
  auto names = tree.names_in("environments");
  if (!names) return names;
  std::vector<std::string> environments;
  for (const std::string& name : *names) {
    if (!name.ends_with(kEnding)) continue;
    const std::string stem = name.substr(0, name.size() - kEnding.size());
    if (is_name(stem)) environments.push_back(stem);
  }
  return environments;
}

namespace {

Error missing_file(const FileTree& tree, std::string_view environment) {
  // The file is missing whether or not the folder can be listed.
  const auto listed = environments_in(tree);
  const std::vector<std::string> environments = listed ? *listed : std::vector<std::string>();
  std::string hint = environments.empty()
                         ? "no environment is there"
                         : fmt::format("there are: {}", fmt::join(environments, ", "));
  if (tree.commit()) hint += "; a new file counts once it is committed";
  return Error(ErrorCode::not_found,
               fmt::format("no '{}' in {}", environment_path(environment), tree.description()))
      .with_hint(std::move(hint));
}

Result<std::string> read_text(const FileTree& tree, std::string_view environment) {
  if (!is_name(environment)) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("'{}' is not an environment name: lower-case letters, digits and "
                             "'-', at most 63, not '-' first",
                             environment));
  }
  auto text = tree.read(environment_path(environment));
  if (!text) return std::move(text).error();
  if (!text->has_value()) return missing_file(tree, environment);
  return **std::move(text);
}

}  // namespace

Result<RecordedEnvironment> read_recorded_environment(const FileTree& tree,
                                                      std::string_view environment) {
  const auto text = read_text(tree, environment);
  if (!text) return Error(text.error());
  return parse_recorded_environment(*text, environment_path(environment));
}

Result<EnvironmentFile> read_environment_rules(const FileTree& tree, std::string_view environment) {
  const auto text = read_text(tree, environment);
  if (!text) return Error(text.error());
  auto file = parse_environment_file(*text, environment_path(environment));
  if (!file) return file;
  auto signers = read_signers(tree);
  if (!signers) return std::move(signers).error();
  file->signers = *std::move(signers);
  return file;
}

Result<EnvironmentFile> read_environment_file(const FileTree& tree, std::string_view environment,
                                              LockMemory* memory) {
  auto file = read_environment_rules(tree, environment);
  if (!file) return file;
  const auto lock = tree.read(lock_path(environment));
  if (!lock) return Error(lock.error());
  if (!lock->has_value()) return file;
  const std::string path = lock_path(environment);
  auto locked = memory != nullptr ? memory->parse(**lock, environment, path)
                                  : parse_lock_file(**lock, environment, path);
  if (!locked) return std::move(locked).error();
  file->lock = *std::move(locked);
  return file;
}

}  // namespace cemli
