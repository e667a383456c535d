#include "reconciler/report/plan_markdown.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "reconciler/report/request_text.h"
#include "tests/reconciler/plan/states.h"
#include "tests/reconciler/report/recorded_samples.h"
#include "tests/support/golden.h"

namespace cemli {
namespace {

using Catch::Matchers::Contains;
using test::at;
using test::check_golden;
using test::desired_of;
using test::identity_of;
using test::only;
using test::package_of;
using test::planned;
using test::recorded_of;
using test::success_of;

constexpr std::size_t kLimit = 65'536;

const MarkdownFrame kFrame{"cemli plan --base main --head topic", comment_marker("")};

std::size_t occurrences(std::string_view text, std::string_view of) {
  std::size_t count = 0;
  for (std::size_t i = text.find(of); i != std::string_view::npos; i = text.find(of, i + 1))
    ++count;
  return count;
}

/// What is left of Markdown once code is taken out: what a forge looks for markup in.
std::string outside_code(std::string_view text) {
  std::string left;
  while (!text.empty()) {
    const std::size_t begin = text.find('`');
    left += text.substr(0, begin);
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    const std::size_t length = std::min(text.find_first_not_of('`'), text.size());
    const std::string fence(length, '`');
    std::size_t end = length;
    for (;;) {
      end = text.find(fence, end);
      if (end == std::string_view::npos) return left + "UNCLOSED " + std::string(text);
      const std::size_t run = text.find_first_not_of('`', end);
      const std::size_t after = run == std::string_view::npos ? text.size() : run;
      if (after - end == length) {
        text.remove_prefix(after);
        break;
      }
      end = after;
    }
  }
  return left;
}

Plan request_head() {
  return planned(desired_of({package_of(identity_of("gl-base", "1.3.0")),
                             package_of(identity_of("l10n[FR]", "2.0.0"), {"gl-base"}),
                             package_of(identity_of("pending", "1.0.0"))}),
                 recorded_of({{at("gl-base"), success_of(identity_of("gl-base", "1.2.0"))},
                              {at("l10n[FR]"), success_of(identity_of("l10n[FR]", "2.0.0"))}}));
}

Plan request_base() {
  return planned(desired_of({package_of(identity_of("gl-base", "1.2.0")),
                             package_of(identity_of("l10n[FR]", "2.1.0"), {"gl-base"}),
                             package_of(identity_of("pending", "1.0.0"))}),
                 recorded_of({{at("gl-base"), success_of(identity_of("gl-base", "1.2.0"))},
                              {at("l10n[FR]"), success_of(identity_of("l10n[FR]", "2.0.0"))}}));
}

/// One environment that changes, one that is new and refused, one that is wrong, one that goes.
ChangeRequest sample_request() {
  ChangeRequest request{"main", "a3f2a91c0d1e27b7d1f0c9a8", "promote/prod",
                        "3f2a91c0d1e27b7d1f0c9a8b7"};
  const Plan base = request_base();
  RequestedEnvironment prod{"prod", false, make_request_plan(&base, request_head())};
  std::get<RequestPlan>(prod.outcome).changes_policy = true;
  RequestedEnvironment fresh{"uat", true, make_request_plan(nullptr, test::release_plan())};
  std::get<RequestPlan>(fresh.outcome).plan.environment = "uat";
  fresh.notes.push_back("nothing was ever recorded");
  request.environments = {std::move(fresh),
                          std::move(prod),
                          {"test", false,
                           Error(ErrorCode::invalid_input,
                                 "environments/test.yaml:3:1: unknown key 'pakages'; did you mean "
                                 "'packages'?\nenvironments/test.yaml:9:1: another")
                               .with_hint("cemli validate -e test")},
                          {"old", false, RequestedEnvironment::Removed{}}};
  request.untouched = 3;
  return request;
}

/// A plan of `count` packages that are all to be run, each with a long name.
Plan large_plan(int count, const std::string& name) {
  std::vector<DesiredPackage> packages;
  for (int i = 0; i < count; ++i)
    packages.push_back(
        package_of(identity_of("a-package-with-a-long-name-" + std::to_string(i), "1.0.0")));
  Plan plan = planned(desired_of(packages), recorded_of({}));
  plan.environment = name;
  return plan;
}

TEST_CASE("a plan reads as a comment") {
  check_golden("plan_markdown.md", plan_markdown(test::release_plan(), {"cemli plan -e prod"}));
}

TEST_CASE("a request reads as a comment") {
  check_golden("request_markdown.md", request_markdown(sample_request(), kFrame));
}

TEST_CASE("a request reads as text") {
  check_golden("request_text.txt", request_text(sample_request(), TextStyle{}));
}

TEST_CASE("a request is told as JSON") {
  const std::string text = request_json(sample_request());
  CHECK(nlohmann::json::accept(text));
  check_golden("request.json", text);
}

TEST_CASE("a request that touches nothing says so") {
  ChangeRequest request{"main", "aaaa", "topic", "bbbb"};
  request.untouched = 2;
  CHECK(request_markdown(request, kFrame) ==
        "<!-- cemli plan -->\n### cemli plan\n\nMerging `topic` (`bbbb`) into `main` (`aaaa`) "
        "touches no environment.\n");
  CHECK(request_text(request, TextStyle{}) ==
        "Merging topic (bbbb) into main (aaaa) touches no environment: the 2 that are there stay "
        "as they are.\n");
}

TEST_CASE("a plan of any size fits into a comment, and says what is left out") {
  for (const int count : {1, 100, 500, 2000, 5000}) {
    const std::string text = plan_markdown(large_plan(count, "prod"), {"cemli plan -e prod"});
    CHECK(text.size() <= kLimit);
    CHECK(occurrences(text, "<details>") == occurrences(text, "</details>"));
    CHECK(outside_code(text).find("UNCLOSED") == std::string::npos);
    CHECK((text.find(" more lines are left out.") != std::string::npos) == (count >= 2000));
    CHECK((text.find("```text\ncemli plan -e prod\n```") != std::string::npos) == (count >= 2000));
  }
}

TEST_CASE("a request of many environments fits into a comment, each with its row") {
  for (const int environments : {1, 30, 90, 400}) {
    ChangeRequest request{"main", "aaaa", "topic", "bbbb"};
    for (int i = 0; i < environments; ++i) {
      const std::string name = "environment-" + std::to_string(i);
      request.environments.push_back(
          {name, false, make_request_plan(nullptr, large_plan(60, name))});
    }
    const std::string text = request_markdown(request, kFrame);
    CAPTURE(environments);
    CHECK(text.size() <= kLimit);
    CHECK(occurrences(text, "<details>") == occurrences(text, "</details>"));
    CHECK(outside_code(text).find("UNCLOSED") == std::string::npos);
    if (environments <= 90)
      CHECK(occurrences(text, "\n| environment-") == request.environments.size());
    if (environments >= 30) CHECK_THAT(text, Contains("no room for all of"));
  }
}

TEST_CASE("nothing that others wrote is markup, a mention or a link") {
  const std::string evil =
      "@jane `x` ``` </details> <img src=x onerror=alert(1)> [a](http://evil.example) #1 !2 "
      "| a | b |\n/merge\n--> <!-- **bold** \u202E http://evil.example";
  Plan plan = request_head();
  for (Action& action : plan.actions) {
    action.kind = ActionKind::blocked;
    action.reasons = {Reason{"failed_before",
                             {{"version", evil}},
                             {{"run", evil}, {"summary", evil}, {"who", evil}, {"why", evil}}}};
  }
  plan.refusals.assign(3, Refusal{evil, at("gl-base"), evil, evil});
  plan.floating = {{"gl-base", "1.3.0", evil}};
  ChangeRequest request{evil, "aaaa", "refs/heads/" + evil, "bbbb"};
  request.environments = {{"prod", false, make_request_plan(nullptr, plan), {evil}},
                          {"test", false, Error(ErrorCode::corrupt, evil).with_hint(evil)}};
  const MarkdownFrame frame{"cemli plan --base '" + evil + "'", comment_marker("prod"), 8'000};
  for (const std::string& text : {request_markdown(request, frame), plan_markdown(plan, frame)}) {
    CHECK(text.size() <= frame.most);
    const std::string left = outside_code(text);
    INFO(left);
    for (const char* word : {"@", "evil", "<img", "alert", "**bold**", "/merge", "[a]", "#1", "!2",
                             "UNCLOSED", "\u202E"})
      CHECK(left.find(word) == std::string::npos);
    CHECK(occurrences(left, "-->") == 1);
    CHECK(occurrences(left, "<details>") == occurrences(left, "</details>"));
  }
}

TEST_CASE("a comment is found again by its first line") {
  CHECK(comment_marker("") == "<!-- cemli plan -->");
  CHECK(comment_marker("prod") == "<!-- cemli plan prod -->");
  CHECK(request_markdown(sample_request(), kFrame).starts_with("<!-- cemli plan -->\n"));
}

}  // namespace
}  // namespace cemli
