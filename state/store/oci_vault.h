#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "state/base/result.h"
#include "state/store/store_surroundings.h"

namespace cemli {

class OciSender;

/// Secrets of OCI Vault, by their OCIDs: "Secret Retrieval API" in Oracle's documentation, version
/// 20190301. Used by several threads.
class OciVault {
 public:
  /// Credentials are looked for with the first secret.
  explicit OciVault(StoreSurroundings surroundings);
  ~OciVault();
  OciVault(const OciVault&) = delete;
  OciVault& operator=(const OciVault&) = delete;

  /// The current value. `denied` where it is missing or may not be read, which the service does not
  /// tell apart.
  [[nodiscard]] Result<std::string> read(const std::string& ocid);
  /// The number of the current version. The value is not asked for.
  [[nodiscard]] Result<std::uint64_t> current_version(const std::string& ocid);

 private:
  /// Who asks the region that the OCID names.
  [[nodiscard]] Result<OciSender*> sender_for(const std::string& ocid);

  const StoreSurroundings surroundings_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<OciSender>> senders_;
};

}  // namespace cemli
