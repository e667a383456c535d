#include "reconciler/forge/forge.h"

#include <catch2/catch.hpp>

#include "tests/support/forge_server.h"

namespace cemli {
namespace {

using Catch::Matchers::Contains;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::ForgeServer;
using test::ReceivedRequest;
using test::ScriptedAnswer;
using IfAbsent = KeptComment::IfAbsent;

constexpr const char* kMarker = "<!-- cemli plan prod -->";

/// A client of a forge that waits without taking time.
struct Asked {
  std::vector<milliseconds> waits = {};
  std::unique_ptr<Forge> forge = {};

  explicit Asked(ForgeServer& server, ForgeKind kind,
                 const std::string& token = ForgeServer::kToken) {
    const bool is_github = kind == ForgeKind::github;
    const HttpHeader header = is_github ? HttpHeader{"Authorization", "Bearer " + token}
                                        : HttpHeader{"PRIVATE-TOKEN", token};
    forge = make_forge({kind, server.api(), is_github ? ForgeServer::kRepository : "77"},
                       {std::make_shared<HttpClient>(HttpSettings{}), header,
                        [this](milliseconds time) { waits.push_back(time); }});
  }

  std::optional<std::string> comment(const std::string& text, IfAbsent if_absent = IfAbsent::add) {
    auto written = write(text, if_absent);
    INFO((written ? "" : written.error().message()));
    REQUIRE(written);
    return *std::move(written);
  }
  Result<std::optional<std::string>> write(const std::string& text,
                                           IfAbsent if_absent = IfAbsent::add) const {
    return forge->write_comment(
        {ForgeServer::kRequest, kMarker, kMarker + ("\n" + text), if_absent});
  }
};

Error refusal(const Asked& asked, const std::string& text) {
  auto written = asked.write(text);
  REQUIRE_FALSE(written);
  return std::move(written).error();
}

const NewRequest kPromotion{"Promote", "what and why", "promote/prod", "main"};

ForgeServer::Interruption once(std::string method, ScriptedAnswer answer) {
  return [method = std::move(method), answer = std::move(answer),
          left = 1](const ReceivedRequest& request) mutable -> std::optional<ScriptedAnswer> {
    if (request.method != method || left-- <= 0) return std::nullopt;
    return answer;
  };
}

ForgeServer::Interruption always(std::string method, ScriptedAnswer answer) {
  return [method = std::move(method), answer = std::move(answer)](
             const ReceivedRequest& request) -> std::optional<ScriptedAnswer> {
    return request.method == method ? std::optional(answer) : std::nullopt;
  };
}

struct Place {
  ForgeServer::Kind server;
  ForgeKind client;
};
const Place kGithub{ForgeServer::Kind::github, ForgeKind::github};
const Place kGitlab{ForgeServer::Kind::gitlab, ForgeKind::gitlab};

}  // namespace

TEST_CASE("a comment is added once and then kept up to date") {
  const Place place = GENERATE(kGithub, kGitlab);
  ForgeServer server(place.server);
  server.comment_as({9, "jane"}, "looks good");
  Asked asked(server, place.client);
  CHECK(asked.comment("one"));
  CHECK(asked.comment("two"));
  CHECK(asked.comment("two"));
  const auto comments = server.comments();
  REQUIRE(comments.size() == 2);
  CHECK(comments[1].body == std::string(kMarker) + "\ntwo");
}

TEST_CASE("where a comment is, is told") {
  ForgeServer github(ForgeServer::Kind::github);
  CHECK(Asked(github, ForgeKind::github).comment("x") ==
        "https://github.example/acme/erp/pull/7#issuecomment-100");
  ForgeServer gitlab(ForgeServer::Kind::gitlab);
  CHECK(Asked(gitlab, ForgeKind::gitlab).comment("x") == "note 100 on merge request !7");
}

TEST_CASE("a comment that says nothing new is not begun, but an old one is changed") {
  const Place place = GENERATE(kGithub, kGitlab);
  ForgeServer server(place.server);
  Asked asked(server, place.client);
  CHECK_FALSE(asked.comment("nothing", IfAbsent::leave));
  CHECK(server.comments().empty());
  CHECK(asked.comment("one"));
  CHECK(asked.comment("nothing", IfAbsent::leave));
  CHECK(server.comments().front().body == std::string(kMarker) + "\nnothing");
}

TEST_CASE("a comment is found behind many others") {
  const Place place = GENERATE(kGithub, kGitlab);
  ForgeServer server(place.server);
  server.set_page_size(3);
  for (int i = 0; i < 10; ++i) server.comment_as({9, "jane"}, "comment " + std::to_string(i));
  Asked asked(server, place.client);
  CHECK(asked.comment("one"));
  server.comment_as({9, "jane"}, "thanks");
  CHECK(asked.comment("two"));
  CHECK(server.comments().size() == 12);
}

TEST_CASE("a comment that somebody else wrote with the marker is left alone") {
  const Place place = GENERATE(kGithub, kGitlab);
  ForgeServer server(place.server);
  const std::string forged = std::string(kMarker) + "\nall is well";
  server.comment_as({666, "mallory"}, forged);
  Asked asked(server, place.client);
  CHECK(asked.comment("one"));
  CHECK(asked.comment("two"));
  const auto comments = server.comments();
  REQUIRE(comments.size() == 2);
  CHECK(comments[0].body == forged);
  CHECK(comments[1].body == std::string(kMarker) + "\ntwo");
}

TEST_CASE("a workflow's token, which may not ask who it is, keeps a program's comment") {
  ForgeServer server(ForgeServer::Kind::github, ForgeServer::Token::of_workflow);
  server.comment_as({666, "mallory"}, kMarker);
  Asked asked(server, ForgeKind::github);
  CHECK(asked.comment("one"));
  CHECK(asked.comment("two"));
  CHECK(server.comments().size() == 2);
}

TEST_CASE("a comment whose answer was lost is not added again") {
  const Place place = GENERATE(kGithub, kGitlab);
  ForgeServer server(place.server);
  const auto fault =
      GENERATE(ScriptedAnswer{502}, ScriptedAnswer{200, {}, "", ScriptedAnswer::Fault::drop});
  server.interrupt(once("POST", fault), ForgeServer::When::after);
  Asked asked(server, place.client);
  CHECK(asked.comment("one"));
  CHECK(server.comments().size() == 1);
}

TEST_CASE("a comment that was refused for a moment is added then") {
  ForgeServer server(ForgeServer::Kind::github);
  server.interrupt(once("POST", ScriptedAnswer{503}));
  CHECK(Asked(server, ForgeKind::github).comment("one"));
  CHECK(server.comments().size() == 1);
}

TEST_CASE("a change that was lost on the way is sent again") {
  const Place place = GENERATE(kGithub, kGitlab);
  ForgeServer server(place.server);
  Asked asked(server, place.client);
  CHECK(asked.comment("one"));
  server.interrupt(once(place.client == ForgeKind::github ? "PATCH" : "PUT",
                        {200, {}, "", ScriptedAnswer::Fault::drop}));
  CHECK(asked.comment("two"));
  CHECK(server.comments().front().body == std::string(kMarker) + "\ntwo");
}

/// GitHub's answer at 18:00 to who has asked too often, with the second from which it is asked
/// again.
ScriptedAnswer limited_until(const std::string& second) {
  return {403,
          {{"Date", "Thu, 26 Nov 2026 18:00:00 GMT"},
           {"x-ratelimit-remaining", "0"},
           {"x-ratelimit-reset", second}},
          R"({"message": "API rate limit exceeded"})"};
}

TEST_CASE("a short rate limit is waited for, as long as the forge says") {
  ForgeServer server(ForgeServer::Kind::github);
  server.interrupt(once("POST", limited_until("1795716045")));
  Asked asked(server, ForgeKind::github);
  CHECK(asked.comment("one"));
  CHECK(asked.waits == std::vector<milliseconds>{seconds(46)});
}

TEST_CASE("a long rate limit is told, and is no missing permission") {
  ForgeServer server(ForgeServer::Kind::github);
  server.interrupt(always("GET", limited_until("1795719600")));
  Asked asked(server, ForgeKind::github);
  const Error error = refusal(asked, "one");
  CHECK(error.code() == ErrorCode::unavailable);
  CHECK(error.hint() == "this token has asked too often; it may ask again in 3600 s");
  CHECK(asked.waits.empty());
}

TEST_CASE("a missing permission is told with what would give it") {
  ForgeServer server(ForgeServer::Kind::github);
  server.interrupt(
      always("POST", {403, {}, R"({"message": "Resource not accessible by integration"})"}));
  const Error error = refusal(Asked(server, ForgeKind::github), "one");
  CHECK(error.code() == ErrorCode::denied);
  CHECK_THAT(error.message(), Contains("HTTP 403: Resource not accessible by integration"));
  CHECK_THAT(error.hint().value_or(""), Contains("pull-requests: write"));
}

TEST_CASE("a wrong token is told and never shown") {
  const Place place = GENERATE(kGithub, kGitlab);
  ForgeServer server(place.server);
  const std::string wrong = "tok_WRONGwrongWRONG";
  // A proxy that tells all it was sent.
  server.interrupt(
      always("GET", {401, {}, R"({"message": "no: tok_WRONGwrongWRONG\n\u001b[2J"})"}));
  const Error error = refusal(Asked(server, place.client, wrong), "one");
  CHECK(error.code() == ErrorCode::denied);
  CHECK_THAT(error.message(), Contains("HTTP 401: no: ***") && !Contains(wrong));
  CHECK_THAT(error.message(), !Contains("\n") && !Contains("\x1b"));
}

TEST_CASE("a request that is not there is told") {
  const Place place = GENERATE(kGithub, kGitlab);
  ForgeServer server(place.server);
  Asked asked(server, place.client);
  const auto written = asked.forge->write_comment({8, kMarker, kMarker});
  REQUIRE_FALSE(written);
  CHECK(written.error().code() == ErrorCode::not_found);
}

TEST_CASE("a text that is too long is refused by the forge, and told") {
  ForgeServer server(ForgeServer::Kind::github);
  const Error error = refusal(Asked(server, ForgeKind::github), std::string(kMostInComment, 'x'));
  CHECK(error.code() == ErrorCode::invalid_input);
  CHECK_THAT(error.message(), Contains("maximum is 65536 characters"));
}

TEST_CASE("a list that goes on elsewhere is not followed, as the token would go along") {
  ForgeServer server(ForgeServer::Kind::github);
  server.interrupt([](const ReceivedRequest& request) -> std::optional<ScriptedAnswer> {
    if (request.target.find("/comments") == std::string::npos) return std::nullopt;
    return ScriptedAnswer{200, {{"Link", "<https://evil.example/c?page=2>; rel=\"next\""}}, "[]"};
  });
  const Error error = refusal(Asked(server, ForgeKind::github), "one");
  CHECK(error.code() == ErrorCode::denied);
  CHECK_THAT(error.message(), Contains("https://evil.example/c?page=2"));
}

TEST_CASE("an answer that is not what the forge documents is an error") {
  const Place place = GENERATE(kGithub, kGitlab);
  ForgeServer server(place.server);
  const std::string body = GENERATE(as<std::string>{}, "<html>", "{}", "[1, {\"body\": 7}]", "");
  server.interrupt(always("GET", {200, {}, body}));
  CHECK_FALSE(Asked(server, place.client).write("one"));
}

TEST_CASE("a token goes over an encrypted connection alone") {
  ForgeSurroundings surroundings{
      std::make_shared<HttpClient>(HttpSettings{}), {"PRIVATE-TOKEN", "x"}, [](milliseconds) {}};
  const auto forge =
      make_forge({ForgeKind::gitlab, "http://gitlab.acme.example/api/v4", "77"}, surroundings);
  const auto written = forge->write_comment({7, kMarker, kMarker});
  REQUIRE_FALSE(written);
  CHECK_THAT(written.error().message(), Contains("without encryption"));
}

TEST_CASE("a request is opened once for a branch") {
  const Place place = GENERATE(kGithub, kGitlab);
  ForgeServer server(place.server);
  Asked asked(server, place.client);
  const auto opened = asked.forge->open_request(kPromotion);
  REQUIRE(opened);
  CHECK(opened->fate == OpenedRequest::Fate::opened);
  CHECK(opened->number == 20);
  CHECK_THAT(opened->address, Contains("https://") && Contains("/20"));
  const auto again = asked.forge->open_request(kPromotion);
  REQUIRE(again);
  CHECK(*again == OpenedRequest{opened->number, opened->address, OpenedRequest::Fate::was_open});
  const auto requests = server.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].title == "Promote");
  CHECK(requests[0].body == "what and why");
  CHECK(requests[0].branch == "promote/prod");
  CHECK(requests[0].base == "main");
}

TEST_CASE("a request that somebody opened at the same moment is found") {
  const Place place = GENERATE(kGithub, kGitlab);
  ForgeServer server(place.server);
  Asked other(server, place.client);
  REQUIRE(other.forge->open_request(kPromotion));
  // The first look comes before the other's request is there to be seen.
  server.interrupt(once("GET", {200, {}, "[]"}));
  const auto opened = Asked(server, place.client).forge->open_request(kPromotion);
  REQUIRE(opened);
  CHECK(opened->fate == OpenedRequest::Fate::was_open);
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a request whose opening was not answered is not opened again") {
  const Place place = GENERATE(kGithub, kGitlab);
  ForgeServer server(place.server);
  server.interrupt(once("POST", ScriptedAnswer{504}), ForgeServer::When::after);
  REQUIRE(Asked(server, place.client).forge->open_request(kPromotion));
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a request that is refused is told with the forge's words") {
  ForgeServer server(ForgeServer::Kind::github);
  server.interrupt(
      always("POST", {422, {}, R"({"message": "Validation Failed", "errors": [{"code": "custom",
                            "message": "No commits between main and promote/prod"}]})"}));
  const auto opened = Asked(server, ForgeKind::github).forge->open_request(kPromotion);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code() == ErrorCode::invalid_input);
  CHECK_THAT(opened.error().message(),
             Contains("Validation Failed; No commits between main and promote/prod"));
}

}  // namespace cemli
