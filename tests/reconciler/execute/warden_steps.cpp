#include "tests/reconciler/execute/warden_steps.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <charconv>
#include <thread>

#include "state/base/process.h"
#include "tests/support/sample_run.h"

namespace cemli::test {
namespace {

std::unique_ptr<Warden> forked() {
  auto warden = fork_warden();
  if (!warden) FAIL(warden.error().message());
  return *std::move(warden);
}

/// The write end; `read` is the other one.
UniqueFd make_pipe(UniqueFd& read) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  read = UniqueFd(ends[0]);
  return UniqueFd(ends[1]);
}

}  // namespace

bool becomes_true(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

bool is_alive(pid_t pid) {
  return find_process(pid).has_value();
}

WardenSteps::WardenSteps() : folder_(temporary_folder()), warden_(forked()) {}

std::uint64_t WardenSteps::start(const std::string& script, const Options& options) {
  const std::uint64_t id = ++last_id_;
  Streams& streams = streams_[id];
  StepProcess step;
  step.id = id;
  step.argv = options.argv;
  if (step.argv.empty()) step.argv = {"/bin/sh", "-c", script};
  step.environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "CEMLI_PACKAGE=gl-base",
                      "CEMLI_INSTANCE=", fmt::format("CEMLI_ATTEMPT={}", id)};
  step.environment.insert(step.environment.end(), options.environment.begin(),
                          options.environment.end());
  step.working_directory =
      options.working_directory.empty() ? folder_.path().string() : options.working_directory;
  step.timeout = options.timeout;
  step.grace = options.grace;
  step.mark = fmt::format("gl-base\n\n{}", id);
  step.out = make_pipe(streams.out_fd);
  step.err = make_pipe(streams.err_fd);
  const auto started = warden_->start(std::move(step));
  if (!started) FAIL(started.error().message());
  return id;
}

StepEnd WardenSteps::wait(std::uint64_t id) {
  while (!ended_.contains(id)) {
    std::vector<pollfd> fds{{warden_->ended_fd(), POLLIN, 0}};
    for (const auto& [step, streams] : streams_) {
      for (const int fd : {streams.out_fd.get(), streams.err_fd.get()})
        fds.push_back({fd, POLLIN, 0});
    }
    if (::poll(fds.data(), fds.size(), 40'000) <= 0) FAIL("the step does not end");
    drain();
    for (const StepEnd& end : warden_->take_ended()) ended_.emplace(end.id, end);
  }
  drain();
  return ended_.at(id);
}

void WardenSteps::drain() {
  for (auto& [step, streams] : streams_) {
    drain(streams.out_fd, streams.out);
    drain(streams.err_fd, streams.err);
  }
}

void WardenSteps::drain(UniqueFd& fd, std::string& text) {
  std::array<char, 4096> buffer{};
  while (fd.is_open()) {
    const ssize_t n = ::read(fd.get(), buffer.data(), buffer.size());
    if (n < 0) return;
    if (n == 0) return fd.reset();
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

pid_t WardenSteps::pid_in(const std::string& file) const {
  pid_t pid = 0;
  const bool found = becomes_true([&] {
    const auto text = read_file(folder_.path() / file);
    if (!text || !text->ends_with('\n')) return false;
    std::from_chars(text->data(), text->data() + text->size(), pid);
    return true;
  });
  INFO(file);
  REQUIRE(found);
  REQUIRE(pid > 0);
  return pid;
}

}  // namespace cemli::test
