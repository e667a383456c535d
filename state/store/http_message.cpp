#include "state/store/http_message.h"

#include <fmt/format.h>

#include <algorithm>

#include "state/base/ascii.h"

namespace cemli {

HttpBody as_body(const ReadableBytes& bytes) {
  return std::visit([](const auto& some) { return HttpBody(some); }, bytes);
}

const std::string* HttpResponse::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const HttpHeader& header) { return header.name == name; });
  return found == headers.end() ? nullptr : &found->value;
}

std::string describe_request_id(const HttpResponse& response) {
  for (const char* name : {"opc-request-id", "x-amz-request-id"}) {
    if (const std::string* id = response.header(name)) return fmt::format(" (request id {})", *id);
  }
  return {};
}

std::string describe_request(const HttpRequest& request) {
  return request.method + ' ' + request.url.substr(0, request.url.find('?'));
}

std::optional<HttpHeader> read_header_line(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return HttpHeader{lower_case(line.substr(0, colon)),
                    std::string(trimmed(line.substr(colon + 1)))};
}

}  // namespace cemli
