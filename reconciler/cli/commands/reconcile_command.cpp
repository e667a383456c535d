#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <ostream>
#include <random>
#include <utility>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/commands/planning.h"
#include "reconciler/cli/commands/replaying.h"
#include "reconciler/cli/commands/run_session.h"
#include "reconciler/cli/service_notice.h"
#include "reconciler/execute/stop_signals.h"
#include "reconciler/report/plan_text.h"
#include "reconciler/report/wording.h"
#include "state/base/program.h"

namespace cemli {
namespace {

using std::chrono::milliseconds;

/// After ticks that went wrong the next ones come more and more slowly, up to this.
constexpr milliseconds kLongestBackoff = std::chrono::hours(1);
constexpr int kMostDoublings = 10;
constexpr milliseconds kNotifyTimeout = std::chrono::minutes(5);

/// What one tick came to.
struct Tick {
  ExitStatus status = ExitStatus::done;
  /// Whether trying again sooner than later would not help.
  bool backs_off = false;
};

class Reconciler {
 public:
  Reconciler(const GlobalOptions& global, const ReconcileCommand& command, Streams& streams)
      : global_(global), command_(command), streams_(streams), random_(std::random_device{}()) {
    global_.stop_fd = signals_.fd();
  }

  Result<ExitStatus> once() {
    auto tick = tick_once();
    if (tick) return tick->status;
    if (const auto stopped = take_stop()) return *stopped;
    return std::move(tick).error();
  }

  ExitStatus for_ever(milliseconds interval) {
    tell_service_manager("READY=1");
    int failures = 0;
    for (;;) {
      auto tick = tick_once();
      if (tick &&
          (tick->status == ExitStatus::interrupted || tick->status == ExitStatus::terminated))
        return stop(tick->status);
      if (const auto stopped = take_stop()) return stop(*stopped);
      if (tick) {
        tell_looked(tick->status == ExitStatus::done ? "all is as desired"
                                                     : "something failed or is blocked");
      } else {
        report(tick.error());
      }
      failures = !tick || tick->backs_off ? std::min(failures + 1, kMostDoublings) : 0;
      if (const auto stopped = wait(pause(interval, failures))) return stop(*stopped);
    }
  }

 private:
  /// Plans, and runs what is due until somebody else no longer comes first.
  Result<Tick> tick_once() {
    auto context = open_environment(global_, command_.revision);
    if (!context) return std::move(context).error();
    PlanOptions options;
    options.failed_again = PlanOptions::FailedAgain::leave;
    if (auto replayed = replay_spools(*context, streams_); !replayed)
      return std::move(replayed).error();
    auto planning = plan_environment(*context, options, streams_);
    if (!planning) return std::move(planning).error();
    const BootTime give_up = boot_now() + command_.lock_timeout;
    for (;;) {
      // Of a log that goes on elsewhere nobody knows whether all is as desired.
      if (auto open = require_open(planning->reading.state); !open) return std::move(open).error();
      show(planning->plan);
      if (!planning->plan.has_work())
        return Tick{planning->plan.has_blocked_or_failed() ? ExitStatus::failed : ExitStatus::done,
                    false};
      if (auto allowed = check_policy(*context, planning->plan); !allowed)
        return std::move(allowed).error();
      if (auto checked = check_first_run(*context, planning->plan, command_.run); !checked)
        return std::move(checked).error();
      auto moved = wait_for_turn(*context, planning->reading, give_up, streams_);
      if (!moved) return std::move(moved).error();
      if (*moved) {
        if (auto planned = plan_again(*context, *planning); !planned)
          return std::move(planned).error();
        continue;
      }
      tell_service_manager("STATUS=applying");
      auto run = run_plan(*context, *planning, command_.run, streams_);
      if (!run) return std::move(run).error();
      if (const auto* end = std::get_if<RunEnd>(&*run)) {
        notify(*context, *end);
        return Tick{end->status, end->counts.error > 0};
      }
      if (auto read = catch_up(*context->state, planning->reading); !read)
        return std::move(read).error();
      if (auto planned = plan_again(*context, *planning); !planned)
        return std::move(planned).error();
    }
  }

  /// The same plan is told once: a service's journal is read for what changes.
  void show(const Plan& plan) {
    const Digest digest = plan.digest();
    if (std::exchange(shown_, digest) == digest) return;
    streams_.out << plan_text(plan, streams_.out_style) << std::flush;
  }

  void report(const Error& error) {
    streams_.err << "error: " << error.message() << '\n';
    if (error.hint()) streams_.err << "  " << *error.hint() << '\n';
    streams_.err << std::flush;
    tell_looked(error.message());
  }

  static void tell_looked(std::string_view found) {
    tell_service_manager(fmt::format("STATUS=looked at {}: {}", describe_time(wall_now()), found));
  }

  void notify(EnvironmentContext& context, const RunEnd& end) {
    // What is due next is told anew, whatever was shown before this run.
    shown_.reset();
    if (!command_.notify || !end.result) return;
    const auto result = context.results->get(end.result->key);
    if (!result || !*result) {
      streams_.err << "note: the run's result could not be read, so nobody was notified\n";
      return;
    }
    ProgramCall call{{"/bin/sh", "-c", *command_.notify}};
    call.input = **result;
    call.timeout = kNotifyTimeout;
    const auto ended = run_program(call);
    if (!ended) {
      streams_.err << "note: --notify: " << ended.error().message() << '\n';
    } else if (ended->exit_code != 0) {
      streams_.err << fmt::format("note: --notify: exit code {}: {}\n", ended->exit_code,
                                  ended->err.substr(0, ended->err.find('\n')));
    }
  }

  /// Doubled with each failure, and up to a tenth longer or shorter, so that many machines do not
  /// keep asking at the same moment.
  milliseconds pause(milliseconds interval, int failures) {
    const milliseconds longest = std::max(interval, kLongestBackoff);
    milliseconds pause = interval;
    for (int i = 0; i < failures && pause < longest; ++i) pause = std::min(pause * 2, longest);
    std::uniform_real_distribution<double> jitter(0.9, 1.1);
    return std::chrono::duration_cast<milliseconds>(pause * jitter(random_));
  }

  std::optional<ExitStatus> take_stop() {
    const std::vector<int> numbers = signals_.take();
    if (numbers.empty()) return std::nullopt;
    return exit_status_of_signal(numbers.front());
  }

  std::optional<ExitStatus> wait(milliseconds pause) {
    const BootTime until = boot_now() + pause;
    for (BootTime now = boot_now(); now < until; now = boot_now()) {
      pollfd signals{signals_.fd(), POLLIN, 0};
      const auto left = std::chrono::ceil<milliseconds>(until - now);
      ::poll(&signals, 1, static_cast<int>(std::min(left, kLongestBackoff).count()));
      if (const auto stopped = take_stop()) return stopped;
    }
    return std::nullopt;
  }

  static ExitStatus stop(ExitStatus status) {
    tell_service_manager("STOPPING=1");
    return status;
  }

  StopSignals signals_;
  GlobalOptions global_;
  const ReconcileCommand& command_;
  Streams& streams_;
  std::minstd_rand random_;
  std::optional<Digest> shown_;
};

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& global, const ReconcileCommand& command,
                               Streams& streams) {
  Reconciler reconciler(global, command, streams);
  if (command.interval) return reconciler.for_ever(*command.interval);
  return reconciler.once();
}

}  // namespace cemli
