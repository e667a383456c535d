#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "state/base/clock.h"
#include "state/base/result.h"
#include "state/store/http.h"

namespace cemli {

/// What an S3 service says of a request that it refused.
struct S3Refusal {
  /// `NoSuchKey`; empty where the answer is no error document of S3.
  std::string code;
  std::string message;
  /// Where the bucket really is, if that is what is wrong.
  std::optional<std::string> region;
};

[[nodiscard]] S3Refusal read_s3_refusal(const HttpResponse& response);

/// An answer that is no success as an error, with the service's words and request id. `sent_at` is
/// the time that was signed. A clock that is wrong is told apart from a wrong key.
[[nodiscard]] Error s3_error(const HttpRequest& request, const HttpResponse& response,
                             Timestamp sent_at);

/// One page of a list.
struct S3ListPage {
  std::vector<std::string> keys;
  /// How the next page is asked for; absent on the last one.
  std::optional<std::string> next;
};

/// Reads the answer to `ListObjectsV2`.
[[nodiscard]] Result<S3ListPage> read_s3_list(std::string_view document);

/// Reads the answer to `CreateMultipartUpload`.
[[nodiscard]] Result<std::string> read_s3_upload_id(std::string_view document);
/// The body of `CompleteMultipartUpload`, of the parts' ETags in order.
[[nodiscard]] std::string s3_commit_document(const std::vector<std::string>& etags);

}  // namespace cemli
