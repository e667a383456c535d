#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "reconciler/execute/journal.h"
#include "state/lease.h"
#include "tests/support/memory_store.h"
#include "tests/support/sample_log.h"

namespace cemli::test {

inline const RunId kRun = "20261123T060000Z-00000001";

/// Starts the run `kRun` in environment `dev`; `store` must outlive the lease.
[[nodiscard]] Lease begin_run(Store& store, std::chrono::milliseconds lease);
/// What is folded from the whole log; fails the test where it cannot be read.
[[nodiscard]] RecordedState state_of(Store& store);
[[nodiscard]] std::vector<Entry> entries_of(Store& store);
/// Appends an operator's entry at the head. For any thread, so it ends the process where it fails.
void say(Store& store, std::vector<Event> events);

/// Takes news until one of this kind comes, and returns it; fails the test after 20 s. Others are
/// dropped.
template <typename News>
News await_news(int fd, const std::function<std::vector<JournalNews>()>& take);

/// Waits until there is news, at most 20 s.
void await_readable(int fd);

template <typename News>
News await_news(int fd, const std::function<std::vector<JournalNews>()>& take) {
  for (;;) {
    await_readable(fd);
    for (JournalNews& news : take()) {
      if (auto* wanted = std::get_if<News>(&news)) return std::move(*wanted);
    }
  }
}

}  // namespace cemli::test
