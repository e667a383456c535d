#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "state/base/clock.h"
#include "state/base/digest.h"
#include "state/base/result.h"
#include "state/store/http.h"

namespace cemli {

/// What a service of Oracle's cloud says of a request that it refused: "API Errors" in its
/// documentation.
struct OciRefusal {
  /// `ObjectNotFound`; empty where the answer is no error document.
  std::string code;
  std::string message;
};

[[nodiscard]] OciRefusal read_oci_refusal(const HttpResponse& response);

/// By how much this machine's clock is ahead of the service's, where that is more than it accepts.
[[nodiscard]] std::optional<std::chrono::seconds> oci_clock_skew(const HttpResponse& response,
                                                                 Timestamp sent_at);

/// An answer that is no success as an error, with the service's words and request id. `sent_at` is
/// the time that was signed; `who` names the credential. A clock that is wrong is told apart from a
/// key that is not accepted.
[[nodiscard]] Error oci_error(const HttpRequest& request, const HttpResponse& response,
                              Timestamp sent_at, std::string_view who);

/// One page of a list of objects.
struct OciListPage {
  std::vector<std::string> names;
  /// Where the next page starts; absent on the last one.
  std::optional<std::string> next;
};

/// Reads the answer to `ListObjects`.
[[nodiscard]] Result<OciListPage> read_oci_list(std::string_view document);

/// The body of `CreateMultipartUpload`, with one digest as the object's metadata.
[[nodiscard]] std::string oci_upload_document(const std::string& object,
                                              const std::string& digest_header,
                                              const Digest& digest);
/// Reads the answer to it.
[[nodiscard]] Result<std::string> read_oci_upload_id(std::string_view document);
/// The body of `CommitMultipartUpload`, of the parts' ETags in order.
[[nodiscard]] std::string oci_commit_document(const std::vector<std::string>& etags);

}  // namespace cemli
