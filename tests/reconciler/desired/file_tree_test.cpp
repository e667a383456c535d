#include "reconciler/desired/file_tree.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "state/base/file.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a working tree gives what lies on disk") {
  const auto folder = TemporaryFolder::make(fs::temp_directory_path(), "cemli-file-tree-").value();
  REQUIRE(create_file(folder.path() / "environments/test.yaml", "t", Durability::relaxed));
  REQUIRE(create_file(folder.path() / "environments/dev.yaml", "d", Durability::relaxed));
  fs::create_directory(folder.path() / "environments/folder.yaml");
  fs::create_symlink("dev.yaml", folder.path() / "environments/link.yaml");
  const auto tree = make_working_tree(folder.path());

  CHECK(tree->description() == "the working tree");
  CHECK_FALSE(tree->commit());
  CHECK(tree->read("environments/dev.yaml").value() == "d");
  CHECK(tree->read("environments/prod.yaml").value() == std::nullopt);
  CHECK(tree->read("nowhere/prod.yaml").value() == std::nullopt);
  CHECK(tree->read("environments/dev.yaml/x").value() == std::nullopt);
  CHECK(tree->names_in("environments").value() ==
        std::vector<std::string>{"dev.yaml", "test.yaml"});
  CHECK(tree->names_in("nowhere").value().empty());
  for (const std::string path : {"environments/folder.yaml", "environments/link.yaml"}) {
    const auto read = tree->read(path);
    REQUIRE_FALSE(read);
    CHECK(read.error().message() == "'" + path + "' is not a regular file in the working tree");
  }
}

}  // namespace
}  // namespace cemli
