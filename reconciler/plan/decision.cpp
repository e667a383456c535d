#include "reconciler/plan/decision.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "state/base/clock.h"

namespace cemli {
namespace {

std::map<std::string, std::string> details_of(const Attempt& attempt) {
  std::map<std::string, std::string> details{
      {"run", attempt.run},
      {"time", format_timestamp(attempt.ended.value_or(attempt.started))},
      {"attempt", std::to_string(attempt.number)}};
  if (!attempt.summary.empty()) details["summary"] = attempt.summary;
  return details;
}

Reason about_attempt(std::string code, const AddressRecord& record) {
  Reason reason{std::move(code)};
  if (!record.last_attempt) return reason;
  reason.operands["version"] = record.last_attempt->identity.version;
  reason.details = details_of(*record.last_attempt);
  if (record.last_attempt->action == ActionKind::remove) reason.details["action"] = "remove";
  if (record.status == Status::running) reason.details["running"] = "yes";
  return reason;
}

void compare_parameters(const Parameters& before, const Parameters& after,
                        std::vector<Reason>& reasons) {
  for (const auto& [name, from] : before) {
    const auto found = after.find(name);
    if (found == after.end()) {
      reasons.push_back(Reason{"parameter_removed", {{"name", name}, {"from", from}}});
    } else if (found->second != from) {
      reasons.push_back(
          Reason{"parameter_changed", {{"name", name}, {"from", from}, {"to", found->second}}});
    }
  }
  for (const auto& [name, to] : after) {
    if (!before.contains(name))
      reasons.push_back(Reason{"parameter_added", {{"name", name}, {"to", to}}});
  }
}

void compare_rerun_on(const std::map<std::string, std::string>& before,
                      const std::map<std::string, std::string>& after,
                      std::vector<Reason>& reasons) {
  std::map<std::string, Reason> changed;
  for (const auto& [name, from] : before) {
    const auto found = after.find(name);
    if (found != after.end() && found->second == from) continue;
    Reason reason{"rerun_on_changed", {{"name", name}, {"from", from}}};
    if (found != after.end()) reason.operands["to"] = found->second;
    changed.emplace(name, std::move(reason));
  }
  for (const auto& [name, to] : after) {
    if (!before.contains(name))
      changed.emplace(name, Reason{"rerun_on_changed", {{"name", name}, {"to", to}}});
  }
  for (auto& entry : changed) reasons.push_back(std::move(entry.second));
}

bool differs_in_content(const Identity& recorded, const Identity& desired) {
  return recorded.version == desired.version && recorded.content != desired.content;
}

/// What differs between the last success and what is desired.
void add_differences(const AddressRecord& record, const Identity& after,
                     std::vector<Reason>& reasons) {
  if (!record.last_success) return;
  const Identity& before = record.last_success->identity;
  if (before.version != after.version) {
    reasons.push_back(Reason{"version_changed", {{"from", before.version}, {"to", after.version}}});
  }
  if (differs_in_content(before, after)) {
    reasons.push_back(
        Reason{"content_changed", {{"from", before.content.hex()}, {"to", after.content.hex()}}});
  }
  compare_parameters(before.parameters, after.parameters, reasons);
  compare_rerun_on(before.rerun_on, after.rerun_on, reasons);
}

bool was_marked_since(const AddressRecord& record) {
  return record.last_attempt && record.tainted_seq > record.last_attempt->started_seq;
}

Reason unfinished_reason(const AddressRecord& record) {
  switch (record.status) {
    case Status::failed:
      return about_attempt("failed_before", record);
    case Status::rolled_back:
      return about_attempt("rolled_back_before", record);
    case Status::error:
      if (record.resolution == Resolution::retry && record.word) {
        Reason reason = about_attempt("resolved_to_retry", record);
        reason.details["who"] = record.word->who;
        reason.details["why"] = record.word->why;
        return reason;
      }
      return about_attempt("error_before", record);
    default:
      return about_attempt("interrupted_before", record);
  }
}

Decision decide_unfinished(const DesiredPackage& desired, const AddressRecord& record,
                           const PlanOptions& options) {
  const bool interrupted = record.status == Status::interrupted || record.status == Status::running;
  if (interrupted && !desired.idempotent)
    return {ActionKind::blocked, {about_attempt("interrupted_not_idempotent", record)}};
  const bool ended_badly = record.status == Status::failed || record.status == Status::rolled_back;
  const bool unchanged = record.last_attempt && record.last_attempt->identity == desired.identity &&
                         record.last_attempt->action != ActionKind::remove &&
                         !was_marked_since(record);
  if (ended_badly && unchanged && options.failed_again == PlanOptions::FailedAgain::leave)
    return {ActionKind::blocked, {about_attempt("failed_unchanged", record)}};
  Decision decision{ActionKind::retry, {unfinished_reason(record)}};
  add_differences(record, desired.identity, decision.reasons);
  return decision;
}

bool can_uninstall(const AddressRecord& record) {
  const auto has_it = [](const std::vector<std::string>& abilities) {
    return std::find(abilities.begin(), abilities.end(), "uninstall") != abilities.end();
  };
  if (record.last_success) return has_it(record.last_success->abilities);
  return record.last_attempt && has_it(record.last_attempt->abilities);
}

bool is_unfinished(Status status) {
  return status == Status::failed || status == Status::error || status == Status::interrupted ||
         status == Status::rolled_back || status == Status::running;
}

}  // namespace

std::map<std::string, std::string> details_of(const OperatorWord& word) {
  return {{"who", word.who}, {"why", word.why}, {"time", format_timestamp(word.time)}};
}

bool is_blank(const AddressRecord& record) {
  return record.status == Status::not_started;
}

std::optional<Problem> content_problem(const DesiredPackage& desired, const AddressRecord& record) {
  const Identity* ran = nullptr;
  // An attempt that ended as `error` started no program: its content never reached the target.
  const bool attempt_counts = is_unfinished(record.status) && record.status != Status::error;
  if (attempt_counts && record.last_attempt &&
      differs_in_content(record.last_attempt->identity, desired.identity)) {
    ran = &record.last_attempt->identity;
  }
  if (record.last_success && differs_in_content(record.last_success->identity, desired.identity))
    ran = &record.last_success->identity;
  if (ran == nullptr) return std::nullopt;
  return Problem{
      ran->address.text(),
      fmt::format("the content of version {} changed: {} was run, {} is desired now", ran->version,
                  ran->content.abbreviated(), desired.identity.content.abbreviated())};
}

Decision decide_desired(const DesiredPackage& desired, const AddressRecord* record,
                        const PlanOptions& options) {
  if (record == nullptr || is_blank(*record)) return {ActionKind::run, {Reason{"new"}}};
  if (is_unfinished(record->status)) return decide_unfinished(desired, *record, options);
  Decision decision;
  if (record->status == Status::tainted || record->status == Status::drifted) {
    decision.kind = ActionKind::rerun;
    Reason reason{std::string(word_of(record->status))};
    if (record->word) reason.details = details_of(*record->word);
    decision.reasons.push_back(std::move(reason));
  } else if (!record->last_success) {
    return {ActionKind::run, {Reason{"new"}}};
  } else if (record->last_success->identity != desired.identity) {
    decision.kind = ActionKind::update;
  }
  add_differences(*record, desired.identity, decision.reasons);
  return decision;
}

Decision decide_undesired(const AddressRecord& record, const PlanOptions& options) {
  const Identity* identity = record.last_success   ? &record.last_success->identity
                             : record.last_attempt ? &record.last_attempt->identity
                                                   : nullptr;
  Decision decision;
  if (can_uninstall(record)) {
    decision = {ActionKind::remove, {Reason{"undesired"}}};
  } else if (record.last_success) {
    decision = {ActionKind::blocked, {Reason{"undesired_no_uninstall"}}};
  } else {
    Reason reason = about_attempt("undesired_never_succeeded", record);
    reason.details["status"] = word_of(record.status);
    return {ActionKind::forget, {std::move(reason)}};
  }
  if (identity != nullptr) decision.reasons.front().operands["version"] = identity->version;
  if (!is_unfinished(record.status)) return decision;
  const bool removal_failed =
      (record.status == Status::failed || record.status == Status::rolled_back) &&
      record.last_attempt && record.last_attempt->action == ActionKind::remove;
  if (decision.kind == ActionKind::remove && removal_failed && !was_marked_since(record) &&
      options.failed_again == PlanOptions::FailedAgain::leave) {
    return {ActionKind::blocked, {about_attempt("failed_unchanged", record)}};
  }
  decision.reasons.push_back(unfinished_reason(record));
  return decision;
}

void respect_operator(Decision& decision, const RecordedState& recorded,
                      const AddressRecord* record, const std::optional<Digest>& after) {
  // What is only left alone until something changes is an operator's to hold all the same.
  const bool is_left =
      decision.kind == ActionKind::blocked && decision.reasons.front().code == "failed_unchanged";
  if (!runs_programs(decision.kind) && decision.kind != ActionKind::forget && !is_left) return;
  std::vector<Reason> reasons;
  if (recorded.suspension)
    reasons.push_back(Reason{"suspended", {}, details_of(*recorded.suspension)});
  if (record != nullptr && record->hold && after == record->hold->identity)
    reasons.push_back(Reason{"held", {}, details_of(record->hold->word)});
  if (reasons.empty()) return;
  decision.kind = ActionKind::held;
  decision.reasons.insert(decision.reasons.begin(), reasons.begin(), reasons.end());
}

std::vector<std::string> done_before(const DesiredPackage& desired, const AddressRecord& record) {
  const bool goes_on = is_unfinished(record.status) && record.status != Status::rolled_back &&
                       record.last_attempt && record.last_attempt->identity == desired.identity &&
                       record.last_attempt->action != ActionKind::remove &&
                       !was_marked_since(record);
  if (!goes_on) return {};
  return record.last_attempt->done;
}

}  // namespace cemli
