#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reconciler/record/evidence_writer.h"
#include "state/spool.h"

namespace cemli {

/// What a run could not record, on its way to a local spool: objects are written as they come, so
/// that they need no memory. Safe to use from several threads.
class RunSpool {
 public:
  /// `root` is the folder of all spools.
  RunSpool(std::filesystem::path root, std::string log, RunId run)
      : root_(std::move(root)), log_(std::move(log)), run_(std::move(run)) {}

  /// Keeps an object that the results store did not take. What goes wrong is told by `publish`.
  void keep(const std::string& key, std::string_view bytes);
  void keep(const std::vector<PackedEvidence>& packed);
  /// Keeps an event whose evidence is only here.
  void keep(Event event);
  /// Whether anything was kept.
  [[nodiscard]] bool has_kept();

  /// Makes the spool whole and durable, with the events that were kept before the last of
  /// `spool.events`, the run's end. Returns its folder. Call once.
  [[nodiscard]] Result<std::filesystem::path> publish(Spool spool);

 private:
  void keep_locked(const std::string& key, std::string_view bytes);
  void open_locked();

  std::filesystem::path root_;
  std::string log_;
  RunId run_;
  std::mutex mutex_;
  std::optional<SpoolWriter> writer_;
  std::optional<Error> failure_;
  std::vector<Event> events_;
};

}  // namespace cemli
