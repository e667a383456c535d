#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"
#include "tests/support/forge_server.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;

constexpr const char* kWords = "plan --base main --head topic --comment";

/// A repository with a request, and the variables that a pipeline of the forge has.
class Pipeline {
 public:
  explicit Pipeline(ForgeServer::Kind kind, ForgeServer::Token token = ForgeServer::Token::of_user)
      : server(kind, token) {
    sandbox.publish({{"base", "1.0.0"}, {"base", "1.1.0"}});
    sandbox.desire("base: 1.0.0");
    sandbox.git({"switch", "--quiet", "--create", "topic"});
    sandbox.desire("base: 1.1.0");
    auto& variables = sandbox.environment();
    if (kind == ForgeServer::Kind::github) {
      variables["GITHUB_REPOSITORY"] = ForgeServer::kRepository;
      variables["GITHUB_API_URL"] = server.api();
      variables["GITHUB_REF"] = "refs/pull/7/merge";
      variables["GITHUB_TOKEN"] = ForgeServer::kToken;
    } else {
      variables["CI_API_V4_URL"] = server.api();
      variables["CI_PROJECT_ID"] = "77";
      variables["CI_MERGE_REQUEST_IID"] = "7";
      variables["GITLAB_TOKEN"] = ForgeServer::kToken;
    }
  }

  ForgeServer server;
  Sandbox sandbox;
};

TEST_CASE("a pipeline keeps the plan in one comment on its request") {
  Pipeline pipeline(GENERATE(ForgeServer::Kind::github, ForgeServer::Kind::gitlab));
  Sandbox& sandbox = pipeline.sandbox;
  const Ended first = sandbox.cemli(0, kWords);
  CHECK_THAT(first.err, Contains("commented: "));
  auto comments = pipeline.server.comments();
  REQUIRE(comments.size() == 1);
  CHECK(comments[0].body == first.out);
  CHECK_THAT(first.out, Contains("<!-- cemli plan -->\n") && Contains("| dev | 1 to run |"));
  sandbox.desire("base: 1.0.0");
  const Ended second = sandbox.cemli(0, kWords);
  CHECK(second.out != first.out);
  comments = pipeline.server.comments();
  REQUIRE(comments.size() == 1);
  CHECK(comments[0].body == second.out);
}

TEST_CASE("a plan of one environment has a comment of its own") {
  Pipeline pipeline(ForgeServer::Kind::github, ForgeServer::Token::of_workflow);
  Sandbox& sandbox = pipeline.sandbox;
  sandbox.cemli(0, kWords);
  sandbox.cemli(0, std::string(kWords) + " -e dev");
  sandbox.cemli(0, "plan -e dev --comment");
  const auto comments = pipeline.server.comments();
  REQUIRE(comments.size() == 2);
  CHECK(comments[1].body.starts_with("<!-- cemli plan dev -->\n### cemli plan: dev"));
}

TEST_CASE("a request that touches nothing is not commented on") {
  Pipeline pipeline(ForgeServer::Kind::gitlab);
  Sandbox& sandbox = pipeline.sandbox;
  sandbox.git({"branch", "other", "main"});
  const Ended ended = sandbox.cemli(0, "plan --base main --head other --comment");
  CHECK_THAT(ended.out, Contains("touches no environment"));
  CHECK(pipeline.server.comments().empty());
}

TEST_CASE("an environment that cannot be planned is commented on, too") {
  Pipeline pipeline(ForgeServer::Kind::github);
  Sandbox& sandbox = pipeline.sandbox;
  sandbox.desire("base: 9.0.0");
  sandbox.cemli(1, kWords);
  REQUIRE(pipeline.server.comments().size() == 1);
  CHECK_THAT(pipeline.server.comments()[0].body, Contains("cannot be planned"));
}

TEST_CASE("the command line says where a request is, where no pipeline does") {
  Pipeline pipeline(ForgeServer::Kind::github);
  Sandbox& sandbox = pipeline.sandbox;
  for (const char* name : {"GITHUB_REPOSITORY", "GITHUB_API_URL", "GITHUB_REF"})
    sandbox.environment().erase(name);
  CHECK_THAT(sandbox.cemli(1, kWords).err,
             Contains("nothing tells whether this is GitHub or GitLab"));
  sandbox.git({"remote", "add", "origin", "git@git.acme.example:acme/erp.git"});
  const std::string forge = " --forge github --forge-api " + pipeline.server.api();
  const Ended unnumbered = sandbox.cemli(1, kWords + forge);
  CHECK_THAT(unnumbered.err, Contains("nothing tells which pull request it is") &&
                                 Contains("name it: --request N"));
  sandbox.cemli(0, kWords + forge + " --request 7");
  CHECK(pipeline.server.comments().size() == 1);
}

TEST_CASE("the file of the event tells the request's number") {
  Pipeline pipeline(ForgeServer::Kind::github);
  Sandbox& sandbox = pipeline.sandbox;
  sandbox.environment()["GITHUB_REF"] = "refs/heads/main";
  const auto event = sandbox.root() / "event.json";
  REQUIRE(write_scratch_file(event, R"({"pull_request": {"number": 7}})", 0644));
  sandbox.environment()["GITHUB_EVENT_PATH"] = event.string();
  sandbox.cemli(0, kWords);
  CHECK(pipeline.server.comments().size() == 1);
}

TEST_CASE("a token is told nowhere, however much is told") {
  Pipeline pipeline(GENERATE(ForgeServer::Kind::github, ForgeServer::Kind::gitlab));
  Sandbox& sandbox = pipeline.sandbox;
  for (const bool is_right : {true, false}) {
    const std::string token = is_right ? ForgeServer::kToken : "tok_WRONGwrongWRONG";
    for (const char* name : {"GITHUB_TOKEN", "GITLAB_TOKEN"})
      if (sandbox.environment().contains(name)) sandbox.environment()[name] = token;
    const Ended ended = sandbox.cemli(is_right ? 0 : 1, std::string(kWords) + " -vv");
    CHECK_THAT(ended.err, Contains("GET http://127.0.0.1"));
    CHECK_THAT(ended.out + ended.err, !Contains(token));
  }
}

TEST_CASE("without a token nothing is planned") {
  Pipeline pipeline(ForgeServer::Kind::github);
  pipeline.sandbox.environment().erase("GITHUB_TOKEN");
  const Ended ended = pipeline.sandbox.cemli(1, kWords);
  CHECK(ended.out.empty());
  CHECK_THAT(ended.err, Contains("there is no token for GitHub") && Contains("GITHUB_TOKEN"));
}

TEST_CASE("options of a comment need one") {
  Pipeline pipeline(ForgeServer::Kind::github);
  CHECK_THAT(pipeline.sandbox.cemli(1, "plan -e dev --request 7").err, Contains("--comment"));
  CHECK_THAT(pipeline.sandbox.cemli(1, "plan -e dev --comment --format json").err,
             Contains("is markdown where there is --comment"));
}

}  // namespace
}  // namespace cemli::test
