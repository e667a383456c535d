#include "reconciler/desired/secret_versions.h"

namespace cemli {
namespace {

std::string rerun_key_of(const std::string& secret) {
  return "secret " + secret;
}

}  // namespace

std::set<std::string> watched_secrets(const DesiredState& desired) {
  std::set<std::string> names;
  for (const auto& [address, package] : desired.packages) {
    if (package.reruns_on_new_secrets) names.insert(package.secrets.begin(), package.secrets.end());
  }
  return names;
}

void take_secret_versions(DesiredState& desired, const SecretVersions& versions) {
  for (auto& [address, package] : desired.packages) {
    if (!package.reruns_on_new_secrets) continue;
    for (const std::string& name : package.secrets)
      package.identity.rerun_on.insert_or_assign(rerun_key_of(name), versions.at(name));
  }
}

std::vector<std::string> moved_secrets(const DesiredPackage& package,
                                       const SecretVersions& versions) {
  std::vector<std::string> moved;
  if (!package.reruns_on_new_secrets) return moved;
  for (const std::string& name : package.secrets) {
    const auto planned = package.identity.rerun_on.find(rerun_key_of(name));
    const auto now = versions.find(name);
    if (planned != package.identity.rerun_on.end() && now != versions.end() &&
        planned->second != now->second) {
      moved.push_back(name);
    }
  }
  return moved;
}

}  // namespace cemli
