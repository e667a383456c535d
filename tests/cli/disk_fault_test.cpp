#include <fmt/format.h>
#include <sys/mount.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <functional>

#include "tests/cli/stubborn_estate.h"

namespace cemli::test {
namespace {

namespace fs = std::filesystem;

/// A small file system in memory, mounted on a folder; what is in the folder is on it.
class SmallDisk {
 public:
  explicit SmallDisk(fs::path folder) : folder_(std::move(folder)) {
    const fs::path aside = folder_.string() + "-before";
    fs::rename(folder_, aside);
    fs::create_directory(folder_);
    is_mounted_ = ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=8m") == 0;
    fs::copy(aside, folder_, fs::copy_options::recursive);
    fs::remove_all(aside);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (is_mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
  }

  [[nodiscard]] bool is_mounted() const { return is_mounted_; }

  void fill() const {
    std::ofstream ballast(folder_ / ".ballast", std::ios::binary);
    const std::string block(4096, 'x');
    while (ballast.write(block.data(), static_cast<std::streamsize>(block.size())).flush())
      continue;
  }
  void make_room() const { fs::remove(folder_ / ".ballast"); }

  /// A file that is being written keeps it from becoming read-only for that moment.
  void make_read_only() const {
    REQUIRE(eventually([this] { return remount(MS_RDONLY); }));
  }
  void make_writable() const { REQUIRE(remount(0)); }

 private:
  [[nodiscard]] bool remount(unsigned long flags) const {
    return ::mount("tmpfs", folder_.c_str(), "tmpfs", MS_REMOUNT | flags, "size=8m") == 0;
  }
  fs::path folder_;
  bool is_mounted_ = false;
};

struct Fault {
  std::string name;
  void (SmallDisk::*strike)() const;
  void (SmallDisk::*lift)() const;
};

int packages_with_effects(const Sandbox& box) {
  int count = 0;
  for (const auto& entry : fs::directory_iterator(box.effects())) count += entry.is_regular_file();
  return count;
}

/// Resolves and applies until all is done, as an operator would.
void bring_to_its_end(Sandbox& box) {
  for (int tries = 0; tries < 4 && !is_all_done(box); ++tries) {
    resolve_what_is_interrupted(box);
    static_cast<void>(box.start("apply -e dev --auto-approve -j 4").wait());
  }
  REQUIRE(is_all_done(box));
}

}  // namespace

TEST_CASE("a disk that is full or read-only in the middle of a run loses and repeats nothing") {
  const auto fault =
      GENERATE(Fault{"full", &SmallDisk::fill, &SmallDisk::make_room},
               Fault{"read-only", &SmallDisk::make_read_only, &SmallDisk::make_writable});
  const std::string store = GENERATE("state", "results");
  INFO(store << " is " << fault.name);
  Sandbox box;
  box.publish_and_desire(stubborn_packages(), "lease: 2s\n");
  for (const char* folder : {"state", "results"}) fs::create_directories(box.store() / folder);
  const SmallDisk disk(box.store() / store);
  if (!disk.is_mounted()) {
    WARN("not tested: only root may mount a file system");
    return;
  }
  Command apply = box.start("apply -e dev --auto-approve -j 4");
  REQUIRE(eventually([&] { return packages_with_effects(box) >= 8 || apply.has_ended(); }));
  (disk.*fault.strike)();
  const Ended ended = apply.wait();
  CAPTURE(ended.out, ended.err);
  CHECK(ended.exit_code == 7);
  const std::string run = box.events("run.started").back().at("run");
  CHECK(is_nobody_left(run));
  // While it lasts nothing is run either.
  const int before = packages_with_effects(box);
  CHECK(box.start("apply -e dev --auto-approve").wait().exit_code != 0);
  CHECK(packages_with_effects(box) == before);
  (disk.*fault.lift)();
  box.cemli(0, "state replay -e dev");
  bring_to_its_end(box);
  check_effects(box);
  box.cemli(0, "audit verify -e dev");
}

TEST_CASE("a store that vanishes in the middle of a run loses and repeats nothing") {
  const std::string store = GENERATE("state", "results");
  INFO(store);
  Sandbox box;
  box.publish_and_desire(stubborn_packages(), "lease: 2s\n");
  Command apply = box.start("apply -e dev --auto-approve -j 4");
  REQUIRE(eventually([&] { return packages_with_effects(box) >= 8 || apply.has_ended(); }));
  const fs::path folder = box.store() / store;
  const fs::path aside = folder.string() + "-aside";
  fs::rename(folder, aside);
  REQUIRE(create_file(folder, "", Durability::relaxed));
  const Ended ended = apply.wait();
  CAPTURE(ended.out, ended.err);
  CHECK(ended.exit_code == 7);
  fs::remove(folder);
  fs::rename(aside, folder);
  CHECK(is_nobody_left(box.events("run.started").back().at("run")));
  box.cemli(0, "state replay -e dev");
  bring_to_its_end(box);
  check_effects(box);
  box.cemli(0, "audit verify -e dev");
}

}  // namespace cemli::test
