#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "state/base/result.h"
#include "state/event.h"
#include "state/log.h"
#include "state/recorded_state.h"

namespace cemli {

/// An object of the results store that is kept on this machine instead.
struct SpooledObject {
  std::string key;
  Digest digest;
  std::string file;  ///< its name in the spool's folder
  friend bool operator==(const SpooledObject&, const SpooledObject&) = default;
};

/// What a run did and could not record (docs/state-format.md).
struct Spool {
  std::string environment;
  std::string log;
  RunId run;
  /// The last entry that the run knows to be in the log.
  Head head;
  /// The entry after it where one was sent and nobody knows whether it landed: its bytes. It may
  /// still land.
  std::optional<std::string> unknown = std::nullopt;
  /// What was never sent, in its order, up to the run's end, which is the last one.
  std::vector<Event> events = {};
  std::vector<SpooledObject> objects = {};
  /// Why it could not be recorded.
  std::string why = {};
  friend bool operator==(const Spool&, const Spool&) = default;
};

/// The number that the entry of unknown fate has, or would have.
[[nodiscard]] std::uint64_t seq_of_unknown(const Spool& spool);

/// Writes one spool, `ROOT/LOG/RUN/`: objects as they come, and at the end the rest. Nobody sees it
/// before it is whole; what is not ended is removed.
class SpoolWriter {
 public:
  /// Makes the folder, durably.
  [[nodiscard]] static Result<SpoolWriter> make(const std::filesystem::path& root,
                                                const std::string& log, const RunId& run);
  SpoolWriter(SpoolWriter&& other) noexcept;
  SpoolWriter& operator=(SpoolWriter&&) = delete;
  ~SpoolWriter();

  /// Keeps an object, synced.
  [[nodiscard]] Result<void> add(const std::string& key, std::string_view bytes);
  /// Adds the objects to `spool` and makes it visible, synced. Returns its folder.
  [[nodiscard]] Result<std::filesystem::path> publish(Spool spool);

 private:
  SpoolWriter(std::filesystem::path folder, std::filesystem::path final_folder)
      : folder_(std::move(folder)), final_(std::move(final_folder)) {}

  std::filesystem::path folder_;
  std::filesystem::path final_;
  std::vector<SpooledObject> objects_;
};

/// The folders of a log's spools, oldest run first. None where there is no such folder.
[[nodiscard]] Result<std::vector<std::filesystem::path>> find_spools(
    const std::filesystem::path& root, const std::string& log);

/// Reads a spool. `corrupt` where it was altered.
[[nodiscard]] Result<Spool> read_spool(const std::filesystem::path& folder);
/// An object's bytes: `corrupt` where they are not what was kept.
[[nodiscard]] Result<std::string> read_spooled(const std::filesystem::path& folder,
                                               const SpooledObject& object);

}  // namespace cemli
