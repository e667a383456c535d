#include "reconciler/cli/diagnosis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "state/base/clock.h"

namespace cemli {
namespace {

using std::chrono::seconds;

/// Those of `StoreFinding`, in their order.
constexpr std::array<std::string_view, 5> kAbilities{"read", "list", "create",
                                                     "create only if absent", "tell ages"};

/// What a store is good for shows in a lease of minutes.
constexpr seconds kWorthTelling{60};

/// Services tell whole seconds.
std::string told(seconds apart) {
  return apart < seconds(60) ? format_duration(apart) : describe_duration(apart);
}

bool is_of_reading(std::string_view ability) {
  return ability == "read" || ability == "list";
}

bool is_needed(StoreNeed need, std::string_view ability) {
  if (need == StoreNeed::writing) return true;
  return need == StoreNeed::reading && is_of_reading(ability);
}

Check judge_problem(Check check, StoreNeed need, const Error& problem) {
  const char* verdict = problem.code() == ErrorCode::denied ? "denied" : "no";
  check.says = fmt::format("{}: {}", verdict, problem.message());
  if (!is_needed(need, check.name)) {
    check.health = Health::note;
    check.hint = "not needed for this role";
    return check;
  }
  check.health = Health::wrong;
  check.hint = problem.hint();
  if (problem.code() == ErrorCode::denied && !is_of_reading(check.name)) {
    check.hint = (check.hint ? *check.hint + "\n" : "") +
                 "whoever only plans needs no more than to read: cemli doctor --role planner";
  }
  return check;
}

}  // namespace

std::string_view word_of(StoreKind kind) {
  switch (kind) {
    case StoreKind::packages:
      return "packages";
    case StoreKind::results:
      return "results";
    case StoreKind::state:
      break;
  }
  return "state";
}

StoreNeed need_of(Role role, StoreKind kind) {
  const bool is_packages = kind == StoreKind::packages;
  switch (role) {
    case Role::planner:
      return StoreNeed::reading;
    case Role::publisher:
      return is_packages ? StoreNeed::writing : StoreNeed::nothing;
    case Role::executor:
      break;
  }
  return is_packages ? StoreNeed::reading : StoreNeed::writing;
}

Probing probing_for(Role role) {
  return role == Role::planner ? Probing::reading : Probing::all;
}

std::vector<Check> judge_store(const std::string& subject, StoreNeed need,
                               const std::vector<StoreFinding>& findings) {
  std::vector<Check> checks;
  for (const std::string_view ability : kAbilities) {
    Check check{subject, std::string(ability)};
    const auto found = std::find_if(findings.begin(), findings.end(), [&](const auto& finding) {
      return finding.ability == ability;
    });
    if (found == findings.end()) {
      check.health = Health::untried;
      check.says = "not tried";
    } else if (found->problem) {
      check = judge_problem(std::move(check), need, *found->problem);
    } else {
      check.says = "yes";
    }
    checks.push_back(std::move(check));
  }
  return checks;
}

Check judge_clock(const std::string& subject, const Result<std::optional<seconds>>& lead,
                  seconds accepted) {
  if (!lead) return wrong_check(subject, "clock", lead.error());
  Check check{subject, "clock"};
  if (!*lead) {
    check.health = Health::untried;
    check.says = "the service does not tell the time";
    return check;
  }
  const seconds apart = std::chrono::abs(**lead);
  if (apart <= seconds(1)) {
    check.says = "as the service's";
    return check;
  }
  check.says = fmt::format("{} {} the service's, of {} that are accepted", told(apart),
                           **lead > seconds(0) ? "ahead of" : "behind", format_duration(accepted));
  if (apart > accepted) check.health = Health::wrong;
  if (apart > accepted || apart > kWorthTelling) {
    if (check.health == Health::good) check.health = Health::note;
    check.hint = "set the clock of this machine, for example by NTP";
  }
  return check;
}

std::string abbreviated_key_id(std::string_view id) {
  constexpr std::size_t kShown = 4;
  if (id.size() < 3 * kShown) return fmt::format("{}…", id.substr(0, 2));
  return fmt::format("{}…{}", id.substr(0, kShown), id.substr(id.size() - kShown));
}

Check wrong_check(std::string subject, std::string name, const Error& error) {
  return {std::move(subject), std::move(name), Health::wrong, error.message(), error.hint()};
}

}  // namespace cemli
