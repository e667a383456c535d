#include "state/store/s3_credentials.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "state/base/ascii.h"
#include "state/base/file.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;
using Settings = std::map<std::string, std::string>;

/// The settings of one section of a file as the AWS tools write it; nested ones are passed over.
std::optional<Settings> read_section(std::string_view text, const std::vector<std::string>& names) {
  std::optional<Settings> found;
  bool is_inside = false;
  while (!text.empty()) {
    const std::string_view whole = take_until(text, '\n');
    const std::string_view line = trimmed(whole);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      const std::string_view name = trimmed(line.substr(1, line.find(']') - 1));
      is_inside = std::find(names.begin(), names.end(), name) != names.end();
      if (is_inside && !found) found.emplace();
      continue;
    }
    const std::size_t equals = line.find('=');
    const bool is_nested = whole.front() == ' ' || whole.front() == '\t';
    if (!is_inside || is_nested || equals == std::string_view::npos) continue;
    (*found)[std::string(trimmed(line.substr(0, equals)))] = trimmed(line.substr(equals + 1));
  }
  return found;
}

struct SharedFile {
  fs::path path;
  std::vector<std::string> sections;
};

/// Where a profile may stand: the credentials file, then the config file.
std::vector<SharedFile> shared_files(const Variables& variables, const std::string& profile) {
  const auto home = variables("HOME");
  const auto place = [&](const char* variable, const char* name) -> fs::path {
    if (auto named = variables(variable)) return *named;
    return home ? fs::path(*home) / ".aws" / name : fs::path();
  };
  std::vector<std::string> in_config{"profile " + profile};
  if (profile == "default") in_config.push_back(profile);
  return {{place("AWS_SHARED_CREDENTIALS_FILE", "credentials"), {profile}},
          {place("AWS_CONFIG_FILE", "config"), in_config}};
}

Result<std::optional<Settings>> read_profile(const SharedFile& file) {
  if (file.path.empty()) return std::optional<Settings>();
  auto text = read_file(file.path);
  if (!text && text.error().code() == ErrorCode::not_found) return std::optional<Settings>();
  if (!text) return std::move(text).error().while_doing("looking for S3 credentials");
  return read_section(*text, file.sections);
}

std::string chosen_profile(const Variables& variables, const std::optional<std::string>& profile) {
  if (profile) return *profile;
  return variables("AWS_PROFILE").value_or("default");
}

std::optional<std::string> setting(const Settings& settings, const char* name) {
  const auto found = settings.find(name);
  if (found == settings.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

Error incomplete(std::string_view where, std::string_view what) {
  return Error(ErrorCode::denied, fmt::format("{} has an access key id, but no {}", where, what));
}

/// Ways to a key that only the AWS tools know.
Result<void> refuse_indirect_keys(const Settings& settings, const std::string& profile) {
  for (const char* name : {"role_arn", "credential_process", "sso_session", "sso_start_url",
                           "web_identity_token_file", "login_session"}) {
    if (!setting(settings, name)) continue;
    return Error(ErrorCode::denied,
                 fmt::format("profile '{}' gets its key by '{}', which cemli does not", profile,
                             name))
        .with_hint(fmt::format("eval \"$(aws configure export-credentials --profile {} --format "
                               "env)\"",
                               profile));
  }
  return {};
}

Result<std::optional<S3Credentials>> from_variables(const Variables& variables) {
  const auto id = variables("AWS_ACCESS_KEY_ID");
  const auto secret = variables("AWS_SECRET_ACCESS_KEY");
  if (!id) return std::optional<S3Credentials>();
  if (!secret) return incomplete("the environment", "AWS_SECRET_ACCESS_KEY");
  return std::optional(
      S3Credentials{{*id, *secret, variables("AWS_SESSION_TOKEN")}, "the environment"});
}

}  // namespace

Result<S3Credentials> find_s3_credentials(const Variables& variables,
                                          const std::optional<std::string>& profile) {
  if (!profile) {
    auto found = from_variables(variables);
    if (!found) return std::move(found).error();
    if (*found) return **std::move(found);
  }
  const std::string name = chosen_profile(variables, profile);
  for (const SharedFile& file : shared_files(variables, name)) {
    auto settings = read_profile(file);
    if (!settings) return std::move(settings).error();
    if (!*settings) continue;
    const auto id = setting(**settings, "aws_access_key_id");
    if (!id) {
      if (auto direct = refuse_indirect_keys(**settings, name); !direct)
        return std::move(direct).error();
      continue;
    }
    const std::string origin = fmt::format("profile '{}' of '{}'", name, file.path.string());
    const auto secret = setting(**settings, "aws_secret_access_key");
    if (!secret) return incomplete(origin, "aws_secret_access_key");
    return S3Credentials{{*id, *secret, setting(**settings, "aws_session_token")}, origin};
  }
  return Error(
             ErrorCode::denied,
             fmt::format("no S3 credentials: neither AWS_ACCESS_KEY_ID and "
                         "AWS_SECRET_ACCESS_KEY, nor a profile '{}' with a key in the shared files",
                         name))
      .with_hint("set the two variables, or name a profile with AWS_PROFILE");
}

Result<std::optional<std::string>> find_s3_region(const Variables& variables,
                                                  const std::optional<std::string>& profile) {
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (auto region = variables(name); region && !profile) return region;
  }
  for (const SharedFile& file : shared_files(variables, chosen_profile(variables, profile))) {
    auto settings = read_profile(file);
    if (!settings) return std::move(settings).error();
    if (!*settings) continue;
    if (auto region = setting(**settings, "region")) return region;
  }
  return std::optional<std::string>();
}

}  // namespace cemli
