#include "state/store/oci_vault.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "state/base/base64.h"
#include "state/base/json_reader.h"
#include "state/base/parse_json.h"
#include "state/store/oci_answers.h"
#include "state/store/oci_credentials.h"
#include "state/store/oci_regions.h"
#include "state/store/oci_sender.h"

namespace cemli {
namespace {

constexpr std::string_view kBundles = "/20190301/secretbundles/";

/// The region in `ocid1.vaultsecret.REALM.REGION.UNIQUE`.
Result<std::string> region_of(const std::string& ocid) {
  std::vector<std::string> parts(1);
  for (const char c : ocid) {
    if (c == '.')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  const bool is_secret =
      parts.size() >= 5 && parts[0] == "ocid1" && parts[1] == "vaultsecret" && !parts[3].empty();
  if (is_secret) return parts[3];
  return Error(ErrorCode::invalid_input, fmt::format("'{}' is not the OCID of a secret", ocid))
      .with_hint("it looks like ocid1.vaultsecret.oc1.REGION.UNIQUE");
}

/// The service says the same of what is missing and of what may not be read.
Error refused(OciSender& sender, const OciCall& call, const HttpResponse& response) {
  const Error error = sender.refused(call, response);
  if (response.status != 404) return error;
  return Error(ErrorCode::denied, error.message())
      .with_hint("the secret does not exist, or no policy allows to read secret-bundles there");
}

/// No message repeats what the answer holds.
Result<VaultSecret> secret_in(const std::string& document) {
  const auto wrong = [] {
    return Error(ErrorCode::corrupt, "the answer of the vault holds no secret");
  };
  const auto json = parse_json(document);
  if (!json || !json->is_object()) return wrong();
  const auto content = json->find("secretBundleContent");
  if (content == json->end() || !content->is_object()) return wrong();
  const auto text = content->find("content");
  const bool is_base64 = content->value("contentType", "") == "BASE64";
  if (!is_base64 || text == content->end() || !text->is_string()) return wrong();
  auto value = from_base64(text->get<std::string>());
  const auto number = json->find("versionNumber");
  const auto version = number != json->end() ? exact_integer(*number) : std::nullopt;
  if (!value || !version || *version < 1) return wrong();
  return VaultSecret{*std::move(value), static_cast<std::uint64_t>(*version)};
}

/// The number of the version in use; nothing where this page of the list does not have it.
Result<std::optional<std::uint64_t>> version_in(const std::string& document) {
  const auto json = parse_json(document);
  if (!json || !json->is_array())
    return Error(ErrorCode::corrupt, "the answer of the vault is no list of versions");
  for (const nlohmann::json& version : *json) {
    if (!version.is_object()) continue;
    const auto stages = version.find("stages");
    const auto number = version.find("versionNumber");
    if (stages == version.end() || !stages->is_array() || number == version.end()) continue;
    if (std::find(stages->begin(), stages->end(), "CURRENT") == stages->end()) continue;
    const auto exact = exact_integer(*number);
    if (exact && *exact > 0) return std::optional(static_cast<std::uint64_t>(*exact));
  }
  return std::optional<std::uint64_t>();
}

}  // namespace

OciVault::OciVault(StoreSurroundings surroundings, std::optional<std::string> auth,
                   std::optional<std::string> profile)
    : surroundings_(std::move(surroundings)),
      auth_(std::move(auth)),
      profile_(std::move(profile)) {}

OciVault::~OciVault() = default;

Result<OciSender*> OciVault::sender_for(const std::string& ocid) {
  auto name = region_of(ocid);
  if (!name) return std::move(name).error();
  auto region = find_oci_region(*name, surroundings_.variables);
  if (!region) return std::move(region).error();
  auto credentials = surroundings_.oci_credentials->find(auth_, profile_, surroundings_);
  if (!credentials) return std::move(credentials).error();
  const std::lock_guard lock(mutex_);
  const std::string endpoint =
      surroundings_.variables("CEMLI_OCI_VAULT_ENDPOINT").value_or(oci_secrets_endpoint(*region));
  auto& sender = senders_[endpoint];
  if (!sender)
    sender = std::make_unique<OciSender>(surroundings_, CallLimits{}, endpoint, *credentials);
  return sender.get();
}

Result<VaultSecret> OciVault::read(const std::string& ocid) {
  auto sender = sender_for(ocid);
  if (!sender) return std::move(sender).error();
  const OciCall call{"GET", fmt::format("{}{}{}", kBundles, oci_path_segment(ocid),
                                        oci_query({{"stage", "CURRENT"}}))};
  auto answer = (*sender)->send(call);
  if (!answer) return std::move(answer).error();
  if (!answer->is_success()) return refused(**sender, call, *answer);
  return secret_in(answer->body);
}

Result<std::uint64_t> OciVault::current_version(const std::string& ocid) {
  auto sender = sender_for(ocid);
  if (!sender) return std::move(sender).error();
  for (std::string page;;) {
    std::vector<std::pair<std::string, std::string>> parameters;
    if (!page.empty()) parameters.emplace_back("page", page);
    const OciCall call{"GET", fmt::format("{}{}/versions{}", kBundles, oci_path_segment(ocid),
                                          oci_query(parameters))};
    auto answer = (*sender)->send(call);
    if (!answer) return std::move(answer).error();
    if (!answer->is_success()) return refused(**sender, call, *answer);
    auto version = version_in(answer->body);
    if (!version) return std::move(version).error();
    if (*version) return **version;
    const std::string* next = answer->header("opc-next-page");
    if (next == nullptr || *next == page)
      return Error(ErrorCode::corrupt,
                   fmt::format("the vault names no current version of {}", ocid));
    page = *next;
  }
}

}  // namespace cemli
