#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "state/base/result.h"
#include "state/store/oci_credentials.h"
#include "state/store/oci_signer.h"
#include "state/store/retry.h"
#include "state/store/store_surroundings.h"

namespace cemli {

/// A request before it is signed.
struct OciCall {
  std::string method;
  std::string target;  ///< path and query
  OciSigning signing = OciSigning::plain;
  std::vector<HttpHeader> headers = {};
  ReadableBytes body = std::string_view();  ///< of a PUT or POST; in memory where it is signed
  std::optional<int> answer_fd = std::nullopt;
};

/// Signs requests to one endpoint and sends them: again where that may help, signed anew, and once
/// more with another credential where the service refused the first. Used by several threads.
class OciSender {
 public:
  /// `endpoint` is `https://HOST[:PORT]`.
  OciSender(StoreSurroundings surroundings, const CallLimits& limits, std::string endpoint,
            std::shared_ptr<OciCredentials> credentials);

  /// Whether a request is sent again where the answer is worth it.
  enum class Attempts { several, one };
  /// The answers, whatever they are, in the order of the calls.
  [[nodiscard]] std::vector<Result<HttpResponse>> send_all(const std::vector<OciCall>& calls,
                                                           Attempts attempts = Attempts::several);
  [[nodiscard]] Result<HttpResponse> send(const OciCall& call,
                                          Attempts attempts = Attempts::several);

  /// An answer that is no success, as an error.
  [[nodiscard]] Error refused(const OciCall& call, const HttpResponse& response);

 private:
  [[nodiscard]] std::vector<Result<HttpResponse>> send_as(const OciCredentials::Shared& who,
                                                          const std::vector<OciCall>& calls,
                                                          Attempts attempts);
  [[nodiscard]] Result<HttpRequest> compose(const OciCredential& who, const OciCall& call) const;

  const StoreSurroundings surroundings_;
  const std::optional<std::chrono::milliseconds> timeout_;
  const std::string endpoint_;
  const std::string host_;
  RetryPolicy policy_;
  const std::shared_ptr<OciCredentials> credentials_;
};

}  // namespace cemli
