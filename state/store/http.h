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

namespace cemli {

/// Names of an answer's headers are lower case.
struct HttpHeader {
  std::string name;
  std::string value;
  friend bool operator==(const HttpHeader&, const HttpHeader&) = default;
};

/// A part of an open file, read with `pread`, so several requests may share the descriptor.
struct FileRange {
  int fd;
  std::uint64_t offset;
  std::uint64_t size;
};

/// No body at all, bytes that outlive the call, or a part of a file, which is streamed.
using HttpBody = std::variant<std::monostate, std::string_view, FileRange>;

/// Whether a request may go through the proxy that the environment names.
enum class ProxyUse { as_environment_says, none };

struct HttpRequest {
  std::string method;
  /// Whole, and sent byte for byte: what was signed is what arrives. Holds no secrets.
  std::string url;
  /// In addition to `Host`, `User-Agent`, `Accept` and `Content-Length`, or instead of them.
  std::vector<HttpHeader> headers = {};
  HttpBody body = {};
  /// Where the body of a 2xx answer is written, from the descriptor's place 0 on; else to memory.
  std::optional<int> answer_fd = std::nullopt;
  /// For the whole exchange; nothing: it may take as long as bytes flow.
  std::optional<std::chrono::milliseconds> timeout = std::nullopt;
  ProxyUse proxy = ProxyUse::as_environment_says;
};

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers = {};
  /// Of an answer that is not 2xx only the first 64 KiB.
  std::string body = {};

  /// The first header of that (lower-case) name.
  [[nodiscard]] const std::string* header(std::string_view name) const;
  [[nodiscard]] bool is_success() const { return status >= 200 && status < 300; }
};

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
  std::size_t most_parallel = 32;
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

/// ` (request id X)` with what the service calls the exchange, or nothing; for the end of a
/// message.
[[nodiscard]] std::string describe_request_id(const HttpResponse& response);

/// `PUT https://host/path`, for messages: without the query.
[[nodiscard]] std::string describe_request(const HttpRequest& request);

/// Reads `Thu, 26 Nov 2026 07:02:47 GMT`.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(const std::string& text);

}  // namespace cemli
