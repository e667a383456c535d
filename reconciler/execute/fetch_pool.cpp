#include "reconciler/execute/fetch_pool.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace cemli {

FetchPool::FetchPool(std::size_t threads, PackageFetcher fetch, std::filesystem::path parent)
    : fetch_(std::move(fetch)),
      parent_(std::move(parent)),
      ready_event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

FetchPool::~FetchPool() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wishes_changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void FetchPool::ask(std::size_t action, const DesiredPackage& desired) {
  {
    const std::lock_guard lock(mutex_);
    wishes_.push_back(Wish{action, &desired});
  }
  wishes_changed_.notify_one();
}

std::vector<PreparedPackage> FetchPool::take() {
  std::uint64_t ignored = 0;
  static_cast<void>(::read(ready_event_.get(), &ignored, sizeof ignored));
  const std::lock_guard lock(mutex_);
  return std::exchange(ready_, {});
}

void FetchPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wishes_changed_.wait(lock, [this] { return ending_ || !wishes_.empty(); });
    if (ending_) return;
    const Wish wish = wishes_.front();
    wishes_.pop_front();
    lock.unlock();
    auto workspace = prepare(*wish.desired);
    lock.lock();
    ready_.push_back(PreparedPackage{wish.action, std::move(workspace)});
    const std::uint64_t one = 1;
    static_cast<void>(::write(ready_event_.get(), &one, sizeof one));
  }
}

Result<Workspace> FetchPool::prepare(const DesiredPackage& desired) const {
  const auto file = fetch_(desired);
  if (!file) return file.error();
  const auto zip = whole_file(file->get());
  if (!zip) return zip.error();
  return prepare_workspace(desired, *zip, parent_);
}

}  // namespace cemli
