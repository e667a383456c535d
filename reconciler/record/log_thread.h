#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "reconciler/execute/journal.h"
#include "state/base/file.h"
#include "state/lease.h"

namespace cemli {

/// News on its way to the executor's loop, from several threads.
class NewsQueue {
 public:
  NewsQueue();
  void post(JournalNews news);
  [[nodiscard]] std::vector<JournalNews> take();
  [[nodiscard]] int fd() const { return event_.get(); }

 private:
  UniqueFd event_;
  std::mutex mutex_;
  std::vector<JournalNews> news_;
};

/// The thread that owns the lease: appends what is queued, one append in flight at a time, writes
/// heartbeats, and nothing else, so that no heartbeat waits behind evidence.
class LogThread {
 public:
  /// `news` must outlive this.
  LogThread(Lease lease, NewsQueue& news);
  LogThread(const LogThread&) = delete;
  LogThread& operator=(const LogThread&) = delete;
  ~LogThread();

  /// Queues an event behind all before it. What is queued after the record was lost is dropped.
  void queue(Event event);
  /// Whether an operator's entry forbids this run to start the address.
  [[nodiscard]] bool is_forbidden(const Address& address);
  /// Whether the run may still record anything.
  [[nodiscard]] bool is_usable();

  /// Appends what is left, ends the thread and hands the lease back. Call once.
  [[nodiscard]] Lease finish();

 private:
  void work();
  [[nodiscard]] std::vector<Event> next_batch();
  [[nodiscard]] bool append(std::vector<Event> batch);
  void obey(const std::vector<Entry>& entries, std::vector<Event>& batch);
  void announce_durable(const std::vector<Event>& batch);
  void post_deadlines();

  NewsQueue& news_;
  std::optional<Lease> lease_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Event> queue_;
  std::set<Address> forbidden_;
  bool all_forbidden_ = false;
  bool usable_ = true;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace cemli
