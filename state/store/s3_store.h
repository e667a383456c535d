#pragma once

#include <memory>
#include <string>

#include "state/base/result.h"
#include "state/base/variables.h"
#include "state/store/store.h"
#include "state/store/store_address.h"
#include "state/store/store_surroundings.h"

namespace cemli {

/// A store in a bucket of Amazon S3 or of a service that speaks its protocol and honours
/// `If-None-Match: *`. Asks nobody before the first call, but needs a key: `denied` without one,
/// `invalid_input` where nothing names the region of a bucket at Amazon.
///
/// A create whose answer was lost is sent again; if the object is found to exist then, that is
/// `exists`, whoever made it.
[[nodiscard]] Result<std::unique_ptr<Store>> make_s3_store(const S3Address& address,
                                                           const StoreSurroundings& surroundings,
                                                           const CallLimits& limits);

/// Where the address's bucket is asked for, by URL, and the region that requests are signed for.
struct S3Place {
  std::string bucket_url;
  std::string region;
};
/// `invalid_input` where nothing names the region.
[[nodiscard]] Result<S3Place> find_s3_place(const S3Address& address, const Variables& variables);

}  // namespace cemli
