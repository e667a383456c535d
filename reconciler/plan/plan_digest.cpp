#include "reconciler/plan/plan_digest.h"

#include <fmt/format.h>

#include <cassert>
#include <nlohmann/json.hpp>
#include <utility>

#include "state/base/canonical_json.h"

namespace cemli {
namespace {

std::string canonical_text(const nlohmann::json& value) {
  auto text = canonical_json(value);
  assert(text);
  return *std::move(text);
}

}  // namespace

PlanDigest::PlanDigest() {
  hash_.update(R"({"actions":[)");
}

void PlanDigest::add(const nlohmann::json& action) {
  add_text(canonical_text(action));
}

void PlanDigest::add_plain(const std::string& address, std::string_view action,
                           const std::optional<Digest>& before,
                           const std::optional<Digest>& after) {
  // Neither an address nor an action's word has anything that JSON escapes.
  const auto quoted = [](const std::optional<Digest>& digest) {
    return digest ? '"' + digest->hex() + '"' : std::string("null");
  };
  add_text(fmt::format(R"({{"action":"{}","address":"{}","after":{},"before":{},"reasons":[]}})",
                       action, address, quoted(after), quoted(before)));
}

void PlanDigest::add_text(std::string_view canonical) {
  if (!std::exchange(is_first_, false)) hash_.update(",");
  hash_.update(canonical);
}

Digest PlanDigest::finish(const Digest& desired, const std::string& environment,
                          const Digest& policy) {
  hash_.update(R"(],"desired":)");
  hash_.update(canonical_text(desired.hex()));
  hash_.update(R"(,"environment":)");
  hash_.update(canonical_text(environment));
  hash_.update(R"(,"policy":)");
  hash_.update(canonical_text(policy.hex()));
  hash_.update("}");
  return hash_.finish();
}

}  // namespace cemli
