#include "reconciler/plan/saved_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "reconciler/plan/plan_codec.h"
#include "reconciler/plan/plan_digest.h"
#include "state/base/checksum.h"
#include "state/base/json_reader.h"

namespace cemli {
namespace {

using nlohmann::json;

/// The part of a written action that the digest covers.
json digested_part(json action) {
  json reasons = action.at("reasons");
  for (json& reason : reasons) reason.erase("details");
  return {{"address", std::move(action["address"])},
          {"action", std::move(action["action"])},
          {"before", std::move(action["before"])},
          {"after", std::move(action["after"])},
          {"reasons", std::move(reasons)}};
}

SavedPlan::Due read_action(JsonReader& reader, std::map<Address, json>& digested,
                           const json& object) {
  SavedPlan::Due due{reader.address("address"), ActionKind::none, {}};
  const std::string word = reader.text("action");
  if (const auto kind = action_kind_of(word)) {
    due.kind = *kind;
  } else {
    reader.fail("action", "unknown to this version of cemli: '" + word + "'");
  }
  static_cast<void>(reader.optional_digest("before"));
  due.after = reader.optional_digest("after");
  static_cast<void>(reader.objects("reasons"));
  if (reader.failed()) return due;
  if (!digested.emplace(due.address, digested_part(object)).second)
    reader.fail("address", "stands there twice");
  return due;
}

Result<SavedPlan> read_plan(const json& document) {
  std::optional<Error> failure;
  JsonReader reader(document, failure);
  const std::uint64_t format = reader.number("format");
  if (!failure && format != kPlanFormat) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("format {} is not the one this version of cemli reads, {}", format,
                             kPlanFormat));
  }
  SavedPlan plan{reader.text("environment"), reader.optional_text("commit"), {}, {},
                 reader.digest("policy"),    reader.digest("digest")};
  JsonReader selection = reader.object("selection");
  plan.selection = {selection.addresses("targets"), selection.addresses("excluded")};
  const Digest desired = reader.digest("desired");
  std::map<Address, json> digested;
  const json& objects = reader.any("actions");
  std::size_t index = 0;
  for (JsonReader& action : reader.objects("actions"))
    plan.actions.push_back(read_action(action, digested, objects.at(index++)));
  if (failure) return *std::move(failure);
  PlanDigest digest;
  for (const auto& entry : digested) digest.add(entry.second);
  if (digest.finish(desired, plan.environment, plan.policy) == plan.digest) return plan;
  return Error(ErrorCode::invalid_input,
               "it was changed after it was made: it is not what its "
               "digest says");
}

bool brings_to_desired(ActionKind kind) {
  return kind == ActionKind::run || kind == ActionKind::update || kind == ActionKind::retry ||
         kind == ActionKind::rerun;
}

bool is_same_work(ActionKind left, ActionKind right) {
  return left == right || (brings_to_desired(left) && brings_to_desired(right));
}

bool takes_away(ActionKind kind) {
  return kind == ActionKind::remove || kind == ActionKind::forget;
}

/// How `now` is not what the plan said of an address; null where nothing is known of it any more.
std::optional<std::string> difference(const SavedPlan::Due& due, const Action* now) {
  if (now == nullptr) {
    if (due.kind == ActionKind::none || takes_away(due.kind)) return std::nullopt;
    return fmt::format("the plan says '{}', and now nothing is known of it", word_of(due.kind));
  }
  const bool is_done = now->kind == ActionKind::none && !takes_away(due.kind);
  if (!is_done && !is_same_work(due.kind, now->kind))
    return fmt::format("the plan says '{}', and now it is '{}'", word_of(due.kind),
                       word_of(now->kind));
  if (now->after == due.after || due.kind == ActionKind::none) return std::nullopt;
  return fmt::format("the plan brings it to identity {}, and now {} is desired",
                     due.after ? due.after->abbreviated() : "none",
                     now->after ? now->after->abbreviated() : "none");
}

}  // namespace

Result<SavedPlan> decode_plan(std::string_view text, std::string_view file) {
  const auto in_file = [&](Error error) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("'{}' is not a plan that can be applied: {}", file, error.message()))
        .with_hint("cemli plan -e ENV -o FILE makes one");
  };
  const json document = json::parse(text, nullptr, false);
  if (document.is_discarded())
    return in_file(Error(ErrorCode::invalid_input, "it is not JSON, or is cut off"));
  auto plan = read_plan(document);
  if (!plan) return in_file(std::move(plan).error());
  // What people read of it stands outside its digest, too.
  if (!check_checksum(text)) {
    return in_file(Error(ErrorCode::invalid_input,
                         "it was changed after it was made: its bytes are not those of its "
                         "checksum"));
  }
  return plan;
}

std::vector<std::string> what_moved(const SavedPlan& saved, const Plan& now) {
  std::vector<std::string> moved;
  std::map<Address, const Action*> due_now;
  for (const Action& action : now.actions) due_now.emplace(action.address, &action);
  for (const SavedPlan::Due& due : saved.actions) {
    const auto found = due_now.find(due.address);
    const Action* action = found == due_now.end() ? nullptr : found->second;
    if (found != due_now.end()) due_now.erase(found);
    if (const auto what = difference(due, action))
      moved.push_back(fmt::format("'{}': {}", due.address.text(), *what));
  }
  for (const auto& [address, action] : due_now) {
    if (action->kind == ActionKind::none) continue;
    moved.push_back(fmt::format("'{}': it is not in the plan, and now it is '{}'", address.text(),
                                word_of(action->kind)));
  }
  std::sort(moved.begin(), moved.end());
  if (now.policy_change && now.policy != saved.policy)
    moved.emplace_back("the policy is another one than the plan's");
  return moved;
}

}  // namespace cemli
