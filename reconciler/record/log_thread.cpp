#include "reconciler/record/log_thread.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace cemli {
namespace {

/// An entry is at most 1 MiB; this leaves room for its frame and for JSON's escapes.
constexpr std::size_t kMostBatchBytes = 256UL * 1024;

/// About what an event takes in an entry.
std::size_t weight(const Event& event) {
  constexpr std::size_t kPlain = 600;
  std::size_t bytes = kPlain;
  if (const auto* started = std::get_if<PackageStarted>(&event)) {
    for (const auto& [name, value] : started->identity.parameters) {
      bytes += name.size() + 24;
      if (const auto* text = std::get_if<std::string>(&value)) bytes += text->size();
    }
    bytes += started->depends_on.size() * 100;
  } else if (const auto* finished = std::get_if<PackageFinished>(&event)) {
    bytes += finished->summary.size();
  }
  return bytes;
}

}  // namespace

NewsQueue::NewsQueue() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void NewsQueue::post(JournalNews news) {
  {
    const std::lock_guard lock(mutex_);
    news_.push_back(std::move(news));
  }
  const std::uint64_t one = 1;
  static_cast<void>(::write(event_.get(), &one, sizeof one));
}

std::vector<JournalNews> NewsQueue::take() {
  std::uint64_t ignored = 0;
  static_cast<void>(::read(event_.get(), &ignored, sizeof ignored));
  const std::lock_guard lock(mutex_);
  return std::exchange(news_, {});
}

LogThread::LogThread(Lease lease, NewsQueue& news) : news_(news), lease_(std::move(lease)) {
  post_deadlines();
  thread_ = std::thread([this] { work(); });
}

LogThread::~LogThread() {
  if (thread_.joinable()) static_cast<void>(finish());
}

void LogThread::queue(Event event) {
  {
    const std::lock_guard lock(mutex_);
    if (!usable_) return;
    queue_.push_back(std::move(event));
  }
  changed_.notify_one();
}

bool LogThread::is_forbidden(const Address& address) {
  const std::lock_guard lock(mutex_);
  return all_forbidden_ || forbidden_.contains(address);
}

bool LogThread::is_usable() {
  const std::lock_guard lock(mutex_);
  return usable_;
}

Lease LogThread::finish() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
  return *std::exchange(lease_, std::nullopt);
}

void LogThread::work() {
  for (;;) {
    std::vector<Event> batch = next_batch();
    if (batch.empty()) return;
    if (!append(std::move(batch))) return;
  }
}

/// Waits for events, or for the time of a heartbeat. Empty when all is done.
std::vector<Event> LogThread::next_batch() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!queue_.empty()) break;
    if (ending_) return {};
    const BootTime left = lease_->times().heartbeat() - boot_now();
    if (left <= BootTime::zero()) return {Event(Heartbeat{})};
    changed_.wait_for(lock, left);
  }
  std::size_t bytes = 0;
  auto end = queue_.begin();
  while (end != queue_.end() && (bytes == 0 || bytes + weight(*end) <= kMostBatchBytes)) {
    bytes += weight(*end);
    ++end;
  }
  std::vector<Event> batch(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  return batch;
}

bool LogThread::append(std::vector<Event> batch) {
  while (!batch.empty()) {
    auto outcome = lease_->append(batch);
    if (!outcome) {
      {
        const std::lock_guard lock(mutex_);
        usable_ = false;
        queue_.clear();
      }
      if (outcome.error().code() == ErrorCode::locked) {
        news_.post(Fenced{outcome.error().message()});
      } else {
        news_.post(RecordLost{outcome.error().message()});
      }
      return false;
    }
    if (const auto* overtaken = std::get_if<AppendOvertaken>(&*outcome)) {
      obey(overtaken->entries, batch);
      continue;
    }
    post_deadlines();
    announce_durable(batch);
    return true;
  }
  return true;
}

/// An operator's words came before this batch: what they forbid is taken out of it.
void LogThread::obey(const std::vector<Entry>& entries, std::vector<Event>& batch) {
  StartsForbidden news;
  for (const Entry& entry : entries) {
    news.why =
        fmt::format("{} came in between (log entry {})", display_name(entry.writer), entry.seq);
    for (const Event& event : entry.events) {
      if (const auto* held = std::get_if<PackageHeld>(&event)) {
        news.addresses.push_back(held->address);
      } else if (const auto* resolved = std::get_if<PackageResolved>(&event)) {
        news.addresses.push_back(resolved->address);
      } else if (std::holds_alternative<EnvironmentSuspended>(event)) {
        news.all = true;
      }
    }
  }
  if (news.addresses.empty() && !news.all) return;
  {
    const std::lock_guard lock(mutex_);
    forbidden_.insert(news.addresses.begin(), news.addresses.end());
    all_forbidden_ = all_forbidden_ || news.all;
    std::erase_if(batch, [this](const Event& event) {
      const auto* started = std::get_if<PackageStarted>(&event);
      return started != nullptr &&
             (all_forbidden_ || forbidden_.contains(started->identity.address));
    });
  }
  news_.post(std::move(news));
}

void LogThread::announce_durable(const std::vector<Event>& batch) {
  for (const Event& event : batch) {
    if (const auto* started = std::get_if<PackageStarted>(&event))
      news_.post(StartDurable{started->identity.address});
  }
}

void LogThread::post_deadlines() {
  const LeaseTimes times = lease_->times();
  news_.post(LeaseRenewed{{times.last_start(), times.terminate(), times.kill()}});
}

}  // namespace cemli
