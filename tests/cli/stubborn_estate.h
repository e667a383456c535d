#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/cli/sandbox.h"
#include "tests/support/long_tests.h"

/// Packages that are hard to end, and what must hold of them however their runs were cut off.
namespace cemli::test {

inline constexpr int kStubbornPackages = 30;

/// Thirty packages in chains of ten, every second one idempotent. Each leaves what the kernel may
/// not leave behind: a daemon that left the session, and one that ignores SIGTERM.
[[nodiscard]] std::vector<PackageSource> stubborn_packages();

/// An operator looks at what is interrupted and not idempotent, and has it tried again.
void resolve_what_is_interrupted(Sandbox& sandbox);
[[nodiscard]] bool is_all_done(Sandbox& sandbox);

/// Attempts of an address by what the log says became of them; an attempt without an end belongs to
/// a run that was set aside.
struct Attempts {
  std::set<std::string> succeeded;
  std::set<std::string> interrupted;
};
[[nodiscard]] std::map<std::string, Attempts> attempts_in_log(const Sandbox& sandbox);

/// Once all is done: no effect is missing, and none came twice without having been reported as
/// interrupted. Returns how many attempts were interrupted.
std::size_t check_effects(const Sandbox& sandbox);

/// Whether a second later at the latest no process of the run is alive.
[[nodiscard]] bool is_nobody_left(const std::string& run);

}  // namespace cemli::test
