#include "state/holder.h"

#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

#include "state/base/process.h"
#include "tests/support/child_process.h"

namespace cemli {
namespace {

/// Tests that run side by side end the processes of their own runs only.
const RunId kOwn = "run-" + std::to_string(::getpid());

using namespace std::chrono_literals;
using test::ChildProcess;

Holder held_by(const ProcessId& process, const ProcessId& warden) {
  return {boot_id(), pid_namespace(), process, warden};
}

/// The identity of a process of this boot that has ended.
ProcessId ended_process() {
  ChildProcess child;
  child.end();
  return child.id();
}

}  // namespace

TEST_CASE("a run is dead when its process and its warden are gone") {
  CHECK(is_proven_dead(held_by(ended_process(), ended_process()), kOwn, 0ms));
}

TEST_CASE("a zombie is gone, although its number is still taken") {
  const ChildProcess holder;
  holder.kill_unreaped();
  CHECK(is_proven_dead(held_by(holder.id(), ended_process()), kOwn, 0ms));
}

TEST_CASE("a run whose process lives is not dead, whatever became of its warden") {
  const ChildProcess holder;
  CHECK_FALSE(is_proven_dead(held_by(holder.id(), ended_process()), kOwn, 10s));
  CHECK_FALSE(is_proven_dead(held_by(current_process(), ended_process()), kOwn, 10s));
}

TEST_CASE("a process that only has the holder's number is not the holder") {
  ProcessId reused = current_process();
  reused.start_time -= 1;
  CHECK(is_proven_dead(held_by(reused, ended_process()), kOwn, 0ms));
}

TEST_CASE("nothing is proven of another boot or another PID namespace") {
  Holder holder = held_by(ended_process(), ended_process());
  holder.boot_id = "00000000-0000-0000-0000-000000000000";
  CHECK_FALSE(is_proven_dead(holder, kOwn, 0ms));
  holder.boot_id = "";
  CHECK_FALSE(is_proven_dead(holder, kOwn, 0ms));
  holder = held_by(ended_process(), ended_process());
  holder.pid_namespace = "pid:[1]";
  CHECK_FALSE(is_proven_dead(holder, kOwn, 0ms));
}

TEST_CASE("a warden that outlives its holder is waited for, but not longer than asked") {
  ChildProcess warden;
  const Holder holder = held_by(ended_process(), warden.id());
  CHECK_FALSE(is_proven_dead(holder, kOwn, 30ms));
  CHECK(is_running(warden.id()));
  std::thread finishing([&warden] { warden.end(); });
  CHECK(is_proven_dead(holder, kOwn, 30s));
  finishing.join();
}

TEST_CASE("what a dead run has left behind is killed first") {
  ChildProcess left({"CEMLI_RUN_ID=" + kOwn, "CEMLI_PACKAGE=a"});
  ChildProcess also_left({"CEMLI_RUN_ID=" + kOwn});
  CHECK(is_proven_dead(held_by(ended_process(), ended_process()), kOwn, 30s));
  CHECK(left.wait_for_signal() == SIGKILL);
  CHECK(also_left.wait_for_signal() == SIGKILL);
}

TEST_CASE("processes of other runs are left alone") {
  const ChildProcess other({"CEMLI_RUN_ID=" + kOwn + "0"});
  const ChildProcess none({"CEMLI_RUN_IDENTITY=" + kOwn, "X=CEMLI_RUN_ID=" + kOwn});
  CHECK(is_proven_dead(held_by(ended_process(), ended_process()), kOwn, 0ms));
  CHECK(is_running(other.id()));
  CHECK(is_running(none.id()));
}

TEST_CASE("processes of a run that is not proven dead are left alone") {
  const ChildProcess step({"CEMLI_RUN_ID=" + kOwn});
  const ChildProcess alive;
  CHECK_FALSE(is_proven_dead(held_by(alive.id(), ended_process()), kOwn, 0ms));
  CHECK_FALSE(is_proven_dead(held_by(ended_process(), alive.id()), kOwn, 0ms));
  Holder elsewhere = held_by(ended_process(), ended_process());
  elsewhere.boot_id = "00000000-0000-0000-0000-000000000000";
  CHECK_FALSE(is_proven_dead(elsewhere, kOwn, 0ms));
  CHECK(is_running(step.id()));
}

TEST_CASE("who only looks sees whether a holder is gone, and ends nothing") {
  const ChildProcess step({"CEMLI_RUN_ID=" + kOwn});
  const ChildProcess alive;
  CHECK(is_gone(held_by(ended_process(), ended_process())));
  CHECK_FALSE(is_gone(held_by(alive.id(), ended_process())));
  CHECK_FALSE(is_gone(held_by(ended_process(), alive.id())));
  Holder elsewhere = held_by(ended_process(), ended_process());
  elsewhere.boot_id = "00000000-0000-0000-0000-000000000000";
  CHECK_FALSE(is_gone(elsewhere));
  CHECK(is_running(step.id()));
}

}  // namespace cemli
