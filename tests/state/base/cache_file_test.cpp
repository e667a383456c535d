#include "state/base/cache_file.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "state/base/build_id.h"
#include "state/base/digest.h"
#include "state/base/file.h"

namespace cemli {
namespace {

TemporaryFolder kept_folder() {
  return TemporaryFolder::make(std::filesystem::temp_directory_path(), "cemli-kept-").value();
}

TEST_CASE("what is kept comes back for its layout alone") {
  const TemporaryFolder folder = kept_folder();
  const auto path = folder.path() / "made" / "when needed";
  CHECK_FALSE(read_cache_file(path, "x"));
  const std::string content("a\0b\n", 4);
  write_cache_file(path, "x", content);
  CHECK(read_cache_file(path, "x") == content);
  CHECK_FALSE(read_cache_file(path, "y"));
  write_cache_file(path, "x", "");
  CHECK(read_cache_file(path, "x") == "");
}

TEST_CASE("what another build has kept counts as absent, whole as it is") {
  const std::string id = build_id();
  REQUIRE(id.size() >= 16);
  CHECK(id == build_id());
  const TemporaryFolder folder = kept_folder();
  const auto path = folder.path() / "x";
  write_cache_file(path, "x", "content");
  std::string bytes = read_file(path).value().substr(32);
  const std::size_t at = bytes.find(id);
  REQUIRE(at != std::string::npos);
  bytes[at] = bytes[at] == 'a' ? 'b' : 'a';
  REQUIRE(replace_file(path, Digest::of(bytes).bytes() + bytes, Durability::relaxed));
  CHECK_FALSE(read_cache_file(path, "x"));
}

}  // namespace
}  // namespace cemli
