#include "reconciler/execute/stop_signals.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

namespace cemli {
namespace {

bool is_readable(int fd) {
  pollfd poll{fd, POLLIN, 0};
  return ::poll(&poll, 1, 0) == 1;
}

TEST_CASE("signals that ask to stop arrive at a descriptor") {
  StopSignals signals;
  CHECK_FALSE(is_readable(signals.fd()));
  const int number = GENERATE(SIGINT, SIGTERM, SIGHUP);
  ::kill(::getpid(), number);
  CHECK(is_readable(signals.fd()));
  CHECK(signals.take() == std::vector<int>{number});
  CHECK_FALSE(is_readable(signals.fd()));
  CHECK(signals.take().empty());
}

TEST_CASE("threads started later do not take the signals") {
  StopSignals signals;
  std::thread([] { ::kill(::getpid(), SIGTERM); }).join();
  CHECK(signals.take() == std::vector<int>{SIGTERM});
}

TEST_CASE("afterwards signals do what they did before") {
  sigset_t before;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  { const StopSignals signals; }
  sigset_t after;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (const int number : {SIGINT, SIGTERM, SIGHUP})
    CHECK(sigismember(&before, number) == sigismember(&after, number));
}

}  // namespace
}  // namespace cemli
