#include "state/store/oci_credentials.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "state/base/ascii.h"
#include "state/base/base64.h"
#include "state/base/file.h"
#include "state/base/json_reader.h"
#include "state/base/parse_json.h"
#include "state/store/oci_instance.h"

namespace cemli {
namespace {

using std::chrono::milliseconds;

/// How long before its end a credential is replaced, unless it lives but shortly.
constexpr std::chrono::minutes kMargin{5};
/// How long after a failure, or where there is none newer, the next attempt is made.
constexpr std::chrono::seconds kPause{10};

Result<OciCredential> from_api_key(const OciProfile& profile, const Variables& variables) {
  auto user = profile.require("user");
  if (!user) return std::move(user).error();
  auto tenancy = profile.require("tenancy");
  if (!tenancy) return std::move(tenancy).error();
  auto key = read_oci_key(profile, variables);
  if (!key) return std::move(key).error();
  const std::string fingerprint = key->fingerprint();
  const OciSetting* written = profile.find("fingerprint");
  if (written != nullptr && written->value != fingerprint) {
    // The service would only say that it does not know whoever signed.
    return Error(ErrorCode::invalid_input,
                 fmt::format("{}: the fingerprint is not the private key's, which is {}",
                             written->where, fingerprint));
  }
  std::string key_id = oci_api_key_id(tenancy->value, user->value, fingerprint);
  return OciCredential{{std::move(key_id), *std::move(key)},
                       fmt::format("the API key {} of {}", fingerprint, user->value)};
}

Result<OciCredential> from_session_token(const OciProfile& profile, const Variables& variables) {
  auto token = read_oci_session_token(profile, variables);
  if (!token) return std::move(token).error();
  auto key = read_oci_key(profile, variables);
  if (!key) return std::move(key).error();
  const auto expires = oci_token_expiry(*token);
  if (expires && *expires <= wall_now()) {
    return Error(ErrorCode::denied, fmt::format("the session token of the profile '{}' ended at {}",
                                                profile.name, describe_minute(*expires)))
        .with_hint(fmt::format("oci session authenticate --profile-name {}", profile.name));
  }
  return OciCredential{{oci_session_key_id(*token), *std::move(key)},
                       fmt::format("the session token of the profile '{}'", profile.name),
                       expires};
}

/// The variable's value, or the content of the file that it names.
Result<std::string> content_of(const char* variable, const Variables& variables) {
  const auto value = variables(variable);
  if (!value) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("a resource principal needs {}, which is not set", variable));
  }
  if (!value->starts_with('/')) return *value;
  auto content = read_file(*value);
  if (!content) return std::move(content).error().while_doing(variable);
  return content;
}

/// Version 2.2, as Functions sets it. The files change under a running program.
Result<OciCredential> from_resource_principal(const Variables& variables) {
  const std::string version = variables("OCI_RESOURCE_PRINCIPAL_VERSION").value_or("none");
  if (version != "2.2") {
    return Error(ErrorCode::invalid_input,
                 fmt::format("resource principals of version {} are not supported, only 2.2 "
                             "(OCI_RESOURCE_PRINCIPAL_VERSION)",
                             version));
  }
  auto token = content_of("OCI_RESOURCE_PRINCIPAL_RPST", variables);
  if (!token) return std::move(token).error();
  auto pem = content_of("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM", variables);
  if (!pem) return std::move(pem).error();
  std::optional<std::string> passphrase;
  if (variables("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM_PASSPHRASE")) {
    auto content = content_of("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM_PASSPHRASE", variables);
    if (!content) return std::move(content).error();
    passphrase = trimmed(*content);
  }
  auto key = RsaKey::parse(*pem, passphrase);
  if (!key) return std::move(key).error().while_doing("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM");
  const std::string whole(trimmed(*token));
  return OciCredential{{oci_session_key_id(whole), *std::move(key)},
                       "the resource principal of this function",
                       oci_token_expiry(whole),
                       variables("OCI_RESOURCE_PRINCIPAL_REGION")};
}

using FromProfile = Result<OciCredential> (*)(const OciProfile&, const Variables&);

/// The file is read anew each time: a key may have been replaced.
FetchOciCredential of_profile(FromProfile read, std::optional<std::string> name,
                              Variables variables) {
  return
      [read, name = std::move(name), variables = std::move(variables)]() -> Result<OciCredential> {
        auto profile = read_oci_profile(variables, name);
        if (!profile) return std::move(profile).error();
        auto credential = read(*profile, variables);
        if (!credential) return credential;
        if (const OciSetting* region = profile->find("region")) credential->region = region->value;
        return credential;
      };
}

Result<FetchOciCredential> find_source(const std::optional<std::string>& auth,
                                       const std::optional<std::string>& profile,
                                       const StoreSurroundings& surroundings) {
  const Variables& variables = surroundings.variables;
  std::optional<OciAuth> asked_for;
  if (const auto& word = surroundings.oci_auth ? surroundings.oci_auth : auth) {
    auto parsed = parse_oci_auth(*word);
    if (!parsed) return std::move(parsed).error();
    asked_for = *parsed;
  }
  auto read = read_oci_profile(variables, profile);
  if (!read) return std::move(read).error();
  auto chosen = choose_oci_auth(*read, asked_for, variables);
  if (!chosen) return std::move(chosen).error();
  switch (*chosen) {
    case OciAuth::api_key:
      return of_profile(&from_api_key, profile, variables);
    case OciAuth::security_token:
      return of_profile(&from_session_token, profile, variables);
    case OciAuth::instance_principal:
      return oci_instance_credentials(surroundings);
    case OciAuth::resource_principal:
      break;
  }
  return FetchOciCredential([variables] { return from_resource_principal(variables); });
}

}  // namespace

Result<OciCredentials::Shared> OciCredentials::current() {
  const std::lock_guard lock(mutex_);
  const Timestamp now = now_();
  if (current_ && now < fetch_again_at_) return current_;
  return fetch(now);
}

Result<OciCredentials::Shared> OciCredentials::renew(const Shared& refused) {
  const std::lock_guard lock(mutex_);
  // Another thread was refused, too, and has renewed it meanwhile.
  if (current_ != refused) return current_;
  return fetch(now_());
}

Result<OciCredentials::Shared> OciCredentials::fetch(Timestamp now) {
  auto fetched = fetch_();
  if (!fetched) {
    const bool still_serves = current_ && current_->expires && *current_->expires > now;
    if (!still_serves) return std::move(fetched).error().while_doing("getting OCI credentials");
    fetch_again_at_ = now + kPause;
    return current_;
  }
  const auto expires = fetched->expires;
  fetch_again_at_ = Timestamp::max();
  if (expires) {
    const milliseconds margin = std::min<milliseconds>(kMargin, (*expires - now) / 2);
    fetch_again_at_ = std::max(*expires - margin, now);
    // A file that nobody has written anew is not read for each request.
    const bool is_same = current_ && current_->signing.key_id == fetched->signing.key_id;
    if (is_same && fetch_again_at_ < now + kPause) fetch_again_at_ = now + kPause;
  }
  current_ = std::make_shared<const OciCredential>(*std::move(fetched));
  return current_;
}

Result<std::shared_ptr<OciCredentials>> OciCredentialPool::find(
    const std::optional<std::string>& auth, const std::optional<std::string>& profile,
    const StoreSurroundings& surroundings) {
  const std::lock_guard lock(mutex_);
  auto& found = found_[Name(auth, profile)];
  if (found) return found;
  auto source = find_source(auth, profile, surroundings);
  if (!source) return std::move(source).error();
  found = std::make_shared<OciCredentials>(*std::move(source));
  return found;
}

std::shared_ptr<OciCredentialPool> make_oci_credential_pool() {
  return std::make_shared<OciCredentialPool>();
}

std::optional<Timestamp> oci_token_expiry(std::string_view token) {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = token.find('.', first + 1);
  const auto claims = from_base64(token.substr(first + 1, second - first - 1));
  if (!claims) return std::nullopt;
  const auto json = parse_json(*claims);
  if (!json || !json->is_object() || !json->contains("exp")) return std::nullopt;
  const auto seconds = exact_integer(json->at("exp"));
  if (!seconds) return std::nullopt;
  return Timestamp(std::chrono::seconds(*seconds));
}

}  // namespace cemli
