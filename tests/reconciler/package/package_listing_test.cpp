#include "reconciler/package/package_listing.h"

#include <catch2/catch.hpp>
#include <string>

namespace cemli {
namespace {

PackageFile file(std::string path, FileMode mode, std::string_view bytes) {
  return PackageFile{std::move(path), mode, Digest::of(bytes), bytes.size()};
}

}  // namespace

TEST_CASE("the content digest is that of the sorted listing") {
  const PackageFile run = file("steps/run.sh", FileMode::executable, "abc");
  const PackageFile manifest = file("manifest.json", FileMode::plain, "");
  const std::string listing =
      "- e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 manifest.json\n"
      "x ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad steps/run.sh\n";
  CHECK(content_digest({run, manifest}) == Digest::of(listing));
  CHECK(content_digest({manifest, run}) == Digest::of(listing));
  CHECK(content_digest({}) == Digest::of(""));
}

TEST_CASE("a run bit is content, and paths are sorted by unsigned bytes") {
  CHECK(content_digest({file("a", FileMode::plain, "")}) !=
        content_digest({file("a", FileMode::executable, "")}));
  const std::string empty = Digest::of("").hex();
  CHECK(content_digest({file("\xc3\xa4", FileMode::plain, ""), file("z", FileMode::plain, "")}) ==
        Digest::of("- " + empty + " z\n- " + empty + " \xc3\xa4\n"));
}

TEST_CASE("paths of a package are relative, plain and not too long") {
  CHECK(check_path("steps/run.sh"));
  CHECK(check_path("..a/b.."));
  CHECK(check_path(".hidden"));
  CHECK_FALSE(check_path(""));
  CHECK_FALSE(check_path("/"));
  CHECK_FALSE(check_path("a/"));
  std::string deep = "a";
  while (deep.size() < 1000) deep += "/a";
  CHECK_FALSE(check_path(deep));
}

TEST_CASE("unpacked sizes are bounded absolutely and by ratio") {
  CHECK(check_unpacked_size(64ULL * 1024 * 1024, 1));
  CHECK_FALSE(check_unpacked_size(64ULL * 1024 * 1024 + 1, 1));
  CHECK(check_unpacked_size(100'000'000, 1'000'000));
  CHECK_FALSE(check_unpacked_size(100'000'001, 1'000'000));
  CHECK(check_unpacked_size(4ULL << 30U, 1ULL << 30U));
  CHECK_FALSE(check_unpacked_size((4ULL << 30U) + 1, 4ULL << 30U));
}

}  // namespace cemli
