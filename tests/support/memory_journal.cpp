#include "tests/support/memory_journal.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <utility>

namespace cemli::test {

MemoryJournal::MemoryJournal() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  post(LeaseRenewed{deadlines_in(std::chrono::minutes(5))});
}

StepDeadlines MemoryJournal::deadlines_in(std::chrono::milliseconds last_start) {
  const BootTime from = boot_now() + last_start;
  return {from, from + std::chrono::minutes(1), from + std::chrono::minutes(2)};
}

void MemoryJournal::post(JournalNews news) {
  news_.push_back(std::move(news));
  const std::uint64_t one = 1;
  static_cast<void>(::write(event_.get(), &one, sizeof one));
}

const AttemptReport& MemoryJournal::report_of(std::string_view address) const {
  const auto found = reports_.find(address);
  REQUIRE(found != reports_.end());
  return found->second;
}

bool MemoryJournal::has_report_of(std::string_view address) const {
  return reports_.contains(address);
}

void MemoryJournal::announce(const Action& start) {
  said_.push_back("announce " + start.address.text());
  announced = true;
  announced.notify_all();
  if (on_announce) return on_announce(start);
  post(StartDurable{start.address});
}

void MemoryJournal::finish_step(const Action& action, const std::string& label) {
  said_.push_back(fmt::format("finish {} {}", action.address.text(), label));
  if (on_finish_step) return on_finish_step(action);
  post(StepDurable{action.address});
}

void MemoryJournal::report(AttemptReport report) {
  const std::string address = report.address.text();
  said_.push_back(fmt::format("report {} {}", address, word_of(kind_of(report.outcome))));
  const AttemptReport& kept = reports_.insert_or_assign(address, std::move(report)).first->second;
  if (on_report) {
    on_report(kept);
  } else {
    post(EndQueued{kept.address, kept.outcome});
  }
  if (drops_reports) reports_.erase(address);
}

std::vector<JournalNews> MemoryJournal::take_news() {
  std::uint64_t ignored = 0;
  static_cast<void>(::read(event_.get(), &ignored, sizeof ignored));
  if (on_take) on_take();
  return std::exchange(news_, {});
}

}  // namespace cemli::test
