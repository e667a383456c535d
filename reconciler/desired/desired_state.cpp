#include "reconciler/desired/desired_state.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "state/base/canonical_json.h"

namespace cemli {

using nlohmann::json;

Digest DesiredState::digest() const {
  json identities = json::object();
  for (const auto& [address, package] : packages) {
    identities[address.text()] = package.identity.digest().hex();
  }
  return digest_of({{"environment", environment},
                    {"packages", std::move(identities)},
                    {"policy", policy.hex()}});
}

Digest policy_digest(const Policy& policy) {
  json rules = json::object();
  if (policy.allow_removal) rules["allow_removal"] = true;
  if (policy.mutable_versions) rules["mutable_versions"] = true;
  return digest_of({{"allowed_signers", nullptr}, {"policy", std::move(rules)}});
}

}  // namespace cemli
