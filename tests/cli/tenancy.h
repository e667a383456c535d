#pragma once

#include <fmt/format.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <string>

#include "tests/cli/sandbox.h"
#include "tests/support/oci_sample.h"
#include "tests/support/oci_server.h"

namespace cemli::test {

/// A sandbox whose environment has its stores in OCI, and a user who may use them.
class Tenancy {
 public:
  Tenancy() {
    const std::filesystem::path key = sandbox.root() / "home/.oci/key.pem";
    write_home(key, sample_key_pem());
    ::chmod(key.c_str(), 0600);
    write_home(sandbox.root() / "home/.oci/config",
               fmt::format("[DEFAULT]\ntenancy={}\nuser={}\nfingerprint={}\nkey_file={}\n"
                           "region=eu-frankfurt-1\n",
                           kSampleTenancy, kSampleUser, kSampleFingerprint, key.string()));
  }

  [[nodiscard]] std::string address(const std::string& store,
                                    const std::string& bucket = OciServer::kBucket) const {
    return fmt::format("oci://{}/{}/{}?endpoint={}", OciServer::kNamespace, bucket, store,
                       server.url());
  }
  [[nodiscard]] std::string stores(const std::string& bucket = OciServer::kBucket) const {
    return fmt::format("stores: {{packages: '{}', results: '{}', state: '{}'}}\n",
                       address("packages"), address("results"), address("state", bucket));
  }

  OciServer server;
  Sandbox sandbox;

 private:
  static void write_home(const std::filesystem::path& path, const std::string& text) {
    REQUIRE(make_folders(path.parent_path(), Durability::relaxed));
    REQUIRE(replace_file(path, text, Durability::relaxed));
  }
};

}  // namespace cemli::test
