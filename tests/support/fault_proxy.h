#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "state/store/http.h"
#include "tests/support/http_server.h"

namespace cemli::test {

/// Stands before a server and treats some of the requests badly, by a plan that a seed decides: it
/// answers late, drops a request, loses, cuts or replaces an answer, carries a request out twice,
/// or only after it was given up.
class FaultProxy {
 public:
  FaultProxy(std::string target, std::uint64_t seed);
  ~FaultProxy();

  [[nodiscard]] std::string url() const { return server_.url(); }
  /// From now on everything is passed on as it is.
  void behave() { behavior_ = Behavior::good; }
  /// From now on nothing gets through.
  void cut_off() { behavior_ = Behavior::dead; }
  /// Requests that were treated badly.
  [[nodiscard]] std::uint64_t faults() const { return faults_; }

 private:
  enum class Behavior { planned, good, dead };
  enum class Treatment { none, late, drop, lose, cut, refuse, twice, land_later };

  [[nodiscard]] Treatment choose(std::uint64_t request) const;
  ScriptedAnswer treat(const ReceivedRequest& request);
  ScriptedAnswer forward(const ReceivedRequest& request);
  void forward_later(const ReceivedRequest& request);

  const std::string target_;
  const std::uint64_t seed_;
  HttpClient client_{{}};
  std::atomic<Behavior> behavior_ = Behavior::planned;
  std::atomic<std::uint64_t> requests_ = 0;
  std::atomic<std::uint64_t> faults_ = 0;
  std::mutex mutex_;
  std::vector<std::thread> late_;
  HttpServer server_;
};

}  // namespace cemli::test
