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

}  // namespace cemli
