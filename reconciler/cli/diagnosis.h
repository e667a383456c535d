#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/cli/options.h"
#include "reconciler/report/doctor_text.h"
#include "state/base/result.h"
#include "state/store/store_probe.h"

/// What `cemli doctor` makes of what it finds. Decides; looks at nothing.
namespace cemli {

enum class StoreKind { packages, results, state };
/// `packages`, `results`, `state`.
[[nodiscard]] std::string_view word_of(StoreKind kind);

/// What somebody must be able to do with a store.
enum class StoreNeed { nothing, reading, writing };
/// As `docs/object-storage.md` lists it for each role.
[[nodiscard]] StoreNeed need_of(Role role, StoreKind kind);

/// How far the store is tried. A planner leaves nothing behind.
[[nodiscard]] Probing probing_for(Role role);

/// One check for each ability of a store: those that were found, and those that nobody tried.
/// Missing what is not needed is a note.
[[nodiscard]] std::vector<Check> judge_store(const std::string& subject, StoreNeed need,
                                             const std::vector<StoreFinding>& findings);

/// A check `clock`, of a lead as `ask_clock_lead` tells it and how much of it is accepted.
[[nodiscard]] Check judge_clock(const std::string& subject,
                                const Result<std::optional<std::chrono::seconds>>& lead,
                                std::chrono::seconds accepted);

/// `AKIA…WXYZ`: enough to tell two keys apart.
[[nodiscard]] std::string abbreviated_key_id(std::string_view id);

/// A check that something is wrong, as the error says it.
[[nodiscard]] Check wrong_check(std::string subject, std::string name, const Error& error);

}  // namespace cemli
