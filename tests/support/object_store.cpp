#include "tests/support/object_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <stdexcept>

#include "state/base/clock.h"
#include "state/store/percent_encoding.h"
#include "state/store/sigv4.h"

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

void ObjectStore::make_bucket(const std::string& name, Versions versions) {
  HttpRequest request{"PUT", endpoint() + '/' + name, {}, std::string_view()};
  if (versions == Versions::all_kept)
    request.headers.push_back({"x-amz-bucket-object-lock-enabled", "true"});
  sign_v4(request, {facts_.at("S3_ACCESS_KEY"), facts_.at("S3_SECRET_KEY")}, kRegion,
          Digest::of(""), wall_now());
  const auto answer = HttpClient({}).send(request);
  if (!answer) throw std::runtime_error(answer.error().message());
  if (answer->status != 200) throw std::runtime_error("making a bucket: " + answer->body);
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
