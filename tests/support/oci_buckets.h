#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "tests/support/http_server.h"

namespace cemli::test {

/// An error as Oracle's services say it.
[[nodiscard]] ScriptedAnswer oci_error(int status, const std::string& code,
                                       const std::string& message);

/// Object Storage's native API over buckets in memory: objects, conditions, lists, uploads in
/// parts. It knows nothing of signatures.
class OciBuckets {
 public:
  using Moment = std::chrono::sys_seconds;

  struct Object {
    std::string bytes;
    std::string etag;
    std::string content_type;
    std::string version;
    Moment modified;
    std::map<std::string, std::string> metadata = {};  ///< headers that begin with `opc-meta-`
  };
  using Bucket = std::map<std::string, Object>;
  /// An object on its way in parts.
  struct Upload {
    std::string object;
    std::string content_type;
    std::map<std::string, std::string> metadata;
    struct Part {
      std::string bytes;
      std::string etag;
    };
    std::map<std::size_t, Part> parts = {};
  };

  void make(const std::string& name_space, const std::string& bucket);
  /// Lists have at most so many objects a page, whatever is asked for.
  void set_page_size(std::size_t size) { page_size_ = size; }

  /// Answers a request whose path begins with `/n`.
  [[nodiscard]] ScriptedAnswer answer(const ReceivedRequest& request, Moment now);
  /// The bucket's objects; it must be there.
  [[nodiscard]] Bucket& objects(const std::string& name_space, const std::string& bucket) {
    return buckets_.at({name_space, bucket});
  }
  [[nodiscard]] std::size_t open_uploads() const { return uploads_.size(); }
  /// Whether a PUT is refused before its body has been read, by a condition on what is there.
  [[nodiscard]] bool refuses_early(const ReceivedRequest& request) const;

 private:
  [[nodiscard]] ScriptedAnswer put(Bucket& bucket, const std::string& name,
                                   const ReceivedRequest& request, Moment now);
  [[nodiscard]] ScriptedAnswer list(const Bucket& bucket, const std::string& query) const;

  [[nodiscard]] ScriptedAnswer begin_upload(const Bucket& bucket, const ReceivedRequest& request);
  [[nodiscard]] ScriptedAnswer go_on_with_upload(Bucket& bucket, const std::string& name,
                                                 const ReceivedRequest& request, Moment now);
  [[nodiscard]] ScriptedAnswer commit(Bucket& bucket, const Upload& upload,
                                      const ReceivedRequest& request, Moment now);

  std::map<std::pair<std::string, std::string>, Bucket> buckets_;
  std::map<std::string, Upload> uploads_;  ///< by id
  std::size_t page_size_ = 1000;
};

}  // namespace cemli::test
