#include "tests/support/http_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>

namespace cemli::test {
namespace {

using namespace std::chrono_literals;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool send_whole(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool receive_more(int fd, std::string& buffer) {
  char piece[65536];
  const ssize_t n = ::recv(fd, piece, sizeof piece, 0);
  if (n <= 0) return false;
  buffer.append(piece, static_cast<std::size_t>(n));
  return true;
}

ReceivedRequest parse_head(const std::string& head, int connection) {
  ReceivedRequest request;
  request.connection = connection;
  std::size_t at = head.find("\r\n");
  const std::string first = head.substr(0, at);
  const std::size_t space = first.find(' ');
  request.method = first.substr(0, space);
  request.target = first.substr(space + 1, first.rfind(' ') - space - 1);
  while (at + 2 < head.size()) {
    const std::size_t end = head.find("\r\n", at + 2);
    const std::string line = head.substr(at + 2, end - at - 2);
    const std::size_t colon = line.find(':');
    if (colon != std::string::npos) {
      const std::size_t value = line.find_first_not_of(' ', colon + 1);
      request.headers[lower(line.substr(0, colon))] =
          value == std::string::npos ? "" : line.substr(value);
    }
    if (end == std::string::npos) break;
    at = end;
  }
  return request;
}

/// The next request's head; what follows it stays in `buffer`.
std::optional<ReceivedRequest> receive_head(int fd, std::string& buffer, int connection) {
  std::size_t head_end;
  while ((head_end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (!receive_more(fd, buffer)) return std::nullopt;
  }
  ReceivedRequest request = parse_head(buffer.substr(0, head_end), connection);
  buffer.erase(0, head_end + 4);
  return request;
}

std::size_t body_size(const ReceivedRequest& request) {
  const auto length = request.headers.find("content-length");
  return length == request.headers.end() ? 0 : std::stoul(length->second);
}

bool receive_body(int fd, std::string& buffer, ReceivedRequest& request) {
  const std::size_t size = body_size(request);
  while (buffer.size() < size) {
    if (!receive_more(fd, buffer)) return false;
  }
  request.body = buffer.substr(0, size);
  buffer.erase(0, size);
  return true;
}

}  // namespace

HttpServer::HttpServer(Handler handler, Calls calls) : handler_(std::move(handler)), calls_(calls) {
  listener_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_.get(), generic, size) != 0 || ::listen(listener_.get(), 128) != 0 ||
      ::getsockname(listener_.get(), generic, &size) != 0)
    throw std::runtime_error("no port to listen on");
  port_ = ntohs(address.sin_port);
  accepting_ = std::thread([this] { accept_connections(); });
}

HttpServer::~HttpServer() {
  ends_ = true;
  ::shutdown(listener_.get(), SHUT_RDWR);
  accepting_.join();
  for (const UniqueFd& connection : connections_) ::shutdown(connection.get(), SHUT_RDWR);
  for (std::thread& thread : serving_) thread.join();
}

std::string HttpServer::url() const {
  return fmt::format("http://127.0.0.1:{}", port_);
}

std::vector<ReceivedRequest> HttpServer::received() {
  const std::lock_guard lock(mutex_);
  return received_;
}

void HttpServer::accept_connections() {
  for (int connection = 0;; ++connection) {
    const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    connections_.emplace_back(fd);
    serving_.emplace_back([this, fd, connection] { serve(fd, connection); });
  }
}

void HttpServer::answer_early_if(std::function<bool(const ReceivedRequest&)> condition) {
  const std::lock_guard lock(mutex_);
  is_early_ = std::move(condition);
}

bool HttpServer::is_early(const ReceivedRequest& request) {
  const std::lock_guard lock(mutex_);
  return body_size(request) > 0 && is_early_(request);
}

void HttpServer::serve(int fd, int connection) {
  std::string buffer;
  for (;;) {
    auto request = receive_head(fd, buffer, connection);
    if (!request) break;
    const bool answers_early = is_early(*request);
    if (!answers_early && !receive_body(fd, buffer, *request)) break;
    if (!answer(fd, *request) || answers_early) break;
  }
  ::shutdown(fd, SHUT_RDWR);
}

bool HttpServer::answer(int fd, const ReceivedRequest& request) {
  const int waiting = ++waiting_;
  for (int most = most_at_once_; waiting > most;) {
    if (most_at_once_.compare_exchange_weak(most, waiting)) break;
  }
  for (int i = 0; i < 2000 && most_at_once_ < group_ && !ends_; ++i)
    std::this_thread::sleep_for(1ms);
  ScriptedAnswer answer;
  if (calls_ == Calls::side_by_side) {
    answer = handler_(request);
  } else {
    const std::lock_guard lock(mutex_);
    received_.push_back(request);
    answer = handler_(request);
  }
  while (answer.fault == ScriptedAnswer::Fault::hang && !ends_) std::this_thread::sleep_for(5ms);
  std::this_thread::sleep_for(latency_.load());
  --waiting_;
  if (answer.fault == ScriptedAnswer::Fault::drop || ends_) return false;
  std::string text = fmt::format("HTTP/1.1 {} Scripted\r\nContent-Length: {}\r\n", answer.status,
                                 answer.body.size());
  for (const auto& [name, value] : answer.headers) text += fmt::format("{}: {}\r\n", name, value);
  text += "\r\n";
  const bool is_cut = answer.fault == ScriptedAnswer::Fault::cut;
  if (request.method != "HEAD")
    text += answer.body.substr(0, is_cut ? answer.body.size() / 2 : answer.body.size());
  return send_whole(fd, text) && !is_cut;
}

}  // namespace cemli::test
