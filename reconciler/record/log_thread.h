#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "reconciler/execute/news_queue.h"
#include "state/lease.h"

namespace cemli {

/// What a log thread leaves behind.
struct LogEnd {
  Lease lease;
  /// Why nothing could be recorded any more; `locked` where the run was fenced.
  std::optional<Error> failure;
  /// What was queued and never sent, in its order; nothing of a fenced run.
  std::vector<Event> unsent;
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

  /// Queues an event behind all before it; once the record is lost, for the spool. False where it
  /// will be in neither: the run was fenced; it starts what an operator's entry forbids (which is
  /// news then); or it ends what was never recorded as started.
  bool queue(Event event);
  /// Waits until the log has the address's start, if one was queued. False where it never will: the
  /// run was fenced, or an operator's entry forbids the start. True for a start that is lost with
  /// the record, which the spool keeps.
  [[nodiscard]] bool await_start(const Address& address);
  /// Whether the run may still record anything.
  [[nodiscard]] bool is_usable();

  /// Appends what is left and ends the thread. Call once.
  [[nodiscard]] LogEnd finish();

 private:
  void work();
  [[nodiscard]] std::vector<Event> next_batch();
  [[nodiscard]] bool append(std::vector<Event> batch);
  void fail(Error error, std::vector<Event> batch);
  void obey(const std::vector<Entry>& entries, std::vector<Event>& batch);
  [[nodiscard]] bool must_drop(const Event& event);
  void announce_durable(const std::vector<Event>& batch);
  void post_deadlines();

  NewsQueue& news_;
  std::optional<Lease> lease_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable settled_;
  std::vector<Event> queue_;
  std::set<Address> forbidden_;
  bool all_forbidden_ = false;
  /// Addresses whose start was dropped, so that its end must be dropped too.
  std::set<Address> withdrawn_;
  /// Addresses whose start is queued or being sent.
  std::set<Address> starting_;
  /// Why nothing can be recorded any more.
  std::optional<Error> failure_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace cemli
