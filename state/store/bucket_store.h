#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "state/base/result.h"
#include "state/store/http_message.h"
#include "state/store/store.h"

namespace cemli {

/// What all stores in buckets do alike, whichever service keeps the bucket.
class BucketStore : public Store {
 public:
  Result<std::optional<std::string>> get(const std::string& key) final;
  Result<std::optional<AgedObject>> get_aged(const std::string& key) final;
  Result<Creation> create(const NewObject& object) final;
  /// By one list of at most two keys.
  Result<std::pair<bool, bool>> which_exist(const std::string& key,
                                            const std::string& next_key) final;

 private:
  /// The answer that holds the object; nothing where the service says that there is none.
  [[nodiscard]] virtual Result<std::optional<HttpResponse>> get_answer(const std::string& key) = 0;
};

/// `corrupt` where the object in `answer` has not the SHA-256 that its writer left in the header
/// `digest_header`. An object without that header was put there by others, and passes.
[[nodiscard]] Result<void> check_object(const HttpResponse& answer, std::string_view digest_header,
                                        const std::string& key);

}  // namespace cemli
