#include "reconciler/cli/opening_stores.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "state/store/open_store.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Far more than a run needs on a bad day, and few enough not to keep a service down.
constexpr std::uint64_t kMostRetries = 1000;
constexpr seconds kStallTimeout{30};

}  // namespace

Result<StoreSurroundings> make_surroundings(seconds stall_timeout, const OciAuthWord& auth) {
  HttpSettings settings;
  settings.stall_timeout = stall_timeout;
  settings.ca_bundle = environment_variable("CEMLI_CA_BUNDLE");
  if (const auto plain = environment_variable("CEMLI_PLAIN_HTTP")) {
    if (*plain != "allow") {
      return Error(ErrorCode::usage,
                   fmt::format("CEMLI_PLAIN_HTTP must be 'allow' or not set, not '{}'", *plain));
    }
    settings.plain_http = PlainHttp::anywhere;
  }
  StoreSurroundings surroundings{std::make_shared<HttpClient>(settings),
                                 std::make_shared<RetryBudget>(kMostRetries), environment_variable};
  surroundings.oci_auth = auth;
  return surroundings;
}

std::unique_ptr<OciVault> make_vault(const StoreSurroundings& surroundings,
                                     const StoreAddress& like) {
  const auto* oci = std::get_if<OciAddress>(&like);
  if (oci == nullptr) return std::make_unique<OciVault>(surroundings);
  return std::make_unique<OciVault>(surroundings, oci->auth, oci->profile);
}

Result<StoreAddresses> find_store_addresses(const GitRepository& repository,
                                            const EnvironmentSettings& settings) {
  if (!settings.stores) {
    auto folder = embedded_folder(repository);
    if (!folder) return std::move(folder).error();
    return StoreAddresses{FolderAddress{*folder / "packages"}, FolderAddress{*folder / "results"},
                          FolderAddress{*folder / "state"}};
  }
  auto root = repository.main_work_tree();
  if (!root) return std::move(root).error();
  StoreAddresses addresses = *settings.stores;
  for (StoreAddress* address : {&addresses.packages, &addresses.results, &addresses.state}) {
    auto* local = std::get_if<FolderAddress>(address);
    if (local == nullptr || local->folder.is_absolute()) continue;
    if (!*root) {
      return Error(ErrorCode::invalid_input,
                   fmt::format("store 'file:{}' is relative, and a bare repository has no root to "
                               "count from",
                               local->folder.string()))
          .with_hint("write an absolute path");
    }
    local->folder = (**root / local->folder).lexically_normal();
  }
  return addresses;
}

std::optional<std::string> environment_variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

Result<fs::path> embedded_folder(const GitRepository& repository) {
  auto root = repository.main_work_tree();
  if (!root) return std::move(root).error();
  if (!*root) {
    return Error(ErrorCode::invalid_input, "a bare repository has no place for the embedded store")
        .with_hint(
            "name the stores in the environment file:\n  stores: {packages: file:DIR, "
            "results: file:DIR, state: file:DIR}");
  }
  return **root / ".cemli";
}

Result<EnvironmentStores> open_environment_stores(const GitRepository& repository,
                                                  const EnvironmentSettings& settings,
                                                  const OciAuthWord& auth) {
  auto addresses = find_store_addresses(repository, settings);
  if (!addresses) return std::move(addresses).error();
  // A run must know early enough before its lease ends that its record cannot be written.
  const milliseconds patience = settings.lease / 12;
  const auto stall =
      std::clamp(std::chrono::duration_cast<seconds>(patience), seconds(1), kStallTimeout);
  auto surroundings = make_surroundings(stall, auth);
  if (!surroundings) return std::move(surroundings).error();
  auto packages = open_store(addresses->packages, *surroundings);
  if (!packages) return std::move(packages).error().while_doing("the packages store");
  auto results = open_store(addresses->results, *surroundings, {std::nullopt, patience});
  if (!results) return std::move(results).error().while_doing("the results store");
  auto state = open_store(addresses->state, *surroundings, {patience, patience});
  if (!state) return std::move(state).error().while_doing("the state store");
  return EnvironmentStores{*std::move(packages), *std::move(results), *std::move(state),
                           surroundings->retries, make_vault(*surroundings, addresses->state)};
}

Result<std::unique_ptr<Store>> open_packages_store(const GitRepository& repository,
                                                   const EnvironmentSettings& settings,
                                                   const OciAuthWord& auth) {
  auto addresses = find_store_addresses(repository, settings);
  if (!addresses) return std::move(addresses).error();
  auto surroundings = make_surroundings(kStallTimeout, auth);
  if (!surroundings) return std::move(surroundings).error();
  return open_store(addresses->packages, *surroundings);
}

Result<std::unique_ptr<Store>> open_named_store(const std::string& text, const OciAuthWord& auth) {
  auto address = parse_store_address(text);
  if (!address) return Error(ErrorCode::usage, address.error().message());
  auto surroundings = make_surroundings(kStallTimeout, auth);
  if (!surroundings) return std::move(surroundings).error();
  return open_store(*address, *surroundings);
}

}  // namespace cemli
