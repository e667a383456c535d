#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "state/base/result.h"
#include "state/store/http_message.h"
#include "state/store/object_parts.h"
#include "state/store/store.h"

namespace cemli {

/// An object and what it sums up to, in one part.
struct SummedObject {
  std::string key;
  ObjectParts whole;
};

/// An object to be read, into the open file `fd` where there is one.
struct WantedObject {
  std::string key;
  std::optional<int> fd = std::nullopt;
};

/// An object on its way in parts, of which nothing is seen until it is committed.
struct PartedUpload {
  std::string key;
  std::string id;  ///< as the service calls it
};

/// What all stores in buckets do alike, whichever service keeps the bucket.
class BucketStore : public Store {
 public:
  /// Files larger than `part_size` go in parts of that size.
  explicit BucketStore(std::uint64_t part_size) : part_size_(part_size) {}

  Result<std::optional<std::string>> get(const std::string& key) final;
  Result<std::vector<std::optional<std::string>>> get_all(std::span<const std::string> keys) final;
  Result<std::optional<FetchedFile>> get_to_file(const std::string& key, int fd) final;
  Result<std::optional<AgedObject>> get_aged(const std::string& key) final;
  Result<Creation> create(const NewObject& object) final;
  Result<std::vector<Creation>> create_all(std::span<const NewObject> objects) final;
  /// By one list of at most two keys.
  Result<std::pair<bool, bool>> which_exist(const std::string& key,
                                            const std::string& next_key) final;

 protected:
  /// An answer that holds its object, or nothing where the service says that there is none.
  using Found = std::optional<HttpResponse>;
  /// An error of an answer that is no success, to the request of that place.
  using Refusal = std::function<Error(std::size_t place, const HttpResponse&)>;

  /// What answers to reading requests hold.
  [[nodiscard]] static Result<std::vector<Found>> found_in(
      std::vector<Result<HttpResponse>> answers, bool (*says_absent)(const HttpResponse&),
      const Refusal& refused);
  /// What the service calls the parts that were sent.
  [[nodiscard]] static Result<std::vector<std::string>> part_names_in(
      const std::vector<Result<HttpResponse>>& answers, const Refusal& refused);

 private:
  /// The answers of all, asked for side by side.
  [[nodiscard]] virtual Result<std::vector<Found>> get_answers(
      std::span<const WantedObject> objects) = 0;
  /// Of the header that the writer of an object left its SHA-256 in.
  [[nodiscard]] virtual std::string_view digest_header() const = 0;

  /// Creates objects, each by one request and only if it is absent.
  [[nodiscard]] virtual Result<std::vector<Creation>> put_all(
      std::span<const SummedObject> objects) = 0;

  /// The upload's id; nothing where the object exists already.
  [[nodiscard]] virtual Result<std::optional<std::string>> begin_upload(const std::string& key,
                                                                        const Digest& digest) = 0;
  /// Sends parts side by side, the first of them as number `first` (from 1), and returns what the
  /// service calls each.
  [[nodiscard]] virtual Result<std::vector<std::string>> put_parts(
      const PartedUpload& upload, std::size_t first, std::span<const ObjectPart> parts) = 0;
  /// Makes the object of all parts, only if it is absent.
  [[nodiscard]] virtual Result<Creation> commit_upload(const PartedUpload& upload,
                                                       const std::vector<std::string>& parts) = 0;
  /// Lets go of the parts. What cannot be let go of stays until the bucket's owner has it removed.
  virtual void abort_upload(const PartedUpload& upload) = 0;

  /// The answers of all, with bodies that are what was written.
  [[nodiscard]] Result<std::vector<Found>> get_checked(std::span<const WantedObject> objects);
  [[nodiscard]] Result<void> check_object(const HttpResponse& answer, const Digest& found,
                                          const std::string& key) const;
  /// In one request where the key may not upload in parts.
  [[nodiscard]] Result<Creation> upload_in_parts(const NewObject& object);
  [[nodiscard]] Result<Creation> put_in_one(const NewObject& object);
  [[nodiscard]] Result<std::vector<std::string>> put_all_parts(const PartedUpload& upload,
                                                               std::span<const ObjectPart> parts);

  const std::uint64_t part_size_;
};

}  // namespace cemli
