#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "state/base/readable_bytes.h"
#include "state/base/result.h"

namespace cemli {

/// What became of a conditional create.
enum class Creation { created, exists };

/// An object to be created. A file goes by pieces: it may be larger than memory, and in several
/// requests; what is in memory goes in one.
struct NewObject {
  std::string key;
  ReadableBytes bytes;
  /// Of a file that was looked at before: where it has changed since, nothing is created and the
  /// error is `conflict`.
  std::optional<Digest> digest = std::nullopt;
};

/// An object that was written to a file.
struct FetchedFile {
  std::uint64_t size;
  Digest digest;
};

/// An object with what the store says of its age.
struct AgedObject {
  std::string bytes;
  /// How long ago the object was written by the store's own clock, from one answer; nothing where
  /// the store does not tell, and then nobody may conclude that time has passed.
  std::optional<std::chrono::milliseconds> age;
};

/// Objects by key, of which none is ever overwritten or deleted. Keys are relative, `/`-separated,
/// and safe as file names (made by `object_names` alone). All calls may block, may be made from
/// several threads, and fail with `unavailable` (try again), `denied` or `not_found` (the store
/// itself is not there).
class Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;

  /// The object's bytes; nothing only where the store definitely has no such object.
  [[nodiscard]] virtual Result<std::optional<std::string>> get(const std::string& key) = 0;
  /// Several objects, as `get`: side by side where the store can.
  [[nodiscard]] virtual Result<std::vector<std::optional<std::string>>> get_all(
      std::span<const std::string> keys);
  /// As `get`, into the open file `fd`, which holds the object alone then; nothing of it stays in
  /// memory. After an error, and where there is no object, the file may hold anything.
  [[nodiscard]] virtual Result<std::optional<FetchedFile>> get_to_file(const std::string& key,
                                                                       int fd) = 0;
  /// As `get`, with the object's age.
  [[nodiscard]] virtual Result<std::optional<AgedObject>> get_aged(const std::string& key) = 0;
  /// Creates the object only if it is absent, durably. `exists` does not say whose bytes are there:
  /// after a lost answer they may be the caller's own, so it reads them. After an error the object
  /// may exist.
  [[nodiscard]] virtual Result<Creation> create(const NewObject& object) = 0;
  /// Creates several objects, durable together when the call returns. An object that exists is left
  /// as it is and counted `exists`. After an error any of them may exist.
  [[nodiscard]] virtual Result<std::vector<Creation>> create_all(
      std::span<const NewObject> objects) = 0;
  /// Which of two adjacent keys (nothing can sort between them) exist, by one request.
  [[nodiscard]] virtual Result<std::pair<bool, bool>> which_exist(const std::string& key,
                                                                  const std::string& next_key) = 0;
  /// Keys that start with `prefix` (a folder, with its `/`) and sort at or after `from`, in byte
  /// order, at most `limit`. A store without any such object has none; that is not an error.
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& prefix,
                                                              const std::string& from,
                                                              std::size_t limit) = 0;
  /// The address as a user would write it, without secrets.
  [[nodiscard]] virtual std::string address() const = 0;
};

}  // namespace cemli
