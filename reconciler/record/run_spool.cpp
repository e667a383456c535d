#include "reconciler/record/run_spool.h"

#include <iterator>

namespace cemli {

void RunSpool::keep(const std::string& key, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  keep_locked(key, bytes);
}

void RunSpool::keep(const std::vector<PackedEvidence>& packed) {
  const std::lock_guard lock(mutex_);
  for (const PackedEvidence& evidence : packed) {
    if (!evidence.files_key.empty()) keep_locked(evidence.files_key, evidence.files);
    keep_locked(evidence.result_key, evidence.result);
  }
}

void RunSpool::keep(Event event) {
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
}

bool RunSpool::has_kept() {
  const std::lock_guard lock(mutex_);
  return writer_ || failure_ || !events_.empty();
}

void RunSpool::keep_locked(const std::string& key, std::string_view bytes) {
  open_locked();
  if (failure_) return;
  if (auto added = writer_->add(key, bytes); !added) failure_ = std::move(added).error();
}

void RunSpool::open_locked() {
  if (failure_ || writer_) return;
  auto made = SpoolWriter::make(root_, log_, run_);
  if (made) {
    writer_.emplace(*std::move(made));
  } else {
    failure_ = std::move(made).error();
  }
}

Result<std::filesystem::path> RunSpool::publish(Spool spool) {
  const std::lock_guard lock(mutex_);
  open_locked();
  if (failure_) return *failure_;
  spool.log = log_;
  spool.run = run_;
  spool.events.insert(std::prev(spool.events.end()), events_.begin(), events_.end());
  return writer_->publish(std::move(spool));
}

}  // namespace cemli
