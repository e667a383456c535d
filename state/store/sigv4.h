#pragma once

#include <optional>
#include <string>

#include "state/base/clock.h"
#include "state/base/digest.h"
#include "state/store/http.h"

namespace cemli {

/// What signs a request; the secret and the token are never shown.
struct AwsKey {
  std::string id;
  std::string secret;
  std::optional<std::string> session_token = std::nullopt;
  friend bool operator==(const AwsKey&, const AwsKey&) = default;
};

/// Adds `x-amz-date`, `x-amz-content-sha256`, `x-amz-security-token` and `Authorization` (AWS
/// Signature Version 4, for the service `s3`) to a request whose other headers are all there: each
/// of them is signed, `Host` too. The URL's path and query must be percent-encoded already.
/// `payload` is the digest of the body.
void sign_v4(HttpRequest& request, const AwsKey& key, const std::string& region,
             const Digest& payload, Timestamp now);

}  // namespace cemli
