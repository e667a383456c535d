#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "state/base/file.h"
#include "tests/cli/sandbox.h"
#include "tests/support/object_store.h"

namespace cemli::test {

/// A sandbox whose environment has its stores in buckets, each test's below a prefix of its own.
class Buckets {
 public:
  Buckets() {
    object_store().make_bucket("cemli-test");
    object_store().make_bucket("cemli-versions", ObjectStore::Versions::all_kept);
    object_store().make_bucket("cemli-retained", ObjectStore::Versions::retained);
    for (const auto& [name, value] : object_store().key()) sandbox.environment()[name] = value;
  }

  [[nodiscard]] std::string address(const std::string& store,
                                    const std::string& bucket = "cemli-test") const {
    return object_store().address(bucket, prefix_ + "/" + store);
  }
  [[nodiscard]] std::string stores(const std::string& state_bucket = "cemli-test") const {
    return fmt::format("stores: {{packages: '{}', results: '{}', state: '{}'}}\n",
                       address("packages"), address("results"), address("state", state_bucket));
  }
  /// As `stores`, of which all but the state are in a bucket from which nothing can be removed.
  [[nodiscard]] std::string retained_stores() const {
    return fmt::format("stores: {{packages: '{}', results: '{}', state: '{}'}}\n",
                       address("packages", "cemli-retained"), address("results", "cemli-retained"),
                       address("state"));
  }
  [[nodiscard]] const std::string& prefix() const { return prefix_; }
  /// Publishes packages and desires them all.
  void desire(const std::vector<PackageSource>& sources, const std::string& head) {
    std::string packages;
    std::vector<std::string> publish{"package", "publish", "-e", "dev"};
    for (const PackageSource& source : sources) {
      packages += source.name + ": " + source.version + "\n";
      publish.push_back(sandbox.write_package(source).string());
    }
    sandbox.desire(packages, head);
    sandbox.cemli(0, publish);
  }

  Sandbox sandbox;

 private:
  const std::string prefix_ = random_hex(8);
};

}  // namespace cemli::test
