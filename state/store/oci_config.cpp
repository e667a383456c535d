#include "state/store/oci_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "state/base/ascii.h"
#include "state/base/file.h"

namespace cemli {
namespace {

constexpr std::string_view kDefaultProfile = "DEFAULT";
constexpr std::string_view kHowToMakeOne =
    "'oci setup config' writes ~/.oci/config; OCI_CLI_AUTH=instance_principal uses the instance "
    "that this runs on";

constexpr auto kAuthWords = std::to_array<std::pair<std::string_view, OciAuth>>(
    {{"api_key", OciAuth::api_key},
     {"security_token", OciAuth::security_token},
     {"instance_principal", OciAuth::instance_principal},
     {"resource_principal", OciAuth::resource_principal}});

/// Which variable stands in for which key. The key's content goes before its file.
constexpr auto kOverrides = std::to_array<std::pair<const char*, const char*>>(
    {{"OCI_CLI_USER", "user"},
     {"OCI_CLI_TENANCY", "tenancy"},
     {"OCI_CLI_FINGERPRINT", "fingerprint"},
     {"OCI_CLI_KEY_FILE", "key_file"},
     {"OCI_CLI_KEY_CONTENT", "key_content"},
     {"OCI_CLI_PASSPHRASE", "pass_phrase"},
     {"OCI_CLI_REGION", "region"},
     {"OCI_CLI_SECURITY_TOKEN_FILE", "security_token_file"}});

using Section = std::map<std::string, OciSetting>;

/// The sections of a file, read line by line.
class ConfigFile {
 public:
  explicit ConfigFile(const std::string& file) : file_(file) {}

  Result<void> read(std::string_view text) {
    for (std::size_t number = 1; !text.empty(); ++number) {
      const std::string_view line = trimmed(take_until(text, '\n'));
      if (line.empty() || line.front() == '#' || line.front() == ';') continue;
      if (auto taken = take(line, fmt::format("{}:{}", file_, number)); !taken) return taken;
    }
    return {};
  }

  [[nodiscard]] const std::map<std::string, Section>& sections() const { return sections_; }

 private:
  // What a line holds may be a secret, so no error repeats it.
  Result<void> take(std::string_view line, const std::string& where) {
    const auto wrong = [&where](const char* what) {
      return Error(ErrorCode::invalid_input, fmt::format("{}: {}", where, what));
    };
    if (line.front() == '[') {
      if (line.back() != ']') return wrong("the profile's name does not end with ]");
      current_ = std::string(trimmed(line.substr(1, line.size() - 2)));
      if (!sections_.try_emplace(*current_).second) return wrong("the profile is there twice");
      return {};
    }
    // A value may hold further ones.
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return wrong("expected KEY=VALUE or [PROFILE]");
    if (!current_) return wrong("a setting stands before the first [PROFILE]");
    std::string key = lower_case(trimmed(line.substr(0, equals)));
    if (key == "passphrase") key = "pass_phrase";
    OciSetting setting{std::string(trimmed(line.substr(equals + 1))), where};
    if (!sections_[*current_].try_emplace(std::move(key), std::move(setting)).second)
      return wrong("the profile has this key twice");
    return {};
  }

  const std::string& file_;
  std::optional<std::string> current_;
  std::map<std::string, Section> sections_;
};

/// A path that starts with `~/` is one of the home directory.
std::string expanded(const std::string& path, const Variables& variables) {
  if (!path.starts_with("~/")) return path;
  return variables("HOME").value_or("") + path.substr(1);
}

/// The file's path and text; an empty path where nobody has one.
Result<std::pair<std::string, std::string>> find_file(const Variables& variables) {
  std::vector<std::string> candidates;
  const auto named = variables("OCI_CLI_CONFIG_FILE");
  if (named) {
    candidates = {*named};
  } else {
    candidates = {"~/.oci/config"};
    if (const auto other = variables("OCI_CONFIG_FILE")) candidates.push_back(*other);
    candidates.emplace_back("~/.oraclebmc/config");
  }
  for (const std::string& candidate : candidates) {
    std::string path = expanded(candidate, variables);
    auto text = read_file(path);
    if (text) return std::pair(std::move(path), *std::move(text));
    if (named || text.error().code() != ErrorCode::not_found) return std::move(text).error();
  }
  return std::pair<std::string, std::string>();
}

}  // namespace

Result<OciAuth> parse_oci_auth(std::string_view word) {
  for (const auto& [known, auth] : kAuthWords) {
    if (known == word) return auth;
  }
  return Error(ErrorCode::usage, fmt::format("'{}' is not a way to authenticate", word))
      .with_hint("one of api_key, security_token, instance_principal, resource_principal");
}

std::string_view describe(OciAuth auth) {
  const auto* const found = std::find_if(kAuthWords.begin(), kAuthWords.end(),
                                         [auth](const auto& word) { return word.second == auth; });
  return found->first;
}

const OciSetting* OciProfile::find(const std::string& key) const {
  const auto found = settings.find(key);
  return found == settings.end() || found->second.value.empty() ? nullptr : &found->second;
}

Result<OciSetting> OciProfile::require(const std::string& key) const {
  if (const OciSetting* setting = find(key)) return *setting;
  if (file.empty()) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("no OCI configuration file, and no '{}' in the environment", key))
        .with_hint(std::string(kHowToMakeOne));
  }
  return Error(ErrorCode::invalid_input,
               fmt::format("{}: the profile '{}' has no '{}'", file, name, key))
      .with_hint(fmt::format("add the line '{}=…' to [{}]", key, name));
}

Result<OciProfile> parse_oci_profile(std::string_view text, const std::string& file,
                                     const std::string& profile) {
  ConfigFile config(file);
  if (auto read = config.read(text); !read) return std::move(read).error();
  const auto& sections = config.sections();
  const auto own = sections.find(profile);
  const auto inherited = sections.find(std::string(kDefaultProfile));
  if (own == sections.end()) {
    std::vector<std::string> names;
    names.reserve(sections.size());
    for (const auto& section : sections) names.push_back(section.first);
    return Error(ErrorCode::invalid_input, fmt::format("{}: no profile '{}'", file, profile))
        .with_hint(fmt::format("it has: {}", fmt::join(names, ", ")));
  }
  OciProfile found{profile, file, own->second};
  if (inherited != sections.end())
    found.settings.insert(inherited->second.begin(), inherited->second.end());
  return found;
}

Result<OciProfile> read_oci_profile(const Variables& variables,
                                    const std::optional<std::string>& asked_for) {
  std::string name(kDefaultProfile);
  if (const auto named = asked_for ? asked_for : variables("OCI_CLI_PROFILE")) name = *named;
  auto file = find_file(variables);
  if (!file) return std::move(file).error().while_doing("reading the OCI configuration");
  OciProfile profile{name, ""};
  if (!file->first.empty()) {
    auto parsed = parse_oci_profile(file->second, file->first, name);
    if (!parsed) return parsed;
    profile = *std::move(parsed);
  }
  for (const auto& [variable, key] : kOverrides) {
    if (auto value = variables(variable))
      profile.settings[key] = OciSetting{*std::move(value), variable};
  }
  if (const auto region = variables("OCI_REGION"); region && profile.find("region") == nullptr)
    profile.settings["region"] = OciSetting{*region, "OCI_REGION"};
  return profile;
}

Result<OciAuth> choose_oci_auth(const OciProfile& profile, std::optional<OciAuth> asked_for,
                                const Variables& variables) {
  if (asked_for) return *asked_for;
  if (const auto word = variables("OCI_CLI_AUTH")) {
    auto auth = parse_oci_auth(*word);
    if (!auth) return std::move(auth).error().while_doing("OCI_CLI_AUTH");
    return auth;
  }
  if (const OciSetting* type = profile.find("authentication_type")) {
    auto auth = parse_oci_auth(type->value);
    if (!auth) return std::move(auth).error().while_doing(type->where);
    return auth;
  }
  const bool has_user = profile.find("user") != nullptr;
  const OciSetting* token = profile.find("security_token_file");
  if (has_user && token != nullptr) {
    // Oracle's own clients differ in which they take.
    return Error(ErrorCode::invalid_input,
                 fmt::format("{}: the profile '{}' has a user and a security token", token->where,
                             profile.name))
        .with_hint("OCI_CLI_AUTH=api_key or OCI_CLI_AUTH=security_token says which counts");
  }
  if (token != nullptr) return OciAuth::security_token;
  if (has_user) return OciAuth::api_key;
  if (variables("OCI_RESOURCE_PRINCIPAL_VERSION")) return OciAuth::resource_principal;
  return profile.require("user").error();
}

Result<RsaKey> read_oci_key(const OciProfile& profile, const Variables& variables) {
  std::optional<std::string> passphrase;
  if (const OciSetting* setting = profile.find("pass_phrase")) passphrase = setting->value;
  if (const OciSetting* content = profile.find("key_content")) {
    auto key = RsaKey::parse(content->value, passphrase);
    if (!key) return std::move(key).error().while_doing(content->where);
    return key;
  }
  auto setting = profile.require("key_file");
  if (!setting) return std::move(setting).error();
  const std::string path = expanded(setting->value, variables);
  const auto pem = read_file(path);
  if (!pem) return Error(pem.error()).while_doing(setting->where + ": key_file");
  auto key = RsaKey::parse(*pem, passphrase);
  if (!key) {
    return std::move(key).error().while_doing(
        fmt::format("{}: key_file '{}'", setting->where, path));
  }
  return key;
}

Result<std::string> read_oci_session_token(const OciProfile& profile, const Variables& variables) {
  auto setting = profile.require("security_token_file");
  if (!setting) return std::move(setting).error();
  const std::string path = expanded(setting->value, variables);
  const auto text = read_file(path);
  if (!text) return Error(text.error()).while_doing(setting->where + ": security_token_file");
  std::string token(trimmed(*text));
  if (token.empty()) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("{}: security_token_file '{}' is empty", setting->where, path))
        .with_hint("oci session authenticate");
  }
  return token;
}

}  // namespace cemli
