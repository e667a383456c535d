#include "state/event.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "state/base/canonical_json.h"
#include "state/event_json.h"

namespace cemli {
namespace {

template <typename Enum, std::size_t size>
std::string_view word_in(const std::array<std::pair<Enum, std::string_view>, size>& words,
                         Enum value) {
  for (const auto& [candidate, word] : words) {
    if (candidate == value) return word;
  }
  return "?";
}

template <typename Enum, std::size_t size>
std::optional<Enum> value_in(const std::array<std::pair<Enum, std::string_view>, size>& words,
                             std::string_view word) {
  for (const auto& [value, candidate] : words) {
    if (candidate == word) return value;
  }
  return std::nullopt;
}

constexpr std::array<std::pair<OutcomeKind, std::string_view>, 6> kOutcomes{{
    {OutcomeKind::succeeded, "succeeded"},
    {OutcomeKind::failed, "failed"},
    {OutcomeKind::error, "error"},
    {OutcomeKind::interrupted, "interrupted"},
    {OutcomeKind::rolled_back, "rolled_back"},
    {OutcomeKind::not_started, "not_started"},
}};

constexpr std::array<std::pair<ActionKind, std::string_view>, 9> kActions{{
    {ActionKind::none, "none"},
    {ActionKind::run, "run"},
    {ActionKind::update, "update"},
    {ActionKind::retry, "retry"},
    {ActionKind::rerun, "rerun"},
    {ActionKind::remove, "remove"},
    {ActionKind::forget, "forget"},
    {ActionKind::blocked, "blocked"},
    {ActionKind::held, "held"},
}};

constexpr std::array<std::pair<Resolution, std::string_view>, 3> kResolutions{{
    {Resolution::succeeded, "succeeded"},
    {Resolution::failed, "failed"},
    {Resolution::retry, "retry"},
}};

}  // namespace

std::string_view word_of(OutcomeKind kind) {
  return word_in(kOutcomes, kind);
}
std::optional<OutcomeKind> outcome_kind_of(std::string_view word) {
  return value_in(kOutcomes, word);
}

std::string_view word_of(ActionKind kind) {
  return word_in(kActions, kind);
}
std::optional<ActionKind> action_kind_of(std::string_view word) {
  return value_in(kActions, word);
}

std::string_view word_of(Resolution resolution) {
  return word_in(kResolutions, resolution);
}
std::optional<Resolution> resolution_of(std::string_view word) {
  return value_in(kResolutions, word);
}

Digest Identity::digest() const {
  nlohmann::json document{{"name", address.name()},
                          {"instance", nullptr},
                          {"version", version},
                          {"content", content.hex()},
                          {"parameters", json_of(parameters)},
                          {"rerun_on", rerun_on}};
  if (address.instance()) document["instance"] = *address.instance();
  return digest_of(document);
}

}  // namespace cemli
