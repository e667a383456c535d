#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "state/base/result.h"
#include "state/store/http_message.h"

namespace cemli {

/// Where a connection need not be encrypted.
enum class PlainHttp { loopback_only, anywhere };

struct HttpSettings {
  /// Certificates to trust instead of the system's own.
  std::optional<std::string> ca_bundle = std::nullopt;
  PlainHttp plain_http = PlainHttp::loopback_only;
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  /// A transfer in which no byte moved for this long has failed.
  std::chrono::seconds stall_timeout = std::chrono::seconds(30);
  /// Requests of one call that are under way at once.
  std::size_t most_parallel = 64;
};

/// Sends requests and waits for the answers. May be called from several threads; connections are
/// kept alive for the next call. Starts no thread that outlives a call, so a process may fork
/// between two of them. Follows no redirects and verifies every certificate.
///
/// Any status is an answer, not an error. Errors are `unavailable` where no whole answer came (the
/// request may have been carried out), `denied` where the other side's certificate is not trusted,
/// `invalid_input` for a URL that cannot or may not be asked, and what the system says of the file.
class HttpClient {
 public:
  explicit HttpClient(HttpSettings settings);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  [[nodiscard]] Result<HttpResponse> send(const HttpRequest& request);
  /// Side by side, each with its own result, in the order of the requests.
  [[nodiscard]] std::vector<Result<HttpResponse>> send_all(std::span<const HttpRequest> requests);

 private:
  class Pool;
  std::unique_ptr<Pool> pool_;
};

/// Reads `Thu, 26 Nov 2026 07:02:47 GMT`.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(const std::string& text);

}  // namespace cemli
