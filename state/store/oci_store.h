#pragma once

#include <memory>
#include <string>

#include "state/base/result.h"
#include "state/base/variables.h"
#include "state/store/store.h"
#include "state/store/store_address.h"
#include "state/store/store_surroundings.h"

namespace cemli {

class OciCredentials;

/// A store in a bucket of OCI Object Storage, by its native API. Asks no service before the first
/// call, unless only the credential names the region, but needs a credential's source:
/// `invalid_input` without one, and where nothing names the region.
///
/// A create whose answer was lost is sent again; if the object is found to exist then, that is
/// `exists`, whoever made it.
[[nodiscard]] Result<std::unique_ptr<Store>> make_oci_store(const OciAddress& address,
                                                            const StoreSurroundings& surroundings,
                                                            const CallLimits& limits);

/// `https://HOST[:PORT]` where the address's bucket is asked for: what the address says, else the
/// environment, else the region's.
[[nodiscard]] Result<std::string> find_oci_endpoint(const OciAddress& address,
                                                    OciCredentials& credentials,
                                                    const Variables& variables);

}  // namespace cemli
