#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "state/base/readable_bytes.h"

namespace cemli {

/// Names of an answer's headers are lower case.
struct HttpHeader {
  std::string name;
  std::string value;
  friend bool operator==(const HttpHeader&, const HttpHeader&) = default;
};

/// No body at all, bytes that outlive the call, or a part of a file, which is streamed.
using HttpBody = std::variant<std::monostate, std::string_view, FileRange>;

[[nodiscard]] HttpBody as_body(const ReadableBytes& bytes);

/// Whether a request may go through the proxy that the environment names.
enum class ProxyUse { as_environment_says, none };

/// Over a connection that was open already a request is sent once more, by itself, where it ends
/// before an answer begins. What must not be carried out twice asks for a new one.
enum class ConnectionUse { open_or_new, new_one };

struct HttpRequest {
  std::string method;
  /// Whole, and sent byte for byte: what was signed is what arrives. Holds no secrets.
  std::string url;
  /// In addition to `Host`, `User-Agent`, `Accept` and `Content-Length`, or instead of them.
  std::vector<HttpHeader> headers = {};
  HttpBody body = {};
  /// The file that the body of a 2xx answer is written to, which is emptied first; else to memory.
  std::optional<int> answer_fd = std::nullopt;
  /// For the whole exchange; nothing: it may take as long as bytes flow.
  std::optional<std::chrono::milliseconds> timeout = std::nullopt;
  ProxyUse proxy = ProxyUse::as_environment_says;
  ConnectionUse connection = ConnectionUse::open_or_new;
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

/// ` (request id X)` with what the service calls the exchange, or nothing; for the end of a
/// message.
[[nodiscard]] std::string describe_request_id(const HttpResponse& response);

/// `PUT https://host/path`, for messages: without the query.
[[nodiscard]] std::string describe_request(const HttpRequest& request);

/// Reads a line `Name: value` of an answer's head; nothing where it is none.
[[nodiscard]] std::optional<HttpHeader> read_header_line(std::string_view line);

}  // namespace cemli
