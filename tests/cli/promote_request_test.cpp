#include <catch2/catch.hpp>

#include "tests/cli/estate_of_two.h"
#include "tests/support/forge_server.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

/// A package that succeeded in test at 1.1.0 and that prod has at 1.0.0, with a remote and a forge.
class Review {
 public:
  explicit Review(ForgeServer::Kind kind) : forge(kind) {
    estate.publish({{"one", "1.0.0"}, {"one", "1.1.0"}});
    estate.set("prod", "one: 1.0.0");
    estate.deploy("test", "one: 1.1.0");
    estate.git({"init", "--quiet", "--bare", "../remote.git"});
    estate.git({"remote", "add", "origin", "../remote.git"});
    auto& variables = estate.environment();
    if (kind == ForgeServer::Kind::github) {
      variables["GITHUB_REPOSITORY"] = ForgeServer::kRepository;
      variables["GITHUB_API_URL"] = forge.api();
      variables["GITHUB_TOKEN"] = ForgeServer::kToken;
    } else {
      variables["CI_API_V4_URL"] = forge.api();
      variables["CI_PROJECT_ID"] = "77";
      variables["GITLAB_TOKEN"] = ForgeServer::kToken;
    }
  }

  static constexpr const char* kWords =
      "promote --to prod --branch next --commit --push --open-request";
  ForgeServer forge;
  EstateOfTwo estate;
};

TEST_CASE("a request is opened for the pushed branch, into the one that was left for it") {
  Review review(GENERATE(ForgeServer::Kind::github, ForgeServer::Kind::gitlab));
  CHECK_THAT(review.estate.cemli(0, Review::kWords).out, Contains("\nOpened http"));
  const auto requests = review.forge.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].branch == "next");
  CHECK(requests[0].base == "main");
  CHECK(requests[0].title == "Promote one 1.1.0 from test to prod");
  CHECK_THAT(requests[0].body, Contains("one 1.0.0 -> 1.1.0") && Contains("Promoted-From: test"));
}

TEST_CASE("a request that is open for the branch is found, not opened again") {
  Review review(ForgeServer::Kind::github);
  EstateOfTwo& estate = review.estate;
  estate.cemli(0, Review::kWords);
  estate.publish({{"one", "1.2.0"}});
  estate.deploy("test", "one: 1.2.0");
  estate.git({"switch", "--quiet", "next"});
  const std::string again = "promote --from test --to prod --commit --push --open-request ";
  CHECK_THAT(estate.cemli(1, again).err, Contains("--into BRANCH"));
  const json report = estate.json_of(again + "--into main --json");
  CHECK(report.at("request").get<std::string>().starts_with("http"));
  CHECK(review.forge.requests().size() == 1);
}

TEST_CASE("without a token, or where it would be merged into itself, nothing is written") {
  Review review(ForgeServer::Kind::github);
  EstateOfTwo& estate = review.estate;
  CHECK_THAT(estate.cemli(1, std::string(Review::kWords) + " --into next").err,
             Contains("'next' cannot be merged into itself"));
  estate.environment().erase("GITHUB_TOKEN");
  CHECK_THAT(estate.cemli(1, Review::kWords).err, Contains("GITHUB_TOKEN"));
  CHECK(estate.git({"branch", "--format=%(refname:short)"}) == "main");
  CHECK(estate.git({"status", "--porcelain"}).empty());
  CHECK(review.forge.received().empty());
}

TEST_CASE("a request that the forge refuses leaves the pushed branch, and says so") {
  Review review(ForgeServer::Kind::github);
  EstateOfTwo& estate = review.estate;
  estate.environment()["GITHUB_TOKEN"] = "tok_of_nobody";
  const Ended ended = estate.cemli(1, Review::kWords);
  CHECK_THAT(ended.err, Contains("opening a pull request to merge 'next', which is pushed"));
  CHECK_THAT(ended.out, Contains("Pushed to origin."));
  CHECK(estate.git({"--git-dir", "../remote.git", "rev-parse", "next"}) ==
        estate.git({"rev-parse", "HEAD"}));
}

}  // namespace
}  // namespace cemli::test
