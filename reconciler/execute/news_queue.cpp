#include "reconciler/execute/news_queue.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace cemli {

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

}  // namespace cemli
