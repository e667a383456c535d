#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

#include "state/base/crash_point.h"
#include "state/base/file.h"

/// What stands in for the product's `crash_point` in the program that the tests run: counts these
/// places over all processes of a run (in the file that `CEMLI_CRASH_COUNT` names), and at number
/// `CEMLI_CRASH_AT` kills the process that was started first.
namespace cemli {
namespace {

/// Shared with the processes that are forked later.
struct CrashPlan {
  std::atomic<std::uint64_t>* count = nullptr;
  std::uint64_t at = 0;
  pid_t victim = 0;
};

CrashPlan plan_from_environment() {
  CrashPlan plan;
  const char* file = std::getenv("CEMLI_CRASH_COUNT");
  const char* at = std::getenv("CEMLI_CRASH_AT");
  if (file == nullptr) return plan;
  const UniqueFd fd(::open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.is_open() || ::ftruncate(fd.get(), sizeof(std::uint64_t)) != 0) std::abort();
  void* shared =
      ::mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (shared == MAP_FAILED) std::abort();
  plan.count = static_cast<std::atomic<std::uint64_t>*>(shared);
  plan.at = at == nullptr ? 0 : std::strtoull(at, nullptr, 10);
  plan.victim = ::getpid();
  return plan;
}

/// Made before any fork, so that the first process is the victim.
const CrashPlan kPlan = plan_from_environment();

}  // namespace

void crash_point() noexcept {
  if (kPlan.count == nullptr) return;
  if (kPlan.count->fetch_add(1) + 1 == kPlan.at) ::kill(kPlan.victim, SIGKILL);
}

}  // namespace cemli
