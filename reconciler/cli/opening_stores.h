#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "reconciler/desired/environment_file.h"
#include "reconciler/desired/git_repository.h"
#include "state/store/retry.h"
#include "state/store/store.h"

namespace cemli {

/// The three stores of an environment.
struct EnvironmentStores {
  std::unique_ptr<Store> packages;
  std::unique_ptr<Store> results;
  std::unique_ptr<Store> state;
  std::shared_ptr<RetryBudget> retries;
};

/// The stores that a file names, or the embedded ones, opened; nobody is asked yet.
[[nodiscard]] Result<EnvironmentStores> open_environment_stores(const GitRepository& repository,
                                                                const EnvironmentFile& file);

/// As `open_environment_stores`, of the packages store alone, whose key may be all one has.
[[nodiscard]] Result<std::unique_ptr<Store>> open_packages_store(const GitRepository& repository,
                                                                 const EnvironmentFile& file);

/// The store at an address from the command line.
[[nodiscard]] Result<std::unique_ptr<Store>> open_named_store(const std::string& address);

/// The embedded store's folder, which need not exist.
[[nodiscard]] Result<std::filesystem::path> embedded_folder(const GitRepository& repository);

/// A variable of this process; nothing where it is not set or empty.
[[nodiscard]] std::optional<std::string> environment_variable(const char* name);

}  // namespace cemli
