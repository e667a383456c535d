#include "state/store/sigv4.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <map>
#include <string_view>
#include <vector>

#include "state/base/ascii.h"

namespace cemli {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

/// The parts of a URL that a signature covers.
struct UrlParts {
  std::string host;
  std::string path;
  std::string query;
};

UrlParts split(std::string_view url) {
  UrlParts parts;
  const std::size_t scheme_end = url.find("://");
  assert(scheme_end != std::string_view::npos);
  const std::string_view default_port = url.starts_with("https:") ? ":443" : ":80";
  url.remove_prefix(scheme_end + 3);
  const std::size_t host_end = std::min(url.find_first_of("/?"), url.size());
  parts.host = url.substr(0, host_end);
  if (parts.host.ends_with(default_port))
    parts.host.resize(parts.host.size() - default_port.size());
  url.remove_prefix(host_end);
  const std::size_t path_end = std::min(url.find('?'), url.size());
  parts.path = path_end == 0 ? "/" : url.substr(0, path_end);
  if (path_end < url.size()) parts.query = url.substr(path_end + 1);
  return parts;
}

/// Sorted, and with a `=` for parameters that have no value.
std::string canonical_query(std::string_view query) {
  std::vector<std::string> parameters;
  while (!query.empty()) {
    std::string parameter(take_until(query, '&'));
    if (parameter.find('=') == std::string::npos) parameter += '=';
    parameters.push_back(std::move(parameter));
  }
  std::sort(parameters.begin(), parameters.end());
  return fmt::format("{}", fmt::join(parameters, "&"));
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

std::string signing_key(const AwsKey& key, std::string_view day, const std::string& region) {
  std::string derived = "AWS4" + key.secret;
  for (const std::string_view part :
       {day, std::string_view(region), std::string_view("s3"), std::string_view("aws4_request")})
    derived = hmac_sha256(derived, part);
  return derived;
}

}  // namespace

void sign_v4(HttpRequest& request, const AwsKey& key, const std::string& region,
             const Digest& payload, Timestamp now) {
  const std::string time = format_compact_timestamp(now);
  const std::string day = time.substr(0, 8);
  request.headers.push_back({"x-amz-content-sha256", payload.hex()});
  request.headers.push_back({"x-amz-date", time});
  if (key.session_token) request.headers.push_back({"x-amz-security-token", *key.session_token});

  const UrlParts url = split(request.url);
  std::map<std::string, std::string> headers{{"host", url.host}};
  for (const HttpHeader& header : request.headers) headers[lower_case(header.name)] = header.value;
  std::string canonical_headers;
  std::string names;
  for (const auto& [name, value] : headers) {
    canonical_headers += fmt::format("{}:{}\n", name, value);
    names += (names.empty() ? "" : ";") + name;
  }
  const std::string canonical =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, url.path, canonical_query(url.query),
                  canonical_headers, names, payload.hex());
  const std::string scope = fmt::format("{}/{}/s3/aws4_request", day, region);
  const std::string to_sign =
      fmt::format("{}\n{}\n{}\n{}", kAlgorithm, time, scope, Digest::of(canonical).hex());
  request.headers.push_back(
      {"Authorization",
       fmt::format("{} Credential={}/{},SignedHeaders={},Signature={}", kAlgorithm, key.id, scope,
                   names, hex(hmac_sha256(signing_key(key, day, region), to_sign)))});
}

}  // namespace cemli
