#include "state/event.h"

#include <fmt/format.h>

#include <array>
#include <cassert>
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

std::string canonical_text(const nlohmann::json& value) {
  auto text = canonical_json(value);
  assert(text);
  return *std::move(text);
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
  // Its canonical JSON without a tree of it: plans ask for this several times a package.
  const auto& instance = address.instance();
  const auto quoted = [](const std::string& text) { return canonical_text(nlohmann::json(text)); };
  return Digest::of(
      fmt::format(R"({{"content":"{}","instance":{},"name":"{}","parameters":{},"rerun_on":{},)"
                  R"("version":{}}})",
                  content.hex(), instance ? quoted(*instance) : "null", address.name(),
                  parameters.empty() ? "{}" : canonical_text(json_of(parameters)),
                  rerun_on.empty() ? "{}" : canonical_text(rerun_on), quoted(version)));
}

}  // namespace cemli
