#include "state/store/store_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "state/store/percent_encoding.h"

namespace cemli {
namespace {

constexpr std::string_view kFile = "file:";
constexpr std::string_view kS3 = "s3://";
constexpr std::string_view kOci = "oci://";
constexpr std::string_view kLowerAndDigits = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kNameCharacters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

Error wrong(std::string_view text, std::string_view why) {
  return Error(ErrorCode::invalid_input,
               fmt::format("'{}' is not a store's address: {}", text, why));
}

bool has_only(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// The options behind the `?`, of which each may be taken once.
using Options = std::map<std::string, std::string>;

Result<Options> read_options(std::string_view address, std::string_view query,
                             const std::vector<std::string>& known) {
  Options options;
  if (query.empty()) return options;
  for (const std::string& option : split(query, '&')) {
    const std::size_t equals = option.find('=');
    const std::string name = option.substr(0, equals);
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      // What stands there may be a key that somebody took for an option, so it is not repeated.
      const auto suggestion = nearest(name, known);
      return Error(ErrorCode::invalid_input,
                   fmt::format("'{}?…' has an option that such an address does not have; {}",
                               address.substr(0, address.find('?')),
                               suggestion ? fmt::format("did you mean '{}'?", *suggestion)
                                          : fmt::format("it may have {}", fmt::join(known, ", "))));
    }
    const auto value =
        equals == std::string::npos ? std::nullopt : percent_decode(option.substr(equals + 1));
    if (!value || value->empty()) return wrong(address, fmt::format("'{}' has no value", name));
    if (!options.emplace(name, *value).second)
      return wrong(address, fmt::format("'{}' stands there twice", name));
  }
  return options;
}

std::optional<std::string> take(Options& options, const char* name) {
  const auto node = options.extract(name);
  if (node.empty()) return std::nullopt;
  return node.mapped();
}

/// `http[s]://HOST[:PORT]`, without a slash at the end.
Result<std::optional<std::string>> take_endpoint(std::string_view address, Options& options) {
  auto endpoint = take(options, "endpoint");
  if (!endpoint) return endpoint;
  if (endpoint->ends_with('/')) endpoint->pop_back();
  const bool has_scheme = endpoint->starts_with("https://") || endpoint->starts_with("http://");
  const std::string host = has_scheme ? endpoint->substr(endpoint->find("://") + 3) : "";
  if (host.empty() || !has_only(host, fmt::format("{}[]:", kNameCharacters))) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("the endpoint of '{}' must be https://HOST or https://HOST:PORT",
                             address.substr(0, address.find('?'))));
  }
  return endpoint;
}

Result<std::string> read_bucket(std::string_view address, std::string_view bucket) {
  const bool is_name = bucket.size() >= 3 && bucket.size() <= 256 &&
                       has_only(bucket, kNameCharacters) && bucket.find("..") == bucket.npos;
  if (!is_name) return wrong(address, fmt::format("'{}' is not a bucket's name", bucket));
  return std::string(bucket);
}

/// What stands behind the bucket, as a prefix of keys.
Result<std::string> read_prefix(std::string_view address, std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path.empty()) return std::string();
  for (const std::string& part : split(path, '/')) {
    if (part.empty() || part == "." || part == ".." || !has_only(part, kNameCharacters))
      return wrong(address, "a prefix is made of letters, digits, '.', '_', '-' and single '/'");
  }
  return std::string(path) + '/';
}

std::pair<std::string_view, std::string_view> cut(std::string_view text, char separator) {
  const std::size_t at = std::min(text.find(separator), text.size());
  return {text.substr(0, at), text.substr(std::min(at + 1, text.size()))};
}

Result<StoreAddress> parse_s3(std::string_view text) {
  const auto [path, query] = cut(text.substr(kS3.size()), '?');
  const auto [bucket, rest] = cut(path, '/');
  auto options = read_options(text, query, {"endpoint", "region", "style", "profile"});
  if (!options) return std::move(options).error();
  auto name = read_bucket(text, bucket);
  if (!name) return std::move(name).error();
  auto prefix = read_prefix(text, rest);
  if (!prefix) return std::move(prefix).error();
  auto endpoint = take_endpoint(text, *options);
  if (!endpoint) return std::move(endpoint).error();
  S3Address address{*std::move(name), *std::move(prefix), *std::move(endpoint)};
  address.region = take(*options, "region");
  if (address.region && !has_only(*address.region, fmt::format("{}-", kLowerAndDigits)))
    return wrong(text, fmt::format("'{}' is not a region", *address.region));
  if (const auto style = take(*options, "style")) {
    if (*style != "path" && *style != "virtual")
      return wrong(text, fmt::format("'style' must be path or virtual, not '{}'", *style));
    address.style = *style == "path" ? S3Address::Style::path : S3Address::Style::virtual_host;
  }
  address.profile = take(*options, "profile");
  return StoreAddress(std::move(address));
}

Result<StoreAddress> parse_oci(std::string_view text) {
  const auto [path, query] = cut(text.substr(kOci.size()), '?');
  const auto [name_space, behind] = cut(path, '/');
  const auto [bucket, rest] = cut(behind, '/');
  auto options = read_options(text, query, {"region", "endpoint", "auth", "profile"});
  if (!options) return std::move(options).error();
  if (name_space.empty() || !has_only(name_space, kNameCharacters))
    return wrong(text, "expected oci://NAMESPACE/BUCKET[/PREFIX]");
  auto name = read_bucket(text, bucket);
  if (!name) return std::move(name).error();
  auto prefix = read_prefix(text, rest);
  if (!prefix) return std::move(prefix).error();
  auto endpoint = take_endpoint(text, *options);
  if (!endpoint) return std::move(endpoint).error();
  OciAddress address{std::string(name_space), *std::move(name), *std::move(prefix)};
  address.endpoint = *std::move(endpoint);
  address.region = take(*options, "region");
  if (address.region && !has_only(*address.region, fmt::format("{}-", kLowerAndDigits)))
    return wrong(text, fmt::format("'{}' is not a region", *address.region));
  address.auth = take(*options, "auth");
  address.profile = take(*options, "profile");
  return StoreAddress(std::move(address));
}

/// Writes options one after the other.
class OptionWriter {
 public:
  void add(std::string_view name, const std::optional<std::string>& value) {
    if (!value) return;
    text_ += fmt::format("{}{}={}", text_.empty() ? '?' : '&', name, percent_encode(*value, ":/"));
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string format(const FolderAddress& address) {
  return fmt::format("{}{}", kFile, address.folder.string());
}

std::string format(const S3Address& address) {
  OptionWriter options;
  options.add("endpoint", address.endpoint);
  options.add("region", address.region);
  if (address.style)
    options.add("style", *address.style == S3Address::Style::path ? "path" : "virtual");
  options.add("profile", address.profile);
  std::string path = address.bucket + '/' + address.prefix;
  path.pop_back();
  return fmt::format("{}{}{}", kS3, path, options.text());
}

std::string format(const OciAddress& address) {
  OptionWriter options;
  options.add("region", address.region);
  options.add("endpoint", address.endpoint);
  options.add("auth", address.auth);
  options.add("profile", address.profile);
  std::string path = address.name_space + '/' + address.bucket + '/' + address.prefix;
  path.pop_back();
  return fmt::format("{}{}{}", kOci, path, options.text());
}

/// Whether two addresses mean the same objects.
struct SamePlace {
  bool operator()(const FolderAddress& left, const FolderAddress& right) const {
    // Without a `/` at its end, which a hand may have left.
    const auto plain = [](const FolderAddress& a) { return (a.folder / "").lexically_normal(); };
    return plain(left) == plain(right);
  }
  bool operator()(const S3Address& left, const S3Address& right) const {
    return left.bucket == right.bucket && left.prefix == right.prefix &&
           may_be_same(left.endpoint, right.endpoint) && may_be_same(left.region, right.region);
  }
  bool operator()(const OciAddress& left, const OciAddress& right) const {
    return left.name_space == right.name_space && left.bucket == right.bucket &&
           left.prefix == right.prefix && may_be_same(left.endpoint, right.endpoint) &&
           may_be_same(left.region, right.region);
  }
  template <typename Left, typename Right>
  bool operator()(const Left& /*left*/, const Right& /*right*/) const {
    return false;
  }

 private:
  static bool may_be_same(const std::optional<std::string>& left,
                          const std::optional<std::string>& right) {
    return !left || !right || left == right;
  }
};

}  // namespace

Result<StoreAddress> parse_store_address(std::string_view text) {
  if (text.starts_with(kS3)) return parse_s3(text);
  if (text.starts_with(kOci)) return parse_oci(text);
  if (text.starts_with(kFile) && text.size() > kFile.size())
    return StoreAddress(FolderAddress{text.substr(kFile.size())});
  return Error(ErrorCode::invalid_input,
               fmt::format("'{}' is not a store's address; expected file:DIR, s3://BUCKET[/PREFIX] "
                           "or oci://NAMESPACE/BUCKET[/PREFIX]",
                           text));
}

std::string format_store_address(const StoreAddress& address) {
  return std::visit([](const auto& each) { return format(each); }, address);
}

bool is_same_place(const StoreAddress& left, const StoreAddress& right) {
  return std::visit(SamePlace{}, left, right);
}

}  // namespace cemli
