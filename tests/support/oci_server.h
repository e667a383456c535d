#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/support/http_server.h"
#include "tests/support/oci_buckets.h"
#include "tests/support/oci_identity.h"
#include "tests/support/oci_verifier.h"

namespace cemli::test {

/// What goes wrong with a request of one method.
struct OciFault {
  enum class When {
    instead,  ///< the request is not carried out
    after,    ///< it is, and this is answered all the same
  };
  std::string method = "PUT";
  When when = When::instead;
  /// 0: the connection is closed without an answer.
  int status = 0;
  std::string code = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  /// It waits for a request whose target has this in it.
  std::string target = {};
};

/// Oracle's services on a port of loopback, as the reference says they behave: Object Storage's
/// native API, the metadata service, federation, and Secrets. The signature of every request is
/// verified. It begins with a user, whose key is the sample key, and one bucket.
class OciServer {
 public:
  static inline const std::string kNamespace = "acme";
  static inline const std::string kBucket = "cemli-state";

  OciServer();

  /// `http://127.0.0.1:PORT`.
  [[nodiscard]] std::string url() const { return http_->url(); }
  [[nodiscard]] std::vector<ReceivedRequest> received() { return http_->received(); }
  /// Why requests were refused with 401.
  [[nodiscard]] std::vector<std::string> refusals();

  /// The next requests of each fault's method fail so, one each, in this order.
  void fail_next(std::vector<OciFault> faults);
  /// A PUT whose condition does not hold is answered on its headers alone, and the connection
  /// closed.
  void answer_conditions_early();
  /// The service's clock shows that much more than this machine's.
  void set_clock_ahead(std::chrono::seconds by);
  void set_page_size(std::size_t size);
  /// Each answer is under way for so long.
  void answer_after(std::chrono::milliseconds latency) { http_->answer_after(latency); }
  /// No policy lets anybody create objects.
  void deny_creation();
  /// The sample key is that of no user any more.
  void distrust_sample_key();

  /// The object's bytes; an exception where there is none.
  [[nodiscard]] std::string object(const std::string& key);
  /// All of the bucket's objects, by name.
  [[nodiscard]] std::map<std::string, std::string> objects();
  /// Uploads in parts that were neither committed nor let go of.
  [[nodiscard]] std::size_t open_uploads();
  /// As if somebody else had written it so long ago.
  void put_object(const std::string& key, const std::string& bytes,
                  std::chrono::seconds ago = std::chrono::seconds(0));
  /// As if it was damaged: all but the bytes stays.
  void replace_bytes(const std::string& key, const std::string& bytes);
  /// A new version of it.
  void set_secret(const std::string& id, const std::string& value);

  /// To be used under `lock()` once requests are made.
  [[nodiscard]] OciIdentity& identity() { return identity_; }
  [[nodiscard]] std::unique_lock<std::mutex> lock() { return std::unique_lock(mutex_); }

 private:
  [[nodiscard]] ScriptedAnswer answer(const ReceivedRequest& request);
  [[nodiscard]] ScriptedAnswer answer_or_fail(const ReceivedRequest& request);
  [[nodiscard]] ScriptedAnswer carry_out(const ReceivedRequest& request);
  [[nodiscard]] ScriptedAnswer secret(const ReceivedRequest& request) const;
  [[nodiscard]] std::chrono::sys_seconds now() const;

  std::mutex mutex_;
  OciVerifier verifier_;
  OciIdentity identity_{verifier_};
  OciBuckets buckets_;
  std::map<std::string, std::vector<std::string>> secrets_;  ///< their versions, by id
  std::map<std::string, std::deque<OciFault>> faults_;
  std::vector<std::string> refusals_;
  std::chrono::seconds clock_ahead_{0};
  bool denies_creation_ = false;
  int answered_ = 0;
  /// Last, so that it ends first: its threads use the others.
  std::unique_ptr<HttpServer> http_;
};

}  // namespace cemli::test
