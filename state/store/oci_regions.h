#pragma once

#include <string>
#include <string_view>

#include "state/base/result.h"
#include "state/base/variables.h"

namespace cemli {

/// A region of Oracle's cloud.
struct OciRegion {
  std::string id;      ///< `eu-frankfurt-1`, or a whole domain
  std::string domain;  ///< of its realm, `oraclecloud.com`; empty where `id` is a domain

  friend bool operator==(const OciRegion&, const OciRegion&) = default;
};

/// The region of that id or short key (`fra`), in either case: of those known when this was built,
/// else of `~/.oci/regions-config.json`, else of `OCI_REGION_METADATA`. One that nobody knows is
/// taken to be of `OCI_DEFAULT_REALM`, else of the first realm, as Oracle's own clients do.
[[nodiscard]] Result<OciRegion> find_oci_region(std::string_view name, const Variables& variables);

/// `https://objectstorage.REGION.DOMAIN`.
[[nodiscard]] std::string oci_object_storage_endpoint(const OciRegion& region);
/// `https://auth.REGION.DOMAIN`: where instances get their security tokens.
[[nodiscard]] std::string oci_auth_endpoint(const OciRegion& region);
/// `https://secrets.vaults.REGION.oci.DOMAIN`.
[[nodiscard]] std::string oci_secrets_endpoint(const OciRegion& region);

}  // namespace cemli
