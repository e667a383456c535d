#include "reconciler/record/log_thread.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace cemli {
namespace {

/// What a text takes in JSON.
std::size_t weight(const std::string& text) {
  std::size_t bytes = text.size();
  for (const char c : text) {
    constexpr std::size_t kEscaped = 6;
    if (static_cast<unsigned char>(c) < ' ') bytes += kEscaped - 1;
    if (c == '"' || c == '\\') ++bytes;
  }
  return bytes;
}

/// About what an event takes in an entry.
std::size_t weight(const Event& event) {
  constexpr std::size_t kPlain = 600;
  std::size_t bytes = kPlain;
  if (const auto* started = std::get_if<PackageStarted>(&event)) {
    for (const auto& [name, value] : started->identity.parameters) {
      bytes += name.size() + 24;
      if (const auto* text = std::get_if<std::string>(&value)) bytes += weight(*text);
    }
    bytes += started->depends_on.size() * 110;
    for (const std::string& label : started->done) bytes += label.size() + 4;
  } else if (const auto* finished = std::get_if<PackageFinished>(&event)) {
    bytes += weight(finished->summary);
  }
  return bytes;
}

}  // namespace

LogThread::LogThread(Lease lease, NewsQueue& news) : news_(news), lease_(std::move(lease)) {
  post_deadlines();
  thread_ = std::thread([this] { work(); });
}

LogThread::~LogThread() {
  if (thread_.joinable()) static_cast<void>(finish());
}

bool LogThread::queue(Event event) {
  {
    const std::lock_guard lock(mutex_);
    if (failure_ && failure_->code() == ErrorCode::locked) {
      if (const auto* started = std::get_if<PackageStarted>(&event))
        withdrawn_.insert(started->identity.address);
      return false;
    }
    if (must_drop(event)) {
      if (const auto* started = std::get_if<PackageStarted>(&event)) {
        const Address& address = started->identity.address;
        news_.post(StartsForbidden{
            {address}, false, fmt::format("'{}' may not be started any more", address.text())});
      }
      return false;
    }
    if (const auto* started = std::get_if<PackageStarted>(&event))
      starting_.insert(started->identity.address);
    queue_.push_back(std::move(event));
  }
  changed_.notify_one();
  return true;
}

/// The caller holds the mutex.
bool LogThread::must_drop(const Event& event) {
  if (const auto* started = std::get_if<PackageStarted>(&event)) {
    const Address& address = started->identity.address;
    if (!all_forbidden_ && !forbidden_.contains(address)) return false;
    withdrawn_.insert(address);
    starting_.erase(address);
    return true;
  }
  const auto* finished = std::get_if<PackageFinished>(&event);
  return finished != nullptr && withdrawn_.contains(finished->address);
}

bool LogThread::await_start(const Address& address) {
  std::unique_lock lock(mutex_);
  settled_.wait(lock, [&] { return failure_ || !starting_.contains(address); });
  if (withdrawn_.contains(address)) return false;
  return !starting_.contains(address) || failure_->code() != ErrorCode::locked;
}

bool LogThread::is_usable() {
  const std::lock_guard lock(mutex_);
  return !failure_;
}

LogEnd LogThread::finish() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
  return {*std::exchange(lease_, std::nullopt), std::move(failure_), std::exchange(queue_, {})};
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
  while (end != queue_.end() && (bytes == 0 || bytes + weight(*end) <= kLargestBatch)) {
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
      fail(std::move(outcome).error(), std::move(batch));
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

void LogThread::fail(Error error, std::vector<Event> batch) {
  const bool is_fenced = error.code() == ErrorCode::locked;
  JournalNews news = RecordLost{error.message()};
  if (is_fenced) news = Fenced{error.message()};
  {
    const std::lock_guard lock(mutex_);
    // A batch that was sent stands in the entry of unknown fate.
    if (!lease_->unknown()) queue_.insert(queue_.begin(), batch.begin(), batch.end());
    if (is_fenced) queue_.clear();
    failure_ = std::move(error);
  }
  settled_.notify_all();
  news_.post(std::move(news));
}

/// An operator's words came before this batch: what they forbid is taken out of it, and of what
/// waits behind it.
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
      } else if (const auto* reported = std::get_if<PackageReported>(&event)) {
        news.addresses.push_back(reported->end.address);
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
    for (std::vector<Event>* events : {&batch, &queue_})
      std::erase_if(*events, [this](const Event& event) { return must_drop(event); });
  }
  settled_.notify_all();
  news_.post(std::move(news));
}

void LogThread::announce_durable(const std::vector<Event>& batch) {
  {
    const std::lock_guard lock(mutex_);
    for (const Event& event : batch) {
      if (const auto* started = std::get_if<PackageStarted>(&event))
        starting_.erase(started->identity.address);
    }
  }
  settled_.notify_all();
  for (const Event& event : batch) {
    if (const auto* started = std::get_if<PackageStarted>(&event))
      news_.post(StartDurable{started->identity.address});
    if (const auto* step = std::get_if<StepFinished>(&event))
      news_.post(StepDurable{step->address});
  }
}

void LogThread::post_deadlines() {
  const LeaseTimes times = lease_->times();
  news_.post(LeaseRenewed{{times.last_start(), times.terminate(), times.kill()}});
}

}  // namespace cemli
