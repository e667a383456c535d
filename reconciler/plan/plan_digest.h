#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "state/base/digest.h"

namespace cemli {

/// The digest of a plan, an action at a time: a tree of all actions would be large (DESIGN 3.7).
class PlanDigest {
 public:
  PlanDigest();
  /// Adds `{address, action, before, after, reasons: [{code, …operands}]}`; in the addresses'
  /// order.
  void add(const nlohmann::json& action);
  /// The same of an action without reasons, as most are, without a tree of it.
  void add_plain(const std::string& address, std::string_view action,
                 const std::optional<Digest>& before, const std::optional<Digest>& after);
  [[nodiscard]] Digest finish(const Digest& desired, const std::string& environment,
                              const Digest& policy);

 private:
  void add_text(std::string_view canonical);

  Sha256 hash_;
  bool is_first_ = true;
};

}  // namespace cemli
