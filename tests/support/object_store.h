#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "state/base/file.h"
#include "state/base/variables.h"
#include "state/store/http_message.h"

namespace cemli::test {

/// A real S3 server (Ceph) on loopback that lives as long as this object, or at most this process.
/// It takes some seconds to start, so a test program has one.
class ObjectStore {
 public:
  ObjectStore();
  ~ObjectStore();
  ObjectStore(const ObjectStore&) = delete;
  ObjectStore& operator=(const ObjectStore&) = delete;

  /// Ceph ignores the conditions of a create where old versions are kept. `retained` keeps them for
  /// a day whoever wants them gone (object lock, in compliance mode).
  enum class Versions { newest_only, all_kept, retained };
  void make_bucket(const std::string& name, Versions versions = Versions::newest_only);

  /// Tries to remove all versions of objects below a prefix for good. Returns how many there are,
  /// and of how many that was refused.
  [[nodiscard]] std::pair<int, int> remove_all(const std::string& bucket,
                                               const std::string& prefix);

  /// `s3://BUCKET/PREFIX?endpoint=…`.
  [[nodiscard]] std::string address(const std::string& bucket, const std::string& prefix) const;
  [[nodiscard]] const std::string& endpoint() const { return facts_.at("S3_ENDPOINT"); }
  /// The key as the AWS tools' variables have it.
  [[nodiscard]] std::map<std::string, std::string> key() const;
  /// An environment that holds the key and nothing else.
  [[nodiscard]] Variables variables() const;
  /// What a signal can be sent to. A gateway that is killed starts again.
  [[nodiscard]] pid_t gateway() const;
  [[nodiscard]] pid_t disk() const { return std::stoi(facts_.at("S3_OSD_PID")); }

 private:
  /// Signed; `target` is below the endpoint.
  [[nodiscard]] HttpResponse send(const std::string& method, const std::string& target,
                                  std::vector<HttpHeader> headers = {},
                                  std::string_view body = {}) const;

  std::map<std::string, std::string> facts_;
  UniqueFd life_line_;
  pid_t server_ = -1;
};

/// The one of this test program, started when it is first needed.
ObjectStore& object_store();

}  // namespace cemli::test
