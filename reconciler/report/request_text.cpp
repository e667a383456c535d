#include "reconciler/report/request_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "reconciler/plan/plan_codec.h"
#include "reconciler/report/plan_text.h"
#include "reconciler/report/reasons_text.h"
#include "reconciler/report/wording.h"

namespace cemli {
namespace {

using nlohmann::ordered_json;

/// `update to 1.4.1: version 1.4.0 -> 1.4.1`.
std::string former_text(const Action& action) {
  std::string text(word_of(action.kind));
  if (!action.version.empty()) text += " to " + action.version;
  if (!action.reasons.empty()) text += ": " + reason_text(action.reasons.front());
  return text;
}

std::string titled(std::string_view title, const std::string& lines, const TextStyle& style) {
  if (lines.empty()) return "";
  return "\n" + painted(style, Paint::bold, title) + "\n" + lines;
}

std::string plan_part(const RequestPlan& request, const TextStyle& style) {
  const std::string& environment = request.plan.environment;
  std::string text = plan_header_text(request.plan, style);
  std::string instead;
  for (const auto& [address, former] : request.instead_of)
    instead += fmt::format("  {}: {}\n", address.text(), former_text(former));
  std::string dropped;
  for (const Action& former : request.dropped)
    dropped += fmt::format("  {}: {}\n", former.address.text(), former_text(former));
  if (!request.has_changes()) {
    text += "\nThe request changes nothing of what is due.\n";
  } else {
    text += titled("The request makes due:", actions_text(request.changes(), environment, style),
                   style);
    text += titled("That is instead of what is pending now:", instead, style);
    text += titled("With the request no longer due:", dropped, style);
    if (request.changes_policy)
      text +=
          "\n" + painted(style, Paint::yellow, "It changes the policy, or who may sign.") + "\n";
  }
  text += titled("Pending with or without it:", actions_text(request.others(), environment, style),
                 style);
  text += "\nAfter merging:\n" + plan_summary_text(request.plan, style);
  return text + painted(style, Paint::dim, "Plan digest " + request.plan.digest().hex()) + "\n";
}

std::string error_text(const Error& error) {
  std::string text = error.message() + "\n";
  if (error.hint()) text += "  " + *error.hint() + "\n";
  return text;
}

std::string revision_text(const std::string& name, const std::string& commit) {
  const std::string id = abbreviated_commit(commit);
  return name == commit ? id : fmt::format("{} ({})", printable(name), id);
}

ordered_json texts_of(const std::vector<const Action*>& actions) {
  ordered_json texts = ordered_json::array();
  for (const Action* action : actions) texts.push_back(action->address.text());
  return texts;
}

ordered_json json_of(const Action& action) {
  return {
      {"address", action.address.text()},
      {"action", word_of(action.kind)},
      {"version", action.version.empty() ? ordered_json(nullptr) : ordered_json(action.version)}};
}

std::string dumped(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

/// Plans have a text of their own, byte for byte.
std::string json_of(const RequestedEnvironment& environment) {
  const auto* request = std::get_if<RequestPlan>(&environment.outcome);
  const auto* error = std::get_if<Error>(&environment.outcome);
  const bool is_removed =
      std::holds_alternative<RequestedEnvironment::Removed>(environment.outcome);
  ordered_json object{
      {"environment", environment.environment},
      {"request", is_removed           ? "removes"
                  : environment.is_new ? "adds"
                                       : "changes"},
      {"error", error != nullptr ? ordered_json(error->message()) : ordered_json(nullptr)},
      {"notes", environment.notes}};
  if (request == nullptr) return dumped(object);
  object["changes_policy"] = request->changes_policy;
  object["changes"] = texts_of(request->changes());
  object["pending"] = texts_of(request->others());
  object["instead_of"] = ordered_json::array();
  for (const auto& former : request->instead_of)
    object["instead_of"].push_back(json_of(former.second));
  object["dropped"] = ordered_json::array();
  for (const Action& former : request->dropped) object["dropped"].push_back(json_of(former));
  std::string text = dumped(object);
  text.pop_back();
  std::string plan = encode_plan(request->plan);
  plan.pop_back();
  return text + ",\"plan\":" + plan + "}";
}

}  // namespace

std::string requested_environment_text(const RequestedEnvironment& environment,
                                       const TextStyle& style) {
  std::string text;
  if (const auto* request = std::get_if<RequestPlan>(&environment.outcome)) {
    if (environment.is_new) text += "The request adds this environment.\n";
    text += plan_part(*request, style);
  } else if (const auto* error = std::get_if<Error>(&environment.outcome)) {
    text += fmt::format("Environment {} cannot be planned:\n",
                        painted(style, Paint::bold, environment.environment)) +
            error_text(*error);
  } else {
    text += fmt::format(
        "Environment {} is removed by the request: nothing is planned or applied any more. What "
        "was installed stays, and so does its record.\n",
        painted(style, Paint::bold, environment.environment));
  }
  for (const std::string& note : environment.notes) {
    for (const std::string& line : wrapped("Note: " + printable(note), style.width))
      text += painted(style, Paint::yellow, line) + "\n";
  }
  return text;
}

std::string request_text(const ChangeRequest& request, const TextStyle& style) {
  std::string text =
      fmt::format("Merging {} into {}", revision_text(request.head, request.head_commit),
                  revision_text(request.base, request.base_commit));
  const std::size_t touched = request.environments.size();
  if (touched == 0) {
    return text + fmt::format(" touches no environment: {} as they are.\n",
                              request.untouched == 1
                                  ? "the 1 that is there stays"
                                  : fmt::format("the {} that are there stay", request.untouched));
  }
  text += fmt::format(" touches {} of {}.\n", touched,
                      count_of(touched + request.untouched, "environment"));
  for (const RequestedEnvironment& environment : request.environments)
    text += "\n" + requested_environment_text(environment, style);
  return text;
}

std::string request_json(const ChangeRequest& request) {
  const ordered_json head{{"base", request.base},
                          {"base_commit", request.base_commit},
                          {"head", request.head},
                          {"head_commit", request.head_commit},
                          {"untouched", request.untouched}};
  std::string text = "{\"format\":1," + dumped(head).substr(1);
  text.pop_back();
  text += ",\"environments\":[";
  const char* separator = "\n";
  for (const RequestedEnvironment& environment : request.environments)
    text += std::exchange(separator, ",\n") + json_of(environment);
  return text + "]}\n";
}

}  // namespace cemli
