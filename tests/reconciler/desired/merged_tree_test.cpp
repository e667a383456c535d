#include "reconciler/desired/merged_tree.h"

#include <catch2/catch.hpp>
#include <map>

#include "state/base/digest.h"
#include "tests/support/memory_tree.h"

namespace cemli {
namespace {

using Files = std::map<std::string, std::string>;
using Names = std::vector<std::string>;
using test::MemoryTree;

struct Sides {
  std::shared_ptr<const FileTree> ancestor;
  std::shared_ptr<const FileTree> base;
  std::shared_ptr<const FileTree> head;
  std::unique_ptr<FileTree> merged;

  Sides(Files of_ancestor, Files of_base, Files of_head)
      : ancestor(std::make_shared<MemoryTree>(std::move(of_ancestor), "aaaaaaaaaaaaaaaa")),
        base(std::make_shared<MemoryTree>(std::move(of_base), "bbbbbbbbbbbbbbbb")),
        head(std::make_shared<MemoryTree>(std::move(of_head), "cccccccccccccccc")),
        merged(make_merged_tree({ancestor, base, head})) {}
};

TEST_CASE("a file that one side changed is as that side has it") {
  const Sides sides({{"a", "1"}, {"b", "1"}, {"c", "1"}}, {{"a", "2"}, {"b", "1"}, {"c", "1"}},
                    {{"a", "1"}, {"b", "3"}, {"c", "1"}});
  CHECK(sides.merged->read("a").value() == "2");
  CHECK(sides.merged->read("b").value() == "3");
  CHECK(sides.merged->read("c").value() == "1");
  CHECK(sides.merged->commit() == "cccccccccccccccc");
}

TEST_CASE("different lines of both sides come together") {
  const Sides sides({{"a", "1\n2\n3\n4\n5\n"}}, {{"a", "one\n2\n3\n4\n5\n"}},
                    {{"a", "1\n2\n3\n4\nfive\n"}});
  CHECK(sides.merged->read("a").value() == "one\n2\n3\n4\nfive\n");
}

TEST_CASE("the same lines changed on both sides are a conflict that names file and commits") {
  const Sides sides({{"a", "1\n"}}, {{"a", "2\n"}}, {{"a", "3\n"}});
  const auto read = sides.merged->read("a");
  REQUIRE_FALSE(read);
  CHECK(read.error().code() == ErrorCode::conflict);
  CHECK(read.error().message() ==
        "'a' was changed in commit bbbbbbbbbbbb and in commit cccccccccccc, and the two do not "
        "merge");
}

TEST_CASE("the same change on both sides is no conflict") {
  const Sides sides({{"a", "1"}}, {{"a", "2"}}, {{"a", "2"}});
  CHECK(sides.merged->read("a").value() == "2");
}

TEST_CASE("a file that one side removed and the other changed is a conflict") {
  CHECK_FALSE(Sides({{"a", "1"}}, {{"a", "2"}}, {}).merged->read("a"));
  CHECK_FALSE(Sides({{"a", "1"}}, {}, {{"a", "2"}}).merged->read("a"));
}

TEST_CASE(
    "a file has the id of the side that it is taken from, and one of its own where both changed "
    "it") {
  const Sides sides({{"a", "1"}, {"b", "1"}, {"c", "1\n2\n3\n4\n5\n"}, {"gone", "1"}},
                    {{"a", "2"}, {"b", "1"}, {"c", "one\n2\n3\n4\n5\n"}},
                    {{"a", "1"}, {"b", "3"}, {"c", "1\n2\n3\n4\nfive\n"}, {"gone", "1"}});
  CHECK(sides.merged->id_of("a").value() == sides.base->id_of("a").value());
  CHECK(sides.merged->id_of("b").value() == sides.head->id_of("b").value());
  CHECK(sides.merged->id_of("c").value() == Digest::of("one\n2\n3\n4\nfive\n").hex());
  CHECK_FALSE(sides.merged->id_of("gone").value());
  const Sides conflict({{"a", "1"}}, {{"a", "2"}}, {{"a", "3"}});
  CHECK_FALSE(conflict.merged->id_of("a"));
}

TEST_CASE("files that a side added or removed are there, or not") {
  const Sides sides({{"kept", ""}, {"gone", ""}, {"left", ""}},
                    {{"kept", ""}, {"left", ""}, {"of-base", ""}},
                    {{"kept", ""}, {"gone", ""}, {"of-head", ""}});
  CHECK(sides.merged->names_in(".").value() == Names{"kept", "of-base", "of-head"});
  CHECK_FALSE(sides.merged->read("gone").value());
  CHECK_FALSE(sides.merged->read("left").value());
  CHECK(sides.merged->read("of-base").value());
}

}  // namespace
}  // namespace cemli
