#pragma once

#include <map>
#include <string>
#include <vector>

#include "reconciler/execute/fetch_pool.h"
#include "reconciler/execute/observer.h"
#include "reconciler/plan/plan.h"

/// Packages, plans and folders for tests of execution.
namespace cemli::test {

/// A package's zip: what lies in `steps/` has a run bit unless its name ends in `.txt`.
[[nodiscard]] std::string zip_of(const std::map<std::string, std::string>& files);

/// A file without a name that holds these bytes.
[[nodiscard]] Result<UniqueFd> file_of(const std::string& bytes);

/// What a test says of one action: a package with `steps/run.sh` where nothing else is said.
struct SampleAction {
  std::string address;
  std::vector<std::string> depends_on = {};
  std::vector<std::string> locks = {};
  bool idempotent = false;
  /// Path to content; `manifest.json` is added with what `manifest` holds.
  std::map<std::string, std::string> files = {{"steps/run.sh", "exit 0\n"}};
  /// Members of the manifest behind name, version and type: `,"timeout":...`.
  std::string manifest = {};
  Parameters parameters = {};
};

/// A plan that runs these, in this order, and the zips it needs.
struct SampleRun {
  explicit SampleRun(const std::vector<SampleAction>& actions);

  [[nodiscard]] PackageFetcher fetcher() const;
  [[nodiscard]] const Action& action(std::string_view address) const;

  Plan plan;
  std::map<std::string, std::string> zips;
};

/// A run's facts with this process's `PATH`.
[[nodiscard]] RunFacts sample_facts();

/// A private folder below the system's one for temporary files.
[[nodiscard]] TemporaryFolder temporary_folder();

/// Notes what it is told: `started a`, `ended a succeeded`, `blocked b by a`, `notice ...`.
class NotingObserver final : public Observer {
 public:
  std::vector<std::string> notes;
  std::function<void(const Action&)> on_started;
  std::function<void(const Action&)> on_ended;

  void run_started(const RunId& run, const Plan& plan) override;
  void attempt_started(const Action& action) override;
  void attempt_ended(const Action& action, const AttemptReport& report) override;
  void became_blocked(const Action& action, const Address& because) override;
  void notice(const std::string& text) override;
};

}  // namespace cemli::test
