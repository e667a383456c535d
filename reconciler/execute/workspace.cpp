#include "reconciler/execute/workspace.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "reconciler/package/package_archive.h"
#include "state/base/ascii.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

std::string upper_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

Result<Manifest> read_manifest(const fs::path& package) {
  auto json = read_file(package / "manifest.json");
  if (!json) return std::move(json).error();
  auto manifest = parse_manifest(*json, "manifest.json");
  if (!manifest) return std::move(manifest).error();
  // A run that has set this one aside may be removing the folder.
  const auto paths = regular_files_in(package);
  if (!paths) return paths.error();
  if (auto completed = complete_steps(*manifest, *paths, "manifest.json"); !completed)
    return std::move(completed).error();
  return manifest;
}

}  // namespace

Result<Workspace> prepare_workspace(const DesiredPackage& desired, const ReadableBytes& zip,
                                    const fs::path& parent) {
  auto folder = TemporaryFolder::make(parent, desired.identity.address.name() + "-");
  if (!folder) return std::move(folder).error();
  for (const char* name : {"package", "artifacts", "secrets", "home"}) {
    if (::mkdir((folder->path() / name).c_str(), 0700) != 0)
      return system_error(errno,
                          fmt::format("making folder '{}'", (folder->path() / name).string()));
  }
  auto content = unpack_archive(zip, folder->path() / "package");
  if (!content) return std::move(content).error().while_doing("unpacking");
  if (*content != desired.identity.content) {
    return Error(ErrorCode::corrupt,
                 fmt::format("the zip holds content {}, but {} was planned", content->abbreviated(),
                             desired.identity.content.abbreviated()));
  }
  auto manifest = read_manifest(folder->path() / "package");
  if (!manifest) return std::move(manifest).error();
  if (auto written = write_scratch_file(folder->path() / "parameters.json",
                                        json_of(desired.identity.parameters).dump() + "\n", 0600);
      !written) {
    return std::move(written).error();
  }
  return Workspace{*std::move(folder), *std::move(manifest), std::nullopt};
}

std::vector<std::string> step_environment(const RunFacts& facts, const Action& action,
                                          const Workspace& workspace, const std::string& step) {
  const Identity& identity = action.package()->identity;
  const auto zone = facts.variables.find("TZ");
  std::vector<std::string> environment{
      "PATH=" + facts.path,
      "HOME=" + facts.home.value_or(workspace.home().string()),
      "LANG=" + facts.language,
      "TZ=" + (zone == facts.variables.end() ? "UTC" : zone->second),
      "CEMLI_ENVIRONMENT=" + facts.environment,
      "CEMLI_PACKAGE=" + identity.address.name(),
      "CEMLI_INSTANCE=" + identity.address.instance().value_or(""),
      "CEMLI_VERSION=" + identity.version,
      "CEMLI_PREVIOUS_VERSION=" + action.version_before.value_or(""),
      "CEMLI_RUN_ID=" + facts.run,
      fmt::format("CEMLI_ATTEMPT={}", action.attempt),
      fmt::format("CEMLI_FENCE={}", facts.fence),
      "CEMLI_STEP=" + step,
      "CEMLI_PARAMETERS=" + workspace.parameters().string(),
      "CEMLI_SECRETS_DIR=" + workspace.secrets().string(),
      "CEMLI_ARTIFACTS=" + workspace.artifacts().string(),
  };
  for (const auto& [name, value] : facts.variables) {
    if (name != "TZ") environment.push_back(name + "=" + value);
  }
  for (const auto& [name, value] : identity.parameters)
    environment.push_back(
        fmt::format("CEMLI_PARAM_{}={}", upper_case(name), parameter_text(value)));
  return environment;
}

Result<std::vector<std::string>> step_command(const RunFacts& facts, const Workspace& workspace,
                                              const StepSpec& step) {
  std::vector<std::string> command;
  if (step.program.find('/') != std::string::npos) {
    const std::string program = (workspace.package() / step.program).string();
    std::error_code ignored;
    if (::access(program.c_str(), X_OK) != 0 || !fs::is_regular_file(program, ignored))
      command.emplace_back("/bin/sh");
    command.push_back(program);
  } else {
    std::string_view rest = facts.path;
    while (!rest.empty() && command.empty()) {
      const std::string_view folder = take_until(rest, ':');
      const std::string candidate = fmt::format("{}/{}", folder, step.program);
      std::error_code ignored;
      // A relative folder would be another one in the step's working directory.
      if (folder.starts_with('/') && ::access(candidate.c_str(), X_OK) == 0 &&
          fs::is_regular_file(candidate, ignored))
        command.push_back(candidate);
    }
    if (command.empty()) {
      return Error(ErrorCode::not_found, fmt::format("{}: program '{}' is not on PATH ({})",
                                                     step.label(), step.program, facts.path));
    }
  }
  command.insert(command.end(), step.args.begin(), step.args.end());
  return command;
}

}  // namespace cemli
