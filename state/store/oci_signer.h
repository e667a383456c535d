#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "state/base/clock.h"
#include "state/base/result.h"
#include "state/store/http.h"
#include "state/store/rsa_key.h"

/// Oracle Cloud Infrastructure's request signatures: "Request Signatures" in its API documentation,
/// by the scheme of draft-cavage-http-signatures-08.
namespace cemli {

/// Which headers are signed, beyond date, method, path and host.
enum class OciSigning {
  plain,       ///< no others: GET, HEAD, DELETE, and Object Storage's PutObject and UploadPart
  body,        ///< those that describe the body: other POST, PUT and PATCH, empty ones too
  federation,  ///< those of the body, without the host: a request for a security token
};

/// A request as it goes over the wire: what is signed must be what is sent, byte for byte.
struct OciRequest {
  std::string method;  ///< `GET`
  std::string host;    ///< with the port where the URL has one
  std::string target;  ///< path and query
  OciSigning signing = OciSigning::plain;
  std::string content_type = {};  ///< of `body`; left out where the body is not signed
  std::string_view body = {};     ///< empty where the body is not signed
};

/// As whom requests are made.
struct OciSigningKey {
  std::string key_id;
  RsaKey key;
};

/// `Thu, 26 Nov 2026 07:02:47 GMT`, as the `Date` header has it (RFC 9110, section 5.6.7).
[[nodiscard]] std::string format_http_date(Timestamp time);

/// The headers that sign the request, all but `host` and `content-length`, which the sender of a
/// request writes itself. `date` is the `Date` header's value.
[[nodiscard]] Result<std::vector<HttpHeader>> sign_oci_request(const OciRequest& request,
                                                               const OciSigningKey& who,
                                                               const std::string& date);

/// The text that is signed: a line a header, without an end of the last.
[[nodiscard]] std::string oci_signing_string(const OciRequest& request, const std::string& date);

/// `TENANCY/USER/FINGERPRINT`: the key id of an API key.
[[nodiscard]] std::string oci_api_key_id(std::string_view tenancy, std::string_view user,
                                         std::string_view fingerprint);
/// `ST$TOKEN`: that of a security token's session key.
[[nodiscard]] std::string oci_session_key_id(std::string_view token);
/// `TENANCY/fed-x509-sha256/FINGERPRINT`: that of an instance's certificate, by its digest.
[[nodiscard]] std::string oci_federation_key_id(std::string_view tenancy,
                                                std::string_view certificate_sha256);

/// One segment of a path: all but RFC 3986's unreserved characters percent-encoded, `/` included,
/// so that an object's name is one segment; and a name of dots alone, which would lead elsewhere.
[[nodiscard]] std::string oci_path_segment(std::string_view text);
/// `?a=b&c=d` in the given order, encoded in the same way; nothing where there is none.
[[nodiscard]] std::string oci_query(
    const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace cemli
