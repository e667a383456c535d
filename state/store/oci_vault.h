#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "state/base/result.h"
#include "state/store/store_surroundings.h"

namespace cemli {

class OciSender;

/// A secret as it was read.
struct VaultSecret {
  std::string value;
  std::uint64_t version;
};

/// Secrets of OCI Vault, by their OCIDs: "Secret Retrieval API" in Oracle's documentation, version
/// 20190301. Used by several threads.
class OciVault {
 public:
  /// Asks as a store whose address has this `auth` and `profile` does. Credentials are looked for
  /// with the first secret.
  explicit OciVault(StoreSurroundings surroundings, std::optional<std::string> auth = std::nullopt,
                    std::optional<std::string> profile = std::nullopt);
  ~OciVault();
  OciVault(const OciVault&) = delete;
  OciVault& operator=(const OciVault&) = delete;

  /// The current value with its version. `denied` where it is missing or may not be read, which the
  /// service does not tell apart.
  [[nodiscard]] Result<VaultSecret> read(const std::string& ocid);
  /// The number of the current version. The value is not asked for.
  [[nodiscard]] Result<std::uint64_t> current_version(const std::string& ocid);

 private:
  /// Who asks the region that the OCID names.
  [[nodiscard]] Result<OciSender*> sender_for(const std::string& ocid);

  const StoreSurroundings surroundings_;
  const std::optional<std::string> auth_;
  const std::optional<std::string> profile_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<OciSender>> senders_;
};

}  // namespace cemli
