#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

namespace fs = std::filesystem;

const PackageSource kReport{"report", "1.2.0", "echo ran\n", {}, {{"artifacts/a.txt", "first\n"}}};

std::string bytes_of(const fs::path& path) {
  return read_file(path).value();
}

TEST_CASE("a package's zip is the same whatever times and masks its files have") {
  Sandbox sandbox;
  const fs::path folder = sandbox.write_package(kReport);
  const fs::path first = sandbox.root() / "first.zip";
  const fs::path second = sandbox.root() / "second.zip";
  sandbox.cemli(0, {"package", "build", folder.string(), "-o", first.string()});
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    fs::last_write_time(entry.path(), fs::file_time_type::clock::now() - std::chrono::hours(99));
    ::chmod(entry.path().c_str(), entry.is_directory() ? 0700 : 0600);
  }
  const mode_t before = ::umask(077);
  sandbox.cemli(0, {"package", "build", folder.string(), "-o", second.string()});
  ::umask(before);
  CHECK(bytes_of(first) == bytes_of(second));
}

TEST_CASE("a run bit makes another package") {
  Sandbox sandbox;
  const fs::path folder = sandbox.write_package(kReport);
  const std::string words = "package build " + folder.string();
  const std::string before = sandbox.cemli(0, words).out;
  ::chmod((folder / "steps/run.sh").c_str(), 0755);
  CHECK(sandbox.cemli(0, words).out != before);
}

TEST_CASE("a built package is named after its manifest") {
  Sandbox sandbox;
  const fs::path folder = sandbox.write_package(kReport);
  const Ended built = sandbox.cemli(0, "package build " + folder.string());
  CHECK(built.out.starts_with("report-1.2.0.zip: "));
  CHECK(fs::exists(sandbox.repository() / "report-1.2.0.zip"));
}

TEST_CASE("a published version is never overwritten") {
  Sandbox sandbox;
  sandbox.desire("report: 1.2.0");
  const std::string publish = "package publish -e dev ";
  const fs::path folder = sandbox.write_package(kReport);
  CHECK(sandbox.cemli(0, publish + folder.string()).out.find("report 1.2.0: published") == 0);
  const auto stored = Sandbox::contents(sandbox.store());

  SECTION("the same content again is a success") {
    const Ended again = sandbox.cemli(0, publish + folder.string());
    CHECK(again.out.find("report 1.2.0: already published") == 0);
  }
  SECTION("other content is an error") {
    PackageSource other = kReport;
    other.run = "echo other\n";
    static_cast<void>(sandbox.write_package(other));
    const Ended refused = sandbox.cemli(1, publish + folder.string());
    CHECK(refused.err.find("report") != std::string::npos);
    CHECK(refused.err.find("1.2.0") != std::string::npos);
  }
  CHECK(Sandbox::contents(sandbox.store()) == stored);
}

TEST_CASE("one bad package keeps all of a publication from being published") {
  Sandbox sandbox;
  sandbox.desire("report: 1.2.0");
  const fs::path good = sandbox.write_package(kReport);
  const fs::path bad = sandbox.write_package({"broken", "1.0.0", ":", {{"typ", "extension"}}});
  const Ended refused =
      sandbox.cemli(1, "package publish -e dev " + good.string() + " " + bad.string());
  CHECK(refused.err.find("'type'") != std::string::npos);
  CHECK_FALSE(fs::exists(sandbox.store() / "packages/report"));
}

TEST_CASE("published versions are listed, newest by precedence and not by letters") {
  Sandbox sandbox;
  for (const char* version : {"1.9.0", "1.10.0", "1.10.0-rc.1"}) {
    PackageSource package = kReport;
    package.version = version;
    sandbox.publish({package});
  }
  sandbox.publish({{"base", "0.1.0"}});
  sandbox.desire("report: 1.9.0");
  CHECK(sandbox.cemli(0, "package list -e dev").out ==
        "base 0.1.0\nreport 1.9.0\nreport 1.10.0-rc.1\nreport 1.10.0\n");
  CHECK(sandbox.cemli(0, "package list base -e dev").out == "base 0.1.0\n");
  const auto list = sandbox.json_of("package list -e dev --json");
  CHECK(list.at("format") == 1);
  CHECK(list.at("packages").size() == 4);
  CHECK(list.at("packages")[0] ==
        nlohmann::json{{"name", "base"}, {"version", "0.1.0"}, {"signed", false}});
}

TEST_CASE("what is published can be verified, and damage is found") {
  Sandbox sandbox;
  sandbox.publish_and_desire({kReport});
  const std::string folder = (sandbox.root() / "packages/report-1.2.0").string();
  sandbox.cemli(0, "package build " + folder + " -o a.zip");
  const std::string digest = sandbox.cemli(0, "package verify a.zip").out;
  CHECK(digest.find("report 1.2.0: content ") == 0);
  CHECK(sandbox.cemli(0, "package verify " + folder).out == digest);
  CHECK(sandbox.cemli(0, "package verify -e dev").out == digest);
  CHECK(sandbox.cemli(0, "package verify report@1.2.0 -e dev").out == digest);
  CHECK(sandbox.cemli(1, "package verify report@9.9.9 -e dev").err.find("9.9.9") !=
        std::string::npos);

  const fs::path zip = sandbox.store() / "packages/report/1.2.0.zip";
  std::string bytes = bytes_of(zip);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  REQUIRE(replace_file(zip, bytes, Durability::relaxed));
  const Ended damaged = sandbox.cemli(1, "package verify -e dev");
  CHECK(damaged.err.find("report@1.2.0") != std::string::npos);
  CHECK(damaged.out.empty());
}

TEST_CASE("a zip that was altered in the store is not run") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", "echo ran > $E/one"}});
  const fs::path zip = sandbox.store() / "packages/one/1.0.0.zip";
  REQUIRE(replace_file(zip, bytes_of(zip) + " ", Durability::relaxed));
  sandbox.cemli(3, "apply -e dev --auto-approve");
  CHECK(sandbox.status_of("one") == "error");
  CHECK_FALSE(sandbox.has_effect("one"));
}

TEST_CASE("a package with nothing to run is refused when it is built") {
  Sandbox sandbox;
  const fs::path folder = sandbox.write_package(kReport);
  fs::remove(folder / "steps/run.sh");
  CHECK(sandbox.cemli(1, "package build " + folder.string()).err.find("run") != std::string::npos);
  CHECK(Sandbox::contents(sandbox.repository()).count("report-1.2.0.zip") == 0);
}

}  // namespace
}  // namespace cemli::test
