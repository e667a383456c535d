#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "state/base/variables.h"
#include "state/store/http.h"
#include "state/store/retry.h"

namespace cemli {

class OciCredentialPool;
/// An empty one.
[[nodiscard]] std::shared_ptr<OciCredentialPool> make_oci_credential_pool();

/// From 5 MiB, which Amazon asks for; the 10,000 parts that it takes are enough for any package.
inline constexpr std::uint64_t kPartSize = 16ULL * 1024 * 1024;

/// What all stores of one run of the program share.
struct StoreSurroundings {
  std::shared_ptr<HttpClient> http;
  std::shared_ptr<RetryBudget> retries;
  /// Where credentials are looked for.
  Variables variables;
  /// Tokens are asked for once, not by each store.
  std::shared_ptr<OciCredentialPool> oci_credentials = make_oci_credential_pool();
  /// How OCI is asked (a word of `parse_oci_auth`), above what addresses and variables say.
  std::optional<std::string> oci_auth = std::nullopt;
  /// Files larger than this go to buckets in parts of this size.
  std::uint64_t part_size = kPartSize;
};

/// How long one call of a store may take.
struct CallLimits {
  /// Of one request; nothing: as long as bytes flow.
  std::optional<std::chrono::milliseconds> request = std::nullopt;
  /// No retry starts later than this after the first request.
  std::chrono::milliseconds patience = std::chrono::seconds(60);
};

}  // namespace cemli
