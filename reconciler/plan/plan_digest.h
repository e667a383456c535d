#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "state/base/digest.h"

namespace cemli {

/// The digest of a plan, an action at a time: a tree of all actions would be large (DESIGN 3.7).
class PlanDigest {
 public:
  PlanDigest();
  /// Adds `{address, action, before, after, reasons: [{code, …operands}]}`; in the addresses'
  /// order.
  void add(const nlohmann::json& action);
  [[nodiscard]] Digest finish(const Digest& desired, const std::string& environment,
                              const Digest& policy);

 private:
  Sha256 hash_;
  bool is_first_ = true;
};

}  // namespace cemli
