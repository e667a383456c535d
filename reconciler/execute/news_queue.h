#pragma once

#include <mutex>
#include <vector>

#include "reconciler/execute/journal.h"
#include "state/base/file.h"

namespace cemli {

/// News on its way to the executor's loop, from several threads.
class NewsQueue {
 public:
  NewsQueue();
  void post(JournalNews news);
  [[nodiscard]] std::vector<JournalNews> take();
  /// Readable when `take` has something.
  [[nodiscard]] int fd() const { return event_.get(); }

 private:
  UniqueFd event_;
  std::mutex mutex_;
  std::vector<JournalNews> news_;
};

}  // namespace cemli
