#include "tests/support/fault_proxy.h"

#include <array>
#include <chrono>
#include <random>
#include <utility>

namespace cemli::test {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLate{150};
constexpr milliseconds kMuchLater{400};

}  // namespace

FaultProxy::FaultProxy(std::string target, std::uint64_t seed)
    : target_(std::move(target)),
      seed_(seed),
      server_([this](const ReceivedRequest& request) { return treat(request); },
              HttpServer::Calls::side_by_side) {}

FaultProxy::~FaultProxy() {
  const std::lock_guard lock(mutex_);
  for (std::thread& thread : late_) thread.join();
}

FaultProxy::Treatment FaultProxy::choose(std::uint64_t request) const {
  constexpr std::array<Treatment, 7> kFaults{
      Treatment::late,   Treatment::drop,  Treatment::lose,      Treatment::cut,
      Treatment::refuse, Treatment::twice, Treatment::land_later};
  std::seed_seq seeds{seed_, request};
  std::minstd_rand random(seeds);
  // Of ten requests three are treated badly.
  if (random() % 10 >= 3) return Treatment::none;
  return kFaults.at(random() % kFaults.size());
}

ScriptedAnswer FaultProxy::treat(const ReceivedRequest& request) {
  const Behavior behavior = behavior_;
  if (behavior == Behavior::dead) return {0, {}, {}, ScriptedAnswer::Fault::drop};
  const Treatment treatment = behavior == Behavior::good ? Treatment::none : choose(++requests_);
  if (treatment != Treatment::none) ++faults_;
  if (treatment == Treatment::late) std::this_thread::sleep_for(kLate);
  if (treatment == Treatment::drop) return {0, {}, {}, ScriptedAnswer::Fault::drop};
  if (treatment == Treatment::refuse)
    return {503, {}, "<Error><Code>SlowDown</Code><Message>not now</Message></Error>"};
  if (treatment == Treatment::land_later) {
    forward_later(request);
    return {0, {}, {}, ScriptedAnswer::Fault::drop};
  }
  if (treatment == Treatment::twice) forward(request);
  ScriptedAnswer answer = forward(request);
  if (treatment == Treatment::lose) answer.fault = ScriptedAnswer::Fault::drop;
  if (treatment == Treatment::cut) answer.fault = ScriptedAnswer::Fault::cut;
  return answer;
}

ScriptedAnswer FaultProxy::forward(const ReceivedRequest& request) {
  HttpRequest forwarded{request.method, target_ + request.target};
  // The signature covers the host that the client believes to ask.
  for (const auto& [name, value] : request.headers) {
    if (name != "content-length" && name != "connection")
      forwarded.headers.push_back({name, value});
  }
  if (request.method == "PUT") forwarded.body = std::string_view(request.body);
  const auto answer = client_.send(forwarded);
  if (!answer) return {0, {}, {}, ScriptedAnswer::Fault::drop};
  ScriptedAnswer passed{answer->status, {}, answer->body};
  for (const HttpHeader& header : answer->headers) {
    if (header.name != "content-length" && header.name != "connection" &&
        header.name != "transfer-encoding")
      passed.headers.emplace_back(header.name, header.value);
  }
  return passed;
}

void FaultProxy::forward_later(const ReceivedRequest& request) {
  const std::lock_guard lock(mutex_);
  late_.emplace_back([this, request] {
    std::this_thread::sleep_for(kMuchLater);
    static_cast<void>(forward(request));
  });
}

}  // namespace cemli::test
