#include "reconciler/forge/forge_sender.h"

#include <catch2/catch.hpp>

namespace cemli {
namespace {

using std::chrono::seconds;

HttpResponse answer(int status, std::vector<HttpHeader> headers, std::string body = "{}") {
  return {status, std::move(headers), std::move(body)};
}

const HttpHeader kDate{"date", "Thu, 26 Nov 2026 18:00:00 GMT"};

TEST_CASE("asked too often is told apart from may not") {
  CHECK(is_rate_limited(answer(429, {})));
  CHECK(is_rate_limited(answer(403, {{"retry-after", "30"}})));
  CHECK(is_rate_limited(answer(403, {{"x-ratelimit-remaining", "0"}})));
  CHECK(is_rate_limited(
      answer(403, {}, R"({"message": "You have exceeded a secondary rate limit."})")));
  CHECK_FALSE(is_rate_limited(answer(403, {{"x-ratelimit-remaining", "4000"}},
                                     R"({"message": "Resource not accessible"})")));
  CHECK_FALSE(is_rate_limited(answer(404, {{"x-ratelimit-remaining", "0"}})));
}

TEST_CASE("how long to wait is what the forge says") {
  CHECK(rate_limit_wait(answer(429, {{"retry-after", "30"}})) == seconds(30));
  // 18:00:45 UTC of that day.
  CHECK(rate_limit_wait(answer(403, {kDate, {"x-ratelimit-reset", "1795716045"}})) == seconds(45));
  CHECK(rate_limit_wait(answer(429, {kDate, {"ratelimit-reset", "1795716045"}})) == seconds(45));
  CHECK(rate_limit_wait(answer(403, {kDate, {"x-ratelimit-reset", "1"}})) == seconds(0));
  CHECK_FALSE(rate_limit_wait(answer(403, {{"x-ratelimit-reset", "1795716045"}})));
  CHECK_FALSE(rate_limit_wait(answer(403, {kDate, {"x-ratelimit-reset", "soon"}})));
}

TEST_CASE("the next page is the one that the header calls so") {
  CHECK(next_page(answer(200, {{"link",
                                "<https://x/c?page=1>; rel=\"prev\", <https://x/c?page=3>; "
                                "rel=\"next\", <https://x/c?page=9>; rel=\"last\""}})) ==
        "https://x/c?page=3");
  CHECK_FALSE(next_page(answer(200, {{"link", "<https://x/c?page=1>; rel=\"prev\""}})));
  CHECK_FALSE(next_page(answer(200, {{"link", "<https://x/c"}})));
  CHECK_FALSE(next_page(answer(200, {})));
}

}  // namespace
}  // namespace cemli
