#include "state/store/oci_signer.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "state/base/ascii.h"
#include "state/base/base64.h"
#include "state/base/digest.h"
#include "state/store/percent_encoding.h"

namespace cemli {
namespace {

constexpr std::string_view kRequestTarget = "(request-target)";

/// What is signed, in the order of Oracle's own clients.
std::vector<HttpHeader> signed_headers(const OciRequest& request, const std::string& date) {
  std::vector<HttpHeader> headers{
      {"date", date},
      {std::string(kRequestTarget),
       fmt::format("{} {}", lower_case(request.method), request.target)}};
  if (request.signing != OciSigning::federation) headers.push_back({"host", request.host});
  if (request.signing != OciSigning::plain) {
    headers.push_back({"content-length", std::to_string(request.body.size())});
    headers.push_back({"content-type", request.content_type});
    headers.push_back({"x-content-sha256", to_base64(Digest::of(request.body).bytes())});
  }
  return headers;
}

std::string text_of(const std::vector<HttpHeader>& headers) {
  std::string text;
  for (const auto& [name, value] : headers)
    text += fmt::format("{}{}: {}", text.empty() ? "" : "\n", name, value);
  return text;
}

}  // namespace

std::string format_http_date(Timestamp time) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::string oci_signing_string(const OciRequest& request, const std::string& date) {
  return text_of(signed_headers(request, date));
}

Result<std::vector<HttpHeader>> sign_oci_request(const OciRequest& request,
                                                 const OciSigningKey& who,
                                                 const std::string& date) {
  std::vector<HttpHeader> headers = signed_headers(request, date);
  auto signature = who.key.sign(text_of(headers));
  if (!signature) return std::move(signature).error().while_doing("signing a request");
  std::vector<std::string_view> names;
  names.reserve(headers.size());
  for (const HttpHeader& header : headers) names.emplace_back(header.name);
  std::string authorization = fmt::format(
      R"(Signature version="1",headers="{}",keyId="{}",algorithm="rsa-sha256",signature="{}")",
      fmt::join(names, " "), who.key_id, to_base64(*signature));
  std::erase_if(headers, [](const HttpHeader& header) {
    return header.name == kRequestTarget || header.name == "host" ||
           header.name == "content-length";
  });
  headers.push_back({"authorization", std::move(authorization)});
  return headers;
}

std::string oci_api_key_id(std::string_view tenancy, std::string_view user,
                           std::string_view fingerprint) {
  return fmt::format("{}/{}/{}", tenancy, user, fingerprint);
}

std::string oci_session_key_id(std::string_view token) {
  return fmt::format("ST${}", token);
}

std::string oci_federation_key_id(std::string_view tenancy, std::string_view certificate_sha256) {
  return fmt::format("{}/fed-x509-sha256/{}", tenancy, certificate_sha256);
}

std::string oci_path_segment(std::string_view text) {
  if (text == ".") return "%2E";
  if (text == "..") return "%2E%2E";
  return percent_encode(text);
}

std::string oci_query(const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string query;
  for (const auto& [name, value] : parameters) {
    query += query.empty() ? '?' : '&';
    query += percent_encode(name) + '=' + percent_encode(value);
  }
  return query;
}

}  // namespace cemli
