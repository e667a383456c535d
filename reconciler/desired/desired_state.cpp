#include "reconciler/desired/desired_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "state/base/canonical_json.h"

namespace cemli {

Digest DesiredState::digest() const {
  std::vector<Digest> identities;
  identities.reserve(packages.size());
  for (const auto& [address, package] : packages) identities.push_back(package.identity.digest());
  return digest(identities);
}

Digest DesiredState::digest(std::span<const Digest> identities) const {
  assert(identities.size() == packages.size());
  std::vector<std::pair<std::string, const Digest*>> members;
  members.reserve(packages.size());
  auto identity = identities.begin();
  for (const auto& item : packages) members.emplace_back(item.first.text(), &*identity++);
  // Addresses sort by name and instance, and JSON's members by the whole text.
  std::sort(members.begin(), members.end());
  // The canonical JSON piece by piece: an address has nothing that JSON escapes.
  const auto quoted = [](const nlohmann::json& text) { return canonical_json(text).value(); };
  Sha256 hash;
  hash.update(fmt::format(R"({{"environment":{},"packages":{{)", quoted(environment)));
  const char* separator = "";
  for (const auto& [address, digest] : members) {
    hash.update(fmt::format(R"({}"{}":"{}")", separator, address, digest->hex()));
    separator = ",";
  }
  hash.update(fmt::format(R"(}},"policy":"{}"}})", policy.hex()));
  return hash.finish();
}

}  // namespace cemli
