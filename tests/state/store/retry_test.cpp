#include "state/store/retry.h"

#include <catch2/catch.hpp>

#include "tests/support/http_server.h"

namespace cemli {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using test::HttpServer;
using test::ReceivedRequest;
using test::ScriptedAnswer;

HttpResponse with_status(int status) {
  return HttpResponse{status, {}, {}};
}

HttpResponse asking(const std::string& retry_after_value) {
  return {503, {{"date", "Thu, 26 Nov 2026 07:00:00 GMT"}, {"retry-after", retry_after_value}}, {}};
}

/// One call of a client, with what it waited.
struct Call {
  RetryBudget budget{100};
  std::vector<milliseconds> pauses = {};
  RetryPolicy policy = {};
  HttpClient client{{}};

  std::vector<Result<HttpResponse>> send(const std::vector<std::string>& urls) {
    std::vector<ComposeRequest> requests;
    for (const std::string& url : urls)
      requests.push_back([url]() -> Result<HttpRequest> { return HttpRequest{"GET", url}; });
    return send_with_retries(client, requests, policy,
                             {budget, [this](milliseconds pause) { pauses.push_back(pause); }});
  }
};

}  // namespace

TEST_CASE("what may have another answer soon is retried, and nothing else") {
  const RetryPolicy policy;
  for (const int status : {408, 429, 500, 502, 503, 504})
    CHECK(is_worth_retrying(with_status(status), policy));
  for (const int status : {200, 201, 304, 400, 401, 403, 404, 409, 412})
    CHECK_FALSE(is_worth_retrying(with_status(status), policy));
  CHECK(is_worth_retrying(Error(ErrorCode::unavailable, "reset"), policy));
  CHECK_FALSE(is_worth_retrying(Error(ErrorCode::denied, "certificate"), policy));
  RetryPolicy own;
  own.also_retried = [](const HttpResponse& response) { return response.status == 409; };
  CHECK(is_worth_retrying(with_status(409), own));
  CHECK_FALSE(is_worth_retrying(with_status(412), own));
}

TEST_CASE("pauses double up to the longest, half of each is by chance") {
  RetryPolicy policy;
  policy.first_pause = 100ms;
  policy.longest_pause = 1s;
  CHECK(pause_after(1, 1, std::nullopt, policy) == 100ms);
  CHECK(pause_after(1, 0, std::nullopt, policy) == 50ms);
  CHECK(pause_after(3, 0.5, std::nullopt, policy) == 300ms);
  CHECK(pause_after(5, 1, std::nullopt, policy) == 1s);
  CHECK(pause_after(1000, 1, std::nullopt, policy) == 1s);
}

TEST_CASE("a service that asks for a pause has it") {
  CHECK(retry_after(asking("3")) == 3s);
  CHECK(retry_after(asking("Thu, 26 Nov 2026 07:00:05 GMT")) == 5s);
  CHECK_FALSE(retry_after(asking("Thu, 26 Nov 2026 06:00:00 GMT")));
  CHECK_FALSE(retry_after(asking("soon")));
  CHECK_FALSE(retry_after(asking("-3")));
  CHECK_FALSE(retry_after(with_status(503)));
  CHECK(pause_after(1, 0, 3s, {}) == 3s);
  CHECK(pause_after(8, 1, 1ms, {}) > 1s);
}

TEST_CASE("a request is sent until its answer is final, others are not sent again") {
  HttpServer server([calls = 0](const ReceivedRequest& request) mutable {
    if (request.target == "/good") return ScriptedAnswer{200, {}, "good"};
    return ++calls < 3 ? ScriptedAnswer{503} : ScriptedAnswer{404, {}, "final"};
  });
  Call call;
  const auto answers = call.send({server.url() + "/good", server.url() + "/shaky"});
  REQUIRE(answers.at(0));
  CHECK(answers[0]->body == "good");
  REQUIRE(answers.at(1));
  CHECK(answers[1]->body == "final");
  CHECK(server.received().size() == 4);
  CHECK(call.budget.taken() == 2);
  REQUIRE(call.pauses.size() == 2);
  CHECK(call.pauses[1] >= call.pauses[0]);
}

TEST_CASE("a lost connection is retried") {
  HttpServer server([calls = 0](const ReceivedRequest&) mutable {
    ScriptedAnswer answer;
    if (++calls == 1) answer.fault = ScriptedAnswer::Fault::drop;
    return answer;
  });
  Call call;
  CHECK(call.send({server.url()}).at(0));
  CHECK(call.pauses.size() == 1);
}

TEST_CASE("retries end with the attempts, the patience or the budget, with the last answer") {
  std::string wanted_pause = "0";
  HttpServer server([&](const ReceivedRequest&) {
    return ScriptedAnswer{503, {{"Retry-After", wanted_pause}}};
  });
  Call call;
  std::size_t sent = 1;
  SECTION("attempts") {
    call.policy.most_attempts = 3;
    sent = 3;
  }
  SECTION("patience") {
    wanted_pause = "3600";
  }
  SECTION("budget") {
    CHECK_FALSE(RetryBudget(0).take());
    for (int i = 0; i < 98; ++i) REQUIRE(call.budget.take());
    sent = 3;
  }
  const auto answers = call.send({server.url()});
  REQUIRE(answers.at(0));
  CHECK(answers[0]->status == 503);
  CHECK(server.received().size() == sent);
}

TEST_CASE("a request that cannot be made is an error, and the others are sent") {
  HttpServer server([](const ReceivedRequest&) { return ScriptedAnswer{200}; });
  Call call;
  const std::vector<ComposeRequest> requests{
      [] { return Result<HttpRequest>(Error(ErrorCode::denied, "no key")); },
      [&] {
        return Result<HttpRequest>(HttpRequest{"GET", server.url()});
      }};
  const auto answers = send_with_retries(call.client, requests, {}, {call.budget, [](auto) {}});
  CHECK(answers.at(0).error().message() == "no key");
  CHECK(answers.at(1));
}

}  // namespace cemli
