#include "reconciler/desired/git_repository.h"

#include <fmt/format.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "state/base/file.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

/// A repository made by the git program, as users have them.
class Repository {
 public:
  Repository()
      : folder_(
            TemporaryFolder::make(fs::canonical(fs::temp_directory_path()), "cemli-git-").value()) {
    fs::create_directory(root());
    git("init --quiet --initial-branch=main");
  }

  [[nodiscard]] fs::path folder() const { return folder_.path(); }
  [[nodiscard]] fs::path root() const { return folder_.path() / "repo"; }

  void git(const std::string& arguments) const {
    const std::string command = fmt::format(
        "GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null git -C '{}' -c user.name=A "
        "-c user.email=a@example.com {} >/dev/null 2>&1",
        root().string(), arguments);
    INFO(command);
    REQUIRE(std::system(command.c_str()) == 0);
  }
  void write(const std::string& path, std::string_view bytes) const {
    REQUIRE(replace_file(root() / path, bytes, Durability::relaxed));
  }
  void commit(const std::string& path, std::string_view bytes) const {
    fs::create_directories((root() / path).parent_path());
    write(path, bytes);
    git("add --all");
    git("commit --quiet --message=change");
  }
  [[nodiscard]] GitRepository open() const { return GitRepository::open(root()).value(); }

 private:
  TemporaryFolder folder_;
};

TEST_CASE("a repository is found from a folder below its root") {
  const Repository made;
  made.commit("environments/dev.yaml", "one");
  const auto repository = GitRepository::open(made.root() / "environments");
  REQUIRE(repository);
  CHECK(repository->work_tree() == made.root());
  CHECK(repository->main_work_tree().value() == made.root());
}

TEST_CASE("a folder outside of any repository is refused") {
  const auto folder = TemporaryFolder::make(fs::temp_directory_path(), "cemli-git-").value();
  const auto opened = GitRepository::open(folder.path());
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code() == ErrorCode::not_found);
  CHECK(opened.error().message() ==
        fmt::format("'{}' is in no Git repository", folder.path().string()));
  CHECK(opened.error().hint() == "go into a repository, or name one with --repo DIR");
}

TEST_CASE("a repository without a commit says so") {
  const Repository made;
  const auto commit = made.open().resolve_commit("HEAD");
  REQUIRE_FALSE(commit);
  CHECK(commit.error().code() == ErrorCode::not_found);
  CHECK(commit.error().message() ==
        fmt::format("nothing is committed yet in the Git repository '{}/.git'",
                    made.root().string()));
  CHECK(commit.error().hint() == "git add environments && git commit");
}

TEST_CASE("branches, tags, ids and expressions name commits") {
  const Repository made;
  made.commit("environments/dev.yaml", "one");
  made.git("tag --annotate --message=first v1");
  made.git("branch old");
  made.commit("environments/dev.yaml", "two");
  const GitRepository repository = made.open();

  const std::string head = repository.resolve_commit("HEAD").value();
  const std::string first = repository.resolve_commit("HEAD~1").value();
  CHECK(head.size() == 40);
  CHECK(head != first);
  CHECK(repository.resolve_commit("main").value() == head);
  CHECK(repository.resolve_commit(head).value() == head);
  CHECK(repository.resolve_commit(head.substr(0, 10)).value() == head);
  CHECK(repository.resolve_commit("v1").value() == first);
  CHECK(repository.resolve_commit("old").value() == first);
}

TEST_CASE("what names no commit is refused") {
  const Repository made;
  made.commit("environments/dev.yaml", "one");
  const GitRepository repository = made.open();
  for (const std::string revision : {"nope", "", "a b", "HEAD~7", "HEAD^{tree}", "main..nope",
                                     "0123456789012345678901234567890123456789"}) {
    const auto commit = repository.resolve_commit(revision);
    REQUIRE_FALSE(commit);
    CHECK(commit.error().code() == ErrorCode::not_found);
    CHECK(commit.error().message() ==
          fmt::format("'{}' names no commit in the Git repository '{}/.git'", revision,
                      made.root().string()));
    CHECK(commit.error().hint() ==
          "give a branch, a tag or a commit id; a remote branch may need 'git fetch'");
  }
}

TEST_CASE("files are read as they are at the commit") {
  const Repository made;
  made.commit("environments/dev.yaml", "one");
  made.commit("environments/test.yaml", "two");
  fs::create_symlink("dev.yaml", made.root() / "environments/link.yaml");
  made.commit("environments/sub/x.yaml", "three");
  made.write("environments/dev.yaml", "changed");
  const GitRepository repository = made.open();
  const std::string id = repository.resolve_commit("HEAD").value();
  const auto files = repository.files_at(id).value();

  CHECK(files->commit() == id);
  CHECK(files->description() == "commit " + id.substr(0, 12));
  CHECK(files->read("environments/dev.yaml").value() == "one");
  CHECK(files->read("environments/prod.yaml").value() == std::nullopt);
  CHECK(files->read("nowhere/prod.yaml").value() == std::nullopt);
  CHECK(files->names_in("environments").value() ==
        std::vector<std::string>{"dev.yaml", "test.yaml"});
  CHECK(files->names_in("nowhere").value().empty());
  for (const std::string path : {"environments/sub", "environments/link.yaml"}) {
    const auto read = files->read(path);
    REQUIRE_FALSE(read);
    CHECK(read.error().message() ==
          fmt::format("'{}' is not a regular file in commit {}", path, id.substr(0, 12)));
  }
  CHECK(repository.files_at(repository.resolve_commit("HEAD~1").value())
            .value()
            ->read("environments/sub/x.yaml")
            .value() == std::nullopt);
}

TEST_CASE("a file's id in a commit goes with its bytes") {
  const Repository repository;
  repository.commit("environments/dev.yaml", "one");
  repository.commit("environments/test.yaml", "one");
  const auto files = [&](const char* revision) {
    const GitRepository opened = repository.open();
    return opened.files_at(opened.resolve_commit(revision).value()).value();
  };
  const auto id = files("HEAD")->id_of("environments/dev.yaml").value();
  REQUIRE(id);
  CHECK(files("HEAD")->id_of("environments/test.yaml").value() == id);
  CHECK(files("HEAD~1")->id_of("environments/dev.yaml").value() == id);
  CHECK_FALSE(files("HEAD~1")->id_of("environments/test.yaml").value());
  CHECK_FALSE(files("HEAD")->id_of("environments"));
  repository.commit("environments/dev.yaml", "two");
  CHECK(files("HEAD")->id_of("environments/dev.yaml").value() != id);
}

TEST_CASE("a file that differs from the commit is noticed") {
  const Repository made;
  made.commit("environments/dev.yaml", "one\n");
  const GitRepository repository = made.open();
  const std::string id = repository.resolve_commit("HEAD").value();
  CHECK_FALSE(repository.work_tree_differs(id, "environments/dev.yaml").value());
  CHECK_FALSE(repository.work_tree_differs(id, "environments/nowhere.yaml").value());
  made.write("environments/dev.yaml", "two\n");
  CHECK(repository.work_tree_differs(id, "environments/dev.yaml").value());
  fs::remove(made.root() / "environments/dev.yaml");
  CHECK(repository.work_tree_differs(id, "environments/dev.yaml").value());
  made.write("environments/new.yaml", "new\n");
  CHECK(repository.work_tree_differs(id, "environments/new.yaml").value());
}

TEST_CASE("line endings that Git converts are no difference") {
  const Repository made;
  made.commit(".gitattributes", "* text eol=crlf\n");
  made.commit("environments/dev.yaml", "one\r\n");
  const GitRepository repository = made.open();
  const std::string id = repository.resolve_commit("HEAD").value();
  CHECK(repository.files_at(id).value()->read("environments/dev.yaml").value() == "one\n");
  CHECK_FALSE(repository.work_tree_differs(id, "environments/dev.yaml").value());
}

TEST_CASE("a linked work tree knows the main one") {
  const Repository made;
  made.commit("environments/dev.yaml", "one");
  made.git("worktree add --quiet ../linked");
  const fs::path linked = made.folder() / "linked";
  const auto repository = GitRepository::open(linked / "environments");
  REQUIRE(repository);
  CHECK(repository->work_tree() == linked);
  CHECK(repository->main_work_tree().value() == made.root());
  const std::string id = repository->resolve_commit("HEAD").value();
  CHECK_FALSE(repository->work_tree_differs(id, "environments/dev.yaml").value());
}

TEST_CASE("a bare repository is read and has no work tree") {
  const Repository made;
  made.commit("environments/dev.yaml", "one");
  made.git("clone --quiet --bare . ../bare.git");
  const auto repository = GitRepository::open(made.folder() / "bare.git");
  REQUIRE(repository);
  CHECK_FALSE(repository->work_tree());
  CHECK_FALSE(repository->main_work_tree().value());
  const std::string id = repository->resolve_commit("HEAD").value();
  CHECK(repository->files_at(id).value()->read("environments/dev.yaml").value() == "one");
  CHECK_FALSE(repository->work_tree_differs(id, "environments/dev.yaml").value());
}

TEST_CASE("a work tree of a bare repository has no main work tree") {
  const Repository made;
  made.commit("environments/dev.yaml", "one");
  made.git("clone --quiet --bare . ../bare.git");
  made.git("--git-dir=../bare.git worktree add --quiet ../linked main");
  const auto repository = GitRepository::open(made.folder() / "linked");
  REQUIRE(repository);
  CHECK(repository->work_tree() == made.folder() / "linked");
  CHECK_FALSE(repository->main_work_tree().value());
}

TEST_CASE("a git folder that lies elsewhere does not move the work tree") {
  const Repository made;
  made.commit("environments/dev.yaml", "one");
  made.git("init --quiet --separate-git-dir=../elsewhere");
  CHECK(made.open().main_work_tree().value() == made.root());
}

TEST_CASE("a repository of another user is refused with what to do") {
  if (geteuid() != 0) return;  // only root can give a folder away
  const Repository made;
  made.commit("environments/dev.yaml", "one");
  for (const fs::path& path : {made.root(), made.root() / ".git"}) {
    REQUIRE(chown(path.c_str(), 4711, 4711) == 0);
  }
  const auto opened = GitRepository::open(made.root());
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code() == ErrorCode::denied);
  CHECK(opened.error().message() ==
        fmt::format("the Git repository '{}' belongs to another user and is not listed as safe to "
                    "read",
                    made.root().string()));
  CHECK(opened.error().hint() ==
        fmt::format("git config --global --add safe.directory '{}'", made.root().string()));
}

TEST_CASE("the commit that two branches come from is found") {
  const Repository made;
  made.commit("environments/dev.yaml", "one");
  const GitRepository repository = made.open();
  const std::string fork = repository.resolve_commit("HEAD").value();
  made.git("switch --quiet --create topic");
  made.commit("environments/dev.yaml", "two");
  made.git("switch --quiet main");
  made.commit("environments/test.yaml", "three");
  const std::string topic = repository.resolve_commit("topic").value();
  const std::string main = repository.resolve_commit("main").value();
  CHECK(repository.merge_base(main, topic).value() == fork);
  CHECK(repository.merge_base(fork, topic).value() == fork);
  CHECK(repository.changed_names(fork, topic, "environments").value() ==
        std::vector<std::string>{"dev.yaml"});
  CHECK(repository.changed_names(main, topic, "environments").value() ==
        std::vector<std::string>{"dev.yaml", "test.yaml"});
  CHECK(repository.changed_names(fork, topic, "nothing").value().empty());
}

TEST_CASE("branches without history in common have no commit that both come from") {
  const Repository made;
  made.commit("a", "one");
  made.git("switch --quiet --orphan other");
  made.commit("b", "two");
  const GitRepository repository = made.open();
  const auto none = repository.merge_base(repository.resolve_commit("main").value(),
                                          repository.resolve_commit("other").value());
  REQUIRE_FALSE(none);
  CHECK(none.error().code() == ErrorCode::not_found);
  CHECK(none.error().hint() == "the two have no history in common");
}

TEST_CASE("where a remote is stands in the configuration") {
  const Repository made;
  made.git("remote add origin git@github.com:acme/erp.git");
  const GitRepository repository = made.open();
  CHECK(repository.remote_address("origin") == "git@github.com:acme/erp.git");
  CHECK_FALSE(repository.remote_address("upstream"));
}

}  // namespace
}  // namespace cemli
