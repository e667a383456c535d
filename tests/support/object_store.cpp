#include "tests/support/object_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <stdexcept>

#include "state/base/base64.h"
#include "state/base/clock.h"
#include "state/base/digest.h"
#include "state/store/http.h"
#include "state/store/percent_encoding.h"
#include "state/store/sigv4.h"
#include "state/store/xml_leaves.h"

namespace cemli::test {
namespace {

constexpr const char* kRegion = "us-east-1";

/// Both ends closed in other children, so that the server sees when its owner is gone.
std::array<UniqueFd, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::map<std::string, std::string> read_facts(int fd, pid_t server) {
  std::string text;
  std::array<char, 1024> piece{};
  while (!text.ends_with("\nready\n")) {
    const ssize_t n = ::read(fd, piece.data(), piece.size());
    if (n <= 0) {
      int status = 0;
      ::waitpid(server, &status, 0);
      throw std::runtime_error(
          fmt::format("the S3 server for tests did not start: wait status {:#x}", status));
    }
    text.append(piece.data(), static_cast<std::size_t>(n));
  }
  std::map<std::string, std::string> facts;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const std::size_t equals = text.find('=', at);
    if (equals < end)
      facts[text.substr(at, equals - at)] = text.substr(equals + 1, end - equals - 1);
    at = end + 1;
  }
  return facts;
}

}  // namespace

ObjectStore::ObjectStore() {
  const std::string folder =
      std::filesystem::temp_directory_path() / fmt::format("cemli-object-store-{}", random_hex(6));
  auto input = make_pipe();
  auto output = make_pipe();
  server_ = ::fork();
  if (server_ < 0) throw std::runtime_error("no process for the S3 server for tests");
  if (server_ == 0) {
    ::dup2(input[0].get(), STDIN_FILENO);
    ::dup2(output[1].get(), STDOUT_FILENO);
    ::execl(CEMLI_OBJECT_STORE, CEMLI_OBJECT_STORE, folder.c_str(), nullptr);
    ::_exit(127);
  }
  output[1].reset();
  life_line_ = std::move(input[1]);
  facts_ = read_facts(output[0].get(), server_);
}

ObjectStore::~ObjectStore() {
  life_line_.reset();
  ::waitpid(server_, nullptr, 0);
}

pid_t ObjectStore::gateway() const {
  const auto pid = read_file(facts_.at("S3_GATEWAY_PID_FILE"));
  if (!pid) throw std::runtime_error(pid.error().message());
  return std::stoi(*pid);
}

HttpResponse ObjectStore::send(const std::string& method, const std::string& target,
                               std::vector<HttpHeader> headers, std::string_view body) const {
  HttpRequest request{method, endpoint() + '/' + target, std::move(headers)};
  if (method == "PUT") request.body = body;
  sign_v4(request, {facts_.at("S3_ACCESS_KEY"), facts_.at("S3_SECRET_KEY")}, kRegion,
          Digest::of(body), wall_now());
  auto answer = HttpClient({}).send(request);
  if (!answer) throw std::runtime_error(answer.error().message());
  return *std::move(answer);
}

void ObjectStore::make_bucket(const std::string& name, Versions versions) {
  std::vector<HttpHeader> headers;
  if (versions != Versions::newest_only)
    headers.push_back({"x-amz-bucket-object-lock-enabled", "true"});
  const auto made = send("PUT", name, std::move(headers));
  if (made.status != 200) throw std::runtime_error("making a bucket: " + made.body);
  if (versions != Versions::retained) return;
  constexpr std::string_view kRule =
      "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule>"
      "<DefaultRetention><Mode>COMPLIANCE</Mode><Days>1</Days></DefaultRetention></Rule>"
      "</ObjectLockConfiguration>";
  Md5 md5;
  md5.update(kRule);
  const auto ruled =
      send("PUT", name + "?object-lock=", {{"Content-MD5", to_base64(md5.finish())}}, kRule);
  if (ruled.status != 200) throw std::runtime_error("giving a bucket its rule: " + ruled.body);
}

std::pair<int, int> ObjectStore::remove_all(const std::string& bucket, const std::string& prefix) {
  const auto listed =
      send("GET", fmt::format("{}?prefix={}&versions=", bucket, percent_encode(prefix)));
  const auto leaves = read_xml_leaves(listed.body);
  if (listed.status != 200 || !leaves) throw std::runtime_error("listing versions: " + listed.body);
  std::pair<int, int> counts;
  std::string key;
  for (const XmlLeaf& leaf : *leaves) {
    if (leaf.path.ends_with("/Version/Key")) key = leaf.text;
    if (!leaf.path.ends_with("/Version/VersionId")) continue;
    ++counts.first;
    const auto removed =
        send("DELETE", fmt::format("{}/{}?versionId={}", bucket, percent_encode(key, "/"),
                                   percent_encode(leaf.text)));
    if (removed.status == 403) ++counts.second;
  }
  return counts;
}

std::string ObjectStore::address(const std::string& bucket, const std::string& prefix) const {
  return fmt::format("s3://{}/{}?endpoint={}&region={}", bucket, prefix,
                     percent_encode(endpoint(), ":/"), kRegion);
}

std::map<std::string, std::string> ObjectStore::key() const {
  return {{"AWS_ACCESS_KEY_ID", facts_.at("S3_ACCESS_KEY")},
          {"AWS_SECRET_ACCESS_KEY", facts_.at("S3_SECRET_KEY")}};
}

Variables ObjectStore::variables() const {
  return [known = key()](const char* name) -> std::optional<std::string> {
    const auto found = known.find(name);
    if (found == known.end()) return std::nullopt;
    return found->second;
  };
}

ObjectStore& object_store() {
  static ObjectStore store;
  return store;
}

}  // namespace cemli::test
