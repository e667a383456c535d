#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "state/base/file.h"

namespace cemli::test {

/// What a client sent, with lower-case header names.
struct ReceivedRequest {
  std::string method;
  /// Path and query, as they came.
  std::string target;
  std::map<std::string, std::string> headers;
  std::string body;
  /// Which connection it came over, counted from 0.
  int connection = 0;
};

/// What the server does with a request.
struct ScriptedAnswer {
  enum class Fault {
    none,
    drop,  ///< closes the connection without a word
    cut,   ///< closes it in the middle of the body
    hang,  ///< says nothing until the server ends
  };
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  Fault fault = Fault::none;
};

/// An HTTP/1.1 server on a port of loopback, as simple as tests of a client need it.
class HttpServer {
 public:
  using Handler = std::function<ScriptedAnswer(const ReceivedRequest&)>;
  /// Whether the handler may be called from several connections' threads at once.
  enum class Calls { one_at_a_time, side_by_side };
  explicit HttpServer(Handler handler, Calls calls = Calls::one_at_a_time);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// `http://127.0.0.1:PORT`.
  [[nodiscard]] std::string url() const;
  /// All that came so far.
  [[nodiscard]] std::vector<ReceivedRequest> received();
  /// The most requests that were being answered at once.
  [[nodiscard]] int most_at_once() const { return most_at_once_; }
  /// Each answer is under way for so long, as over a long line.
  void answer_after(std::chrono::milliseconds latency) { latency_ = latency; }
  /// Answers only once this many requests wait for one.
  void answer_in_groups_of(int size) { group_ = size; }
  /// Requests with a body are answered on their headers alone, and the connection is closed.
  void answer_early() {
    answer_early_if([](const ReceivedRequest&) { return true; });
  }
  /// The same for some of them, as their headers say.
  void answer_early_if(std::function<bool(const ReceivedRequest&)> condition);

 private:
  void accept_connections();
  void serve(int fd, int connection);
  bool is_early(const ReceivedRequest& request);
  bool answer(int fd, const ReceivedRequest& request);

  Handler handler_;
  Calls calls_;
  UniqueFd listener_;
  int port_ = 0;
  std::atomic<bool> ends_ = false;
  std::function<bool(const ReceivedRequest&)> is_early_ = [](const ReceivedRequest&) {
    return false;
  };
  std::atomic<int> group_ = 1;
  std::atomic<std::chrono::milliseconds> latency_{};
  std::atomic<int> waiting_ = 0;
  std::atomic<int> most_at_once_ = 0;
  std::mutex mutex_;
  std::vector<ReceivedRequest> received_;
  std::vector<UniqueFd> connections_;
  std::vector<std::thread> serving_;
  std::thread accepting_;
};

}  // namespace cemli::test
