#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "reconciler/desired/environment_file.h"
#include "reconciler/desired/git_repository.h"
#include "state/store/oci_vault.h"
#include "state/store/retry.h"
#include "state/store/store.h"
#include "state/store/store_surroundings.h"

namespace cemli {

/// The three stores of an environment, and the vault of its secrets.
struct EnvironmentStores {
  std::unique_ptr<Store> packages;
  std::unique_ptr<Store> results;
  std::unique_ptr<Store> state;
  std::shared_ptr<RetryBudget> retries;
  /// Asked as the state store is where that is in OCI.
  std::unique_ptr<OciVault> vault;
};

/// How OCI is asked, above what addresses and variables say: the word of `--auth`.
using OciAuthWord = std::optional<std::string>;

/// What the stores of this program share. A transfer in which no byte moves for `stall_timeout` has
/// failed. `usage` where a variable of cemli's is wrong.
[[nodiscard]] Result<StoreSurroundings> make_surroundings(std::chrono::seconds stall_timeout,
                                                          const OciAuthWord& auth);

/// The vault of an environment's secrets, asked as the store at `like` is where that is in OCI.
[[nodiscard]] std::unique_ptr<OciVault> make_vault(const StoreSurroundings& surroundings,
                                                   const StoreAddress& like);

/// Where the stores that a file names, or the embedded ones, are; folders are whole paths.
[[nodiscard]] Result<StoreAddresses> find_store_addresses(const GitRepository& repository,
                                                          const EnvironmentSettings& settings);

/// The stores that a file names, or the embedded ones, opened; nobody is asked yet.
[[nodiscard]] Result<EnvironmentStores> open_environment_stores(const GitRepository& repository,
                                                                const EnvironmentSettings& settings,
                                                                const OciAuthWord& auth);

/// As `open_environment_stores`, of the packages store alone, whose key may be all one has.
[[nodiscard]] Result<std::unique_ptr<Store>> open_packages_store(
    const GitRepository& repository, const EnvironmentSettings& settings, const OciAuthWord& auth);

/// The store at an address from the command line.
[[nodiscard]] Result<std::unique_ptr<Store>> open_named_store(const std::string& address,
                                                              const OciAuthWord& auth);

/// The embedded store's folder, which need not exist.
[[nodiscard]] Result<std::filesystem::path> embedded_folder(const GitRepository& repository);

/// A variable of this process; nothing where it is not set or empty.
[[nodiscard]] std::optional<std::string> environment_variable(const char* name);

}  // namespace cemli
