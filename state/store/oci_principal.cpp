#include "state/store/oci_principal.h"

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string_view>

#include "state/base/base64.h"
#include "state/base/parse_json.h"

namespace cemli {
namespace {

constexpr std::string_view kTokenMark = "ST$";

/// The second part of a token; an empty object where it has none that can be read.
nlohmann::json claims_of(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos) return nlohmann::json::object();
  const auto text = from_base64(token.substr(first + 1, second - first - 1));
  if (!text) return nlohmann::json::object();
  auto claims = parse_json(*text);
  if (!claims || !claims->is_object()) return nlohmann::json::object();
  return *std::move(claims);
}

/// The first of the claims that is there.
void add_claim(Facts& facts, const char* name, const nlohmann::json& claims,
               std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    const auto found = claims.find(key);
    if (found == claims.end() || !found->is_string()) continue;
    facts.emplace_back(name, found->get<std::string>());
    return;
  }
}

}  // namespace

Facts oci_principal(const OciCredential& credential) {
  const std::string_view key_id = credential.signing.key_id;
  Facts facts;
  if (key_id.starts_with(kTokenMark)) {
    const nlohmann::json claims = claims_of(key_id.substr(kTokenMark.size()));
    add_claim(facts, "principal", claims, {"res_id", "opc-instance", "sub"});
    add_claim(facts, "tenancy", claims, {"res_tenant", "opc-tenant", "tenant"});
    add_claim(facts, "compartment", claims, {"res_compartment", "opc-compartment"});
    return facts;
  }
  const std::size_t user = key_id.find('/');
  const std::size_t fingerprint = key_id.rfind('/');
  if (user == std::string_view::npos || user == fingerprint) return facts;
  facts.emplace_back("user", key_id.substr(user + 1, fingerprint - user - 1));
  facts.emplace_back("tenancy", key_id.substr(0, user));
  facts.emplace_back("fingerprint", key_id.substr(fingerprint + 1));
  return facts;
}

}  // namespace cemli
