#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "state/base/result.h"
#include "state/store/http.h"

namespace cemli {

/// How long, and after which answers, a request is sent again.
struct RetryPolicy {
  int most_attempts = 8;
  std::chrono::milliseconds first_pause{100};
  std::chrono::milliseconds longest_pause{10'000};
  /// No attempt starts later than this after the first.
  std::chrono::milliseconds patience{60'000};
  /// Answers of one service that are retried beside those that all are.
  std::function<bool(const HttpResponse&)> also_retried = {};
};

/// How often all stores of a run may ask again, and how often they have: a service that is down
/// must not be asked a thousand times by a thousand packages. Shared by threads.
class RetryBudget {
 public:
  explicit RetryBudget(std::uint64_t most) : most_(most) {}

  /// Whether one more retry may be made; counts it.
  [[nodiscard]] bool take();
  /// Retries made so far.
  [[nodiscard]] std::uint64_t taken() const { return taken_; }

 private:
  const std::uint64_t most_;
  std::atomic<std::uint64_t> taken_ = 0;
};

/// Whether the same request may have another answer soon: after `unavailable`, 408, 429, 5xx, and
/// what the policy adds.
[[nodiscard]] bool is_worth_retrying(const Result<HttpResponse>& answer, const RetryPolicy& policy);

/// How long the service asks to be left alone: seconds, or a date that counts from its own `Date`.
[[nodiscard]] std::optional<std::chrono::milliseconds> retry_after(const HttpResponse& response);

/// The pause after the attempt of that number (from 1): doubling, and of that a part between a half
/// and the whole as `chance` (from 0 to 1) says, so that many clients do not come back together;
/// never less than what the service asked for.
[[nodiscard]] std::chrono::milliseconds pause_after(int attempt, double chance,
                                                    std::optional<std::chrono::milliseconds> asked,
                                                    const RetryPolicy& policy);

/// Makes a request anew for each attempt, as a signature holds the time it was made at.
using ComposeRequest = std::function<Result<HttpRequest>()>;

/// What retries share and wait with.
struct RetrySurroundings {
  RetryBudget& budget;
  std::function<void(std::chrono::milliseconds)> sleep;
};

/// Sends the requests side by side, and those again whose answers are worth retrying, until the
/// policy or the budget ends. The last answers come back, whatever they are.
[[nodiscard]] std::vector<Result<HttpResponse>> send_with_retries(
    HttpClient& client, std::span<const ComposeRequest> requests, const RetryPolicy& policy,
    const RetrySurroundings& surroundings);

}  // namespace cemli
