#include "reconciler/execute/stop_signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

namespace cemli {

StopSignals::StopSignals() {
  sigset_t stops;
  ::sigemptyset(&stops);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&stops, number);
  ::pthread_sigmask(SIG_BLOCK, &stops, &before_);
  fd_ = UniqueFd(::signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK));
}

StopSignals::~StopSignals() {
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::vector<int> StopSignals::take() {
  std::vector<int> numbers;
  signalfd_siginfo info{};
  while (::read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info))
    numbers.push_back(static_cast<int>(info.ssi_signo));
  return numbers;
}

}  // namespace cemli
