#pragma once

#include "state/store/oci_credentials.h"
#include "state/store/store_surroundings.h"

namespace cemli {

/// Credentials of the compute instance that this runs on ("Calling Services from an Instance" in
/// Oracle's documentation): its certificate comes from the metadata service, and a security token
/// for a new key from the federation endpoint of its region. `OCI_METADATA_BASE_URL` and
/// `OCI_SDK_AUTH_CLIENT_REGION_URL` name others. The certificate's tenancy may not change.
[[nodiscard]] FetchOciCredential oci_instance_credentials(const StoreSurroundings& surroundings);

}  // namespace cemli
