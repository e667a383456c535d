#include "reconciler/plan/plan_digest.h"

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
  if (!std::exchange(is_first_, false)) hash_.update(",");
  hash_.update(canonical_text(action));
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
