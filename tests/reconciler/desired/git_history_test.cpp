#include <catch2/catch.hpp>

#include "tests/reconciler/desired/signed_repository.h"

namespace cemli {
namespace {

using Catch::Matchers::Contains;
using test::SignedRepository;
using Strings = std::vector<std::string>;

const Strings kPaths{"environments/prod.yaml", "environments/test.yaml"};

/// One word a commit: its author's name, `+` for a merge, and which of the paths it touched.
Strings told(const std::vector<CommitFacts>& commits) {
  Strings words;
  for (const CommitFacts& commit : commits) {
    std::string word = commit.author_email.substr(0, commit.author_email.find('@'));
    if (commit.is_merge) word += "+";
    for (const std::string& path : commit.touched)
      word += path.find("prod") < path.size() ? " prod" : " test";
    words.push_back(std::move(word));
  }
  return words;
}

Strings by(const std::string& author) {
  return {"--author=" + author + " <" + author + "@acme.com>"};
}

class History : public SignedRepository {
 public:
  std::string change(const std::string& author, const std::string& path, const std::string& bytes) {
    return commit("environments/" + path + ".yaml", bytes, by(author));
  }
  std::string merge(const Strings& arguments) {
    Strings whole{"merge", "--quiet", "--no-ff", "--no-edit"};
    whole.insert(whole.end(), arguments.begin(), arguments.end());
    git(whole, {{"GIT_AUTHOR_EMAIL", "merger@acme.com"}});
    return git({"rev-parse", "HEAD"});
  }
  Strings since(const std::string& base, const std::string& head) {
    const auto commits = open().commits_since(base, head, kPaths);
    REQUIRE(commits);
    return told(*commits);
  }
};

TEST_CASE("a history is told from its base on, with who touched what") {
  History history;
  const std::string base = history.change("al", "prod", "1");
  history.change("bo", "test", "1");
  history.commit("README", "x", by("cy"));
  const std::string head = history.change("di", "prod", "2");
  CHECK(history.since(base, head) == Strings{"bo test", "cy", "di prod"});
  CHECK(history.since(head, head).empty());
  CHECK(history.since(head, base).empty());
  const auto alone = history.open().commits_since(std::nullopt, head, kPaths);
  REQUIRE(alone);
  CHECK(told(*alone) == Strings{"di prod"});
}

TEST_CASE("both sides of a merge belong to it, and a plain merge decides nothing") {
  History history;
  const std::string base = history.change("al", "prod", "1");
  history.git({"checkout", "--quiet", "-b", "side"});
  history.change("bo", "test", "1");
  history.git({"checkout", "--quiet", "main"});
  history.change("cy", "prod", "2");
  const std::string head = history.merge({"side"});
  const Strings told = history.since(base, head);
  CHECK(told.size() == 3);
  CHECK(told.back() == "merger+");
}

TEST_CASE("a merge that makes a file of its own, or drops a side's change, has touched it") {
  History history;
  history.change("al", "prod", "1\n");
  const std::string base = history.change("al", "test", "1\n");
  history.git({"checkout", "--quiet", "-b", "side"});
  history.commit("README", "x", by("bo"));
  history.git({"checkout", "--quiet", "main"});

  SECTION("that nobody had") {
    history.git({"merge", "--quiet", "--no-ff", "--no-commit", "side"});
    const std::string head = history.commit("environments/prod.yaml", "evil\n", by("eve"));
    CHECK(history.since(base, head).back() == "eve+ prod");
  }
  SECTION("to the old state, by taking one side only") {
    const std::string changed = history.change("cy", "prod", "2\n");
    history.git({"checkout", "--quiet", "side"});
    const std::string head = history.merge({"-s", "ours", "main"});
    CHECK(history.since(changed, head) == Strings{"bo", "merger+ prod"});
  }
}

TEST_CASE("a base that the new commit does not build on takes all that it does not reach") {
  History history;
  const std::string root = history.change("al", "prod", "1");
  history.git({"checkout", "--quiet", "-b", "other"});
  const std::string other = history.change("bo", "prod", "2");
  history.git({"checkout", "--quiet", "main"});
  const std::string head = history.change("cy", "test", "1");
  CHECK(history.since(other, head) == Strings{"cy test"});
  history.git({"checkout", "--quiet", "--orphan", "fresh"});
  const std::string fresh = history.change("di", "prod", "3");
  CHECK(history.since(root, fresh) == Strings{"di prod test"});
}

TEST_CASE("a history that is cut short is refused") {
  History history;
  const std::string base = history.change("al", "prod", "1");
  history.change("bo", "prod", "2");
  const std::string head = history.change("cy", "prod", "3");
  const std::filesystem::path copy = history.root().parent_path() / "copy";
  history.git(
      {"clone", "--quiet", "--depth=1", "file://" + history.root().string(), copy.string()});
  const auto commits = GitRepository::open(copy)->commits_since(base, head, kPaths);
  REQUIRE_FALSE(commits);
  CHECK(commits.error().code() == ErrorCode::refused);
  CHECK_THAT(commits.error().message(), Contains(base) && Contains("is not in"));
  CHECK_THAT(commits.error().hint().value(), Contains("--unshallow"));
  // Who asks for no paths needs no parents.
  CHECK(GitRepository::open(copy)->commits_since(std::nullopt, head, {}));
  const auto alone = GitRepository::open(copy)->commits_since(std::nullopt, head, kPaths);
  REQUIRE_FALSE(alone);
  CHECK(alone.error().code() == ErrorCode::refused);
  CHECK_THAT(alone.error().message(), Contains("shallow clone"));
}

TEST_CASE("a signature comes with the bytes that it is of") {
  const History history;
  const test::SigningKeys keys;
  const std::string plain = history.commit("a", "1");
  const std::string by_ssh = history.commit("a", "2", SignedRepository::by_ssh(keys.make("al")));
  const GitRepository repository = history.open();
  CHECK_FALSE(repository.signature_of(plain).value());
  const auto signature = repository.signature_of(by_ssh).value();
  REQUIRE(signature);
  CHECK_THAT(signature->signature, Catch::StartsWith("-----BEGIN SSH SIGNATURE-----\n"));
  CHECK_THAT(signature->bytes, Catch::StartsWith("tree ") && Contains("\n\nchange\n"));
  CHECK_THAT(signature->bytes, !Contains("gpgsig"));
  CHECK_FALSE(repository.signature_of(std::string(40, '1')));
}

}  // namespace
}  // namespace cemli
