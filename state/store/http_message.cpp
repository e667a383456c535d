#include "state/store/http_message.h"

#include <fmt/format.h>

#include <algorithm>

namespace cemli {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

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

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::optional<HttpHeader> read_header_line(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return HttpHeader{lower_case(line.substr(0, colon)),
                    std::string(trimmed(line.substr(colon + 1)))};
}

}  // namespace cemli
