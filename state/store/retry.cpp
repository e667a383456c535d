#include "state/store/retry.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <random>
#include <string>
#include <utility>

#include "state/base/clock.h"

namespace cemli {

using std::chrono::milliseconds;

bool RetryBudget::take() {
  if (taken_.fetch_add(1) < most_) return true;
  taken_.fetch_sub(1);
  return false;
}

bool is_worth_retrying(const Result<HttpResponse>& answer, const RetryPolicy& policy) {
  if (!answer) return answer.error().code() == ErrorCode::unavailable;
  const int status = answer->status;
  if (status == 408 || status == 429 || status >= 500) return true;
  return policy.also_retried && policy.also_retried(*answer);
}

std::optional<milliseconds> retry_after(const HttpResponse& response) {
  const std::string* text = response.header("retry-after");
  if (text == nullptr) return std::nullopt;
  constexpr int kDay = 86'400;
  int seconds = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (error == std::errc() && end == text->data() + text->size() && seconds >= 0)
    return std::chrono::seconds(std::min(seconds, kDay));
  const std::string* date = response.header("date");
  const auto until = parse_http_date(*text);
  const auto now = date ? parse_http_date(*date) : std::nullopt;
  if (!until || !now || *until < *now) return std::nullopt;
  return *until - *now;
}

milliseconds pause_after(int attempt, double chance, std::optional<milliseconds> asked,
                         const RetryPolicy& policy) {
  milliseconds whole = policy.first_pause;
  for (int i = 1; i < attempt && whole < policy.longest_pause; ++i) whole *= 2;
  whole = std::min(whole, policy.longest_pause);
  const milliseconds pause =
      whole / 2 + milliseconds(static_cast<std::int64_t>(
                      chance * static_cast<double>((whole - whole / 2).count())));
  return std::max(pause, asked.value_or(milliseconds(0)));
}

namespace {

/// Errors of the transfer name their request themselves.
std::string describe_failure(const std::string& request, const Result<HttpResponse>& answer) {
  if (!answer) return answer.error().message();
  return fmt::format("{} was answered {}{}", request, answer->status, describe_request_id(*answer));
}

/// The requests of one call that have no final answer yet.
class Rounds {
 public:
  Rounds(HttpClient& client, std::span<const ComposeRequest> requests, const RetryPolicy& policy,
         const RetrySurroundings& surroundings)
      : client_(client), requests_(requests), policy_(policy), surroundings_(surroundings) {
    for (std::size_t i = 0; i < requests.size(); ++i) open_.push_back(i);
    answers_.resize(requests.size());
    names_.resize(requests.size());
  }

  std::vector<Result<HttpResponse>> run() {
    const BootTime start = boot_now();
    for (int attempt = 1; !open_.empty(); ++attempt) {
      send_open();
      if (attempt == policy_.most_attempts) break;
      keep_what_is_worth_retrying();
      if (open_.empty()) break;
      const milliseconds pause = choose_pause(attempt);
      if (boot_now() - start + pause > policy_.patience) break;
      std::erase_if(open_, [this](std::size_t) { return !surroundings_.budget.take(); });
      if (open_.empty()) break;
      tell(pause);
      surroundings_.sleep(pause);
    }
    std::vector<Result<HttpResponse>> answers;
    for (auto& answer : answers_) answers.push_back(*std::move(answer));
    return answers;
  }

 private:
  void send_open() {
    std::vector<HttpRequest> composed;
    std::vector<std::size_t> places;
    for (const std::size_t place : open_) {
      auto request = requests_[place]();
      if (!request) {
        answers_[place] = std::move(request).error();
        continue;
      }
      names_[place] = describe_request(*request);
      spdlog::trace("{}", names_[place]);
      composed.push_back(*std::move(request));
      places.push_back(place);
    }
    auto answers = client_.send_all(composed);
    for (std::size_t i = 0; i < places.size(); ++i) answers_[places[i]] = std::move(answers[i]);
    open_ = std::move(places);
  }

  void keep_what_is_worth_retrying() {
    std::erase_if(
        open_, [this](std::size_t place) { return !is_worth_retrying(*answers_[place], policy_); });
  }

  void tell(milliseconds pause) const {
    for (const std::size_t place : open_)
      spdlog::debug("{}; it is sent again in {} ms",
                    describe_failure(names_[place], *answers_[place]), pause.count());
  }

  milliseconds choose_pause(int attempt) {
    std::optional<milliseconds> asked;
    for (const std::size_t place : open_) {
      const auto& answer = *answers_[place];
      if (!answer) continue;
      if (const auto wish = retry_after(*answer)) asked = std::max(asked.value_or(*wish), *wish);
    }
    std::uniform_real_distribution<double> chance(0, 1);
    return pause_after(attempt, chance(random_), asked, policy_);
  }

  HttpClient& client_;
  std::span<const ComposeRequest> requests_;
  const RetryPolicy& policy_;
  const RetrySurroundings& surroundings_;
  std::vector<std::size_t> open_;
  std::vector<std::optional<Result<HttpResponse>>> answers_;
  std::vector<std::string> names_;  ///< of the requests, for messages
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace

std::vector<Result<HttpResponse>> send_with_retries(HttpClient& client,
                                                    std::span<const ComposeRequest> requests,
                                                    const RetryPolicy& policy,
                                                    const RetrySurroundings& surroundings) {
  return Rounds(client, requests, policy, surroundings).run();
}

}  // namespace cemli
