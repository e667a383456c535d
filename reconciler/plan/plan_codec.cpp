#include "reconciler/plan/plan_codec.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "reconciler/plan/forecast.h"
#include "state/base/checksum.h"
#include "state/base/dump_json.h"

namespace cemli {
namespace {

using nlohmann::ordered_json;

/// On one line; bytes that are not UTF-8 (in what an operator wrote, say) are replaced.
std::string text_of(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json hex_or_null(const std::optional<Digest>& digest) {
  return digest ? ordered_json(digest->hex()) : ordered_json(nullptr);
}

ordered_json texts_of(const std::vector<Address>& addresses) {
  ordered_json texts = ordered_json::array();
  for (const Address& address : addresses) texts.push_back(address.text());
  return texts;
}

ordered_json json_of(const Reason& reason) {
  ordered_json object{{"code", reason.code}};
  for (const auto& operand : reason.operands) {
    object[operand.first] = cemli::json_of(operand.second);
  }
  object["details"] = ordered_json::object();
  for (const auto& [name, value] : reason.details) object["details"][name] = value;
  return object;
}

ordered_json json_of(const std::optional<Rehearsal>& dry_run) {
  if (!dry_run) return nullptr;
  return {{"outcome", word_of(dry_run->outcome)},
          {"summary", dry_run->summary},
          {"stdout", dry_run->out},
          {"stderr", dry_run->err}};
}

ordered_json json_of(const Action& action) {
  ordered_json reasons = ordered_json::array();
  for (const Reason& reason : action.reasons) reasons.push_back(json_of(reason));
  ordered_json object{
      {"address", action.address.text()},
      {"action", word_of(action.kind)},
      {"version", action.version.empty() ? ordered_json(nullptr) : ordered_json(action.version)},
      {"version_before", or_null(action.version_before)},
      {"before", hex_or_null(action.before)},
      {"after", hex_or_null(action.after)},
      {"reasons", std::move(reasons)},
      {"attempt", action.attempt},
      {"expected_seconds", nullptr},
      {"reversible", nullptr},
      {"depends_on", texts_of(action.desired ? action.desired->depends_on : action.waits_for)},
      {"dry_run", json_of(action.dry_run)}};
  if (action.expected) {
    object["expected_seconds"] = std::chrono::duration<double>(*action.expected).count();
  }
  if (action.desired) object["reversible"] = word_of(action.desired->reversible);
  return object;
}

ordered_json json_of(const Selection& selection) {
  return {{"targets", texts_of(selection.targets)}, {"excluded", texts_of(selection.excluded)}};
}

std::string_view word_of(Refusal::By by) {
  switch (by) {
    case Refusal::By::both:
      return "both";
    case Refusal::By::converged:
      return "converged";
    case Refusal::By::planned:
      return "planned";
  }
  return "";
}

ordered_json json_of(const std::vector<Refusal>& refusals) {
  ordered_json objects = ordered_json::array();
  for (const Refusal& refusal : refusals)
    objects.push_back(
        {{"rule", refusal.rule},
         {"address", refusal.address ? ordered_json(refusal.address->text()) : nullptr},
         {"what", refusal.what},
         {"remedy", refusal.remedy},
         {"by", word_of(refusal.by)}});
  return objects;
}

ordered_json json_of(const std::vector<UsedApproval>& approvals) {
  ordered_json objects = ordered_json::array();
  for (const UsedApproval& approval : approvals)
    objects.push_back({{"principal", approval.principal}, {"key", approval.key}});
  return objects;
}

ordered_json json_of(const std::optional<PolicyChange>& change) {
  if (!change) return nullptr;
  return {
      {"before", hex_or_null(change->before)}, {"changed", change->what}, {"due", change->is_due}};
}

ordered_json json_of(const Forecast& forecast) {
  const auto seconds = [](std::chrono::milliseconds duration) {
    return std::chrono::duration<double>(duration).count();
  };
  return {{"work_seconds", seconds(forecast.work)},
          {"longest_path_seconds", seconds(forecast.longest)},
          {"longest_path", texts_of(forecast.path)},
          {"unknown", forecast.unknown}};
}

ordered_json summary_of(const Plan& plan) {
  constexpr std::array kInOrder{ActionKind::run,     ActionKind::update, ActionKind::retry,
                                ActionKind::rerun,   ActionKind::remove, ActionKind::forget,
                                ActionKind::blocked, ActionKind::held,   ActionKind::none};
  const std::map<ActionKind, std::uint64_t> counts = plan.summary();
  ordered_json object;
  for (const ActionKind kind : kInOrder) {
    const auto found = counts.find(kind);
    object[std::string(word_of(kind))] = found == counts.end() ? 0 : found->second;
  }
  return object;
}

}  // namespace

std::string encode_plan(const Plan& plan) {
  ordered_json basis{{"seq", 0}, {"entry", nullptr}};
  if (plan.basis) basis = {{"seq", plan.basis->seq}, {"entry", plan.basis->digest.hex()}};
  std::string text =
      fmt::format("{{\n  \"format\": {},\n  \"environment\": {},\n  \"commit\": {},\n", kPlanFormat,
                  text_of(plan.environment), text_of(or_null(plan.commit)));
  text += fmt::format("  \"basis\": {},\n  \"active_run\": {},\n", text_of(basis),
                      text_of(or_null(plan.active_run)));
  text += fmt::format("  \"selection\": {},\n", text_of(json_of(plan.selection)));
  text += fmt::format("  \"desired\": \"{}\",\n  \"policy\": \"{}\",\n  \"actions\": [",
                      plan.desired.hex(), plan.policy.hex());
  const char* separator = "\n    ";
  for (const Action& action : plan.actions) {
    text += std::exchange(separator, ",\n    ");
    text += text_of(json_of(action));
  }
  text += fmt::format(
      "\n  ],\n  \"policy_change\": {},\n  \"summary\": {},\n  \"approvals\": {},\n  \"refused\": "
      "{},\n  \"forecast\": "
      "{},\n  \"digest\": "
      "\"{}\"\n}}\n",
      text_of(json_of(plan.policy_change)), text_of(summary_of(plan)),
      text_of(json_of(plan.approvals)), text_of(json_of(plan.refusals)),
      text_of(json_of(forecast(plan))), plan.digest().hex());
  return with_checksum(std::move(text));
}

}  // namespace cemli
