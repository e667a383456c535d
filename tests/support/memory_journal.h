#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/execute/journal.h"

namespace cemli::test {

/// A journal that is durable at once, unless a test answers itself. It notes all that was said, in
/// its order. Used from the executor's thread alone.
class MemoryJournal final : public Journal {
 public:
  /// With a lease that has just been renewed.
  MemoryJournal();

  void post(JournalNews news);
  /// A lease that allows starts for so long from now.
  static StepDeadlines deadlines_in(std::chrono::milliseconds last_start);

  /// Answer instead of the journal, where they are set.
  std::function<void(const Action& start)> on_announce;
  std::function<void(const AttemptReport& report)> on_report;
  std::function<void(const Action& action)> on_finish_step;
  /// Reports go with their workspaces as soon as they were answered.
  bool drops_reports = false;
  /// Called each time the loop asks for news.
  std::function<void()> on_take;

  /// Whether anything was announced yet; for other threads, too.
  std::atomic<bool> announced = false;
  /// `announce a`, `report a succeeded`, ...
  [[nodiscard]] const std::vector<std::string>& said() const { return said_; }
  /// The report of an address's attempt; fails the test where there is none.
  [[nodiscard]] const AttemptReport& report_of(std::string_view address) const;
  [[nodiscard]] bool has_report_of(std::string_view address) const;

  void announce(const Action& start) override;
  void finish_step(const Action& action, const std::string& label) override;
  void report(AttemptReport report) override;
  [[nodiscard]] std::vector<JournalNews> take_news() override;
  [[nodiscard]] int news_fd() const override { return event_.get(); }

 private:
  UniqueFd event_;
  std::vector<JournalNews> news_;
  std::vector<std::string> said_;
  std::map<std::string, AttemptReport, std::less<>> reports_;
};

}  // namespace cemli::test
