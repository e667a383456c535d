#include "reconciler/forge/forge_place.h"

#include <catch2/catch.hpp>
#include <map>

namespace cemli {
namespace {

using Catch::Matchers::Contains;
using Words = std::map<std::string, std::string>;

Variables variables_of(Words words) {
  return [words = std::move(words)](const char* name) -> std::optional<std::string> {
    const auto found = words.find(name);
    if (found == words.end()) return std::nullopt;
    return found->second;
  };
}

Result<ForgePlace> found(const Words& words, std::optional<std::string> remote = std::nullopt,
                         const ForgeChoice& choice = {},
                         std::optional<std::string> event = std::nullopt) {
  const Variables variables = variables_of(words);
  return find_forge(choice, ForgeClues{variables, std::move(event), std::move(remote)});
}

ForgePlace place(const Words& words, std::optional<std::string> remote = std::nullopt,
                 const ForgeChoice& choice = {}, std::optional<std::string> event = std::nullopt) {
  auto where = found(words, std::move(remote), choice, std::move(event));
  REQUIRE(where);
  return *std::move(where);
}

const Words kActions{{"GITHUB_REPOSITORY", "acme/erp"},
                     {"GITHUB_API_URL", "https://api.github.com"},
                     {"GITHUB_REF", "refs/pull/12/merge"}};

const Words kMergePipeline{{"CI_API_V4_URL", "https://gitlab.acme.com/api/v4"},
                           {"CI_PROJECT_ID", "77"},
                           {"CI_MERGE_REQUEST_IID", "5"}};

}  // namespace

TEST_CASE("GitHub's variables tell the repository and the request") {
  CHECK(place(kActions) == ForgePlace{ForgeKind::github, "https://api.github.com", "acme/erp", 12});
}

TEST_CASE("the event tells the request where the ref is that of a branch") {
  Words words = kActions;
  words["GITHUB_REF"] = "refs/heads/main";
  CHECK_FALSE(place(words).request);
  CHECK(place(words, std::nullopt, {}, R"({"pull_request": {"number": 31}})").request == 31);
  CHECK(place(words, std::nullopt, {}, R"({"number": 32})").request == 32);
  CHECK_FALSE(place(words, std::nullopt, {}, "no JSON").request);
  CHECK_FALSE(place(words, std::nullopt, {}, R"({"number": "x"})").request);
}

TEST_CASE("GitLab's variables tell the project and the request") {
  CHECK(place(kMergePipeline) ==
        ForgePlace{ForgeKind::gitlab, "https://gitlab.acme.com/api/v4", "77", 5});
}

TEST_CASE("a merge request from a fork is one of the project that it is to be merged into") {
  Words words = kMergePipeline;
  words["CI_MERGE_REQUEST_PROJECT_ID"] = "12";
  CHECK(place(words).project == "12");
}

TEST_CASE("a remote's address tells forge and repository") {
  for (const char* remote :
       {"https://github.com/acme/erp.git", "https://user:secret@github.com/acme/erp",
        "git@github.com:acme/erp.git", "ssh://git@github.com:22/acme/erp.git/"}) {
    CAPTURE(remote);
    CHECK(place({}, remote) ==
          ForgePlace{ForgeKind::github, "https://api.github.com", "acme/erp", std::nullopt});
  }
  CHECK(place({}, "https://github.acme.com:8443/acme/erp").api ==
        "https://github.acme.com:8443/api/v3");
  CHECK(place({}, "ssh://git@gitlab.acme.com:2222/group/sub/erp.git") ==
        ForgePlace{ForgeKind::gitlab, "https://gitlab.acme.com/api/v4", "group%2Fsub%2Ferp",
                   std::nullopt});
}

TEST_CASE("what the command line says counts before all else") {
  const ForgeChoice choice{ForgeKind::gitlab, "https://git.acme.com/api/v4/", 9};
  CHECK(place(kActions, "git@git.acme.com:group/erp.git", choice) ==
        ForgePlace{ForgeKind::gitlab, "https://git.acme.com/api/v4", "group%2Ferp", 9});
}

TEST_CASE("what is missing is said with what helps") {
  const auto unknown = found({}, "git@git.acme.com:group/erp.git");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code() == ErrorCode::usage);
  CHECK(unknown.error().message() == "nothing tells whether this is GitHub or GitLab");
  CHECK(unknown.error().hint() == "say so: --forge github or --forge gitlab");
  CHECK_FALSE(found({}));
  CHECK_FALSE(found({}, std::nullopt, {ForgeKind::gitlab}));
  const auto strange = found({{"GITHUB_REPOSITORY", "acme/erp/../../user"}});
  REQUIRE_FALSE(strange);
  CHECK_THAT(strange.error().message(), Contains("which repository"));
}

TEST_CASE("a token goes into the header that its forge expects") {
  const auto header = [](ForgeKind kind, const Words& words) {
    return find_forge_token(kind, variables_of(words)).value();
  };
  const auto github = ForgeKind::github;
  const auto gitlab = ForgeKind::gitlab;
  CHECK(header(github, {{"GITHUB_TOKEN", "a"}, {"GH_TOKEN", "b"}}) ==
        HttpHeader{"Authorization", "Bearer a"});
  CHECK(header(github, {{"GH_TOKEN", "b"}}) == HttpHeader{"Authorization", "Bearer b"});
  CHECK(header(gitlab, {{"GITLAB_TOKEN", "c"}, {"CI_JOB_TOKEN", "d"}}) ==
        HttpHeader{"PRIVATE-TOKEN", "c"});
  CHECK(header(gitlab, {{"CI_JOB_TOKEN", "d"}}) == HttpHeader{"JOB-TOKEN", "d"});
}

TEST_CASE("a token that would be another header is refused and not shown") {
  const auto token =
      find_forge_token(ForgeKind::github, variables_of({{"GITHUB_TOKEN", "abc\r\nX-Evil: 1"}}));
  REQUIRE_FALSE(token);
  CHECK_THAT(token.error().message(), Contains("GITHUB_TOKEN") && !Contains("abc"));
  const auto none = find_forge_token(ForgeKind::gitlab, variables_of({}));
  REQUIRE_FALSE(none);
  CHECK_THAT(none.error().hint().value_or(""), Contains("GITLAB_TOKEN"));
}

}  // namespace cemli
