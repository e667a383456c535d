#include "state/store/open_store.h"

#include "state/store/directory_store.h"
#include "state/store/oci_store.h"
#include "state/store/s3_store.h"

namespace cemli {

Result<std::unique_ptr<Store>> open_store(const StoreAddress& address,
                                          const StoreSurroundings& surroundings,
                                          const CallLimits& limits) {
  if (const auto* folder = std::get_if<FolderAddress>(&address))
    return make_directory_store(folder->folder);
  if (const auto* s3 = std::get_if<S3Address>(&address))
    return make_s3_store(*s3, surroundings, limits);
  return make_oci_store(std::get<OciAddress>(address), surroundings, limits);
}

}  // namespace cemli
