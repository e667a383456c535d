#pragma once

#include <optional>
#include <string>
#include <vector>

#include "state/base/address.h"
#include "state/base/clock.h"
#include "state/base/digest.h"
#include "state/base/semver.h"

namespace cemli {

/// A use of a package that succeeded in the environment it is promoted from.
struct PromotedUse {
  Address address;
  /// Absent where it was recorded without a run.
  std::optional<std::string> run;
  Timestamp time;
  friend bool operator==(const PromotedUse&, const PromotedUse&) = default;
};

/// One package's way from one environment to another.
struct Promotion {
  std::string package;
  /// The target's version now; absent where it does not have the package yet.
  std::optional<Version> from;
  Version to;
  /// What succeeded in the source.
  Digest content;
  /// The instances of a new entry, sorted; none for a package that is used once, or is there
  /// already.
  std::vector<std::string> new_instances = {};
  /// By address, at least one.
  std::vector<PromotedUse> uses = {};
  /// As the manifest names it; empty where it names none.
  std::string change_ticket = {};
  friend bool operator==(const Promotion&, const Promotion&) = default;
};

/// What is promoted, or would be, and where it came to.
struct PromotionReport {
  std::string source;
  std::string target;
  /// By package.
  std::vector<Promotion> promotions = {};
  /// Packages that succeeded in the source and that the target does not have, sorted.
  std::vector<std::string> only_in_source = {};
  /// Packages that were named and that are there already, sorted.
  std::vector<std::string> up_to_date = {};
  /// The files that change, from the repository's root.
  std::vector<std::string> files = {};
  /// The branch that was made, the commit's id and the remote it was pushed to, where asked for.
  std::optional<std::string> branch = std::nullopt;
  std::optional<std::string> commit = std::nullopt;
  std::optional<std::string> pushed_to = std::nullopt;
  /// Where the request to merge it is, for a browser, and whether it was open before.
  struct Request {
    std::string address;
    bool was_open = false;
    friend bool operator==(const Request&, const Request&) = default;
  };
  std::optional<Request> request = std::nullopt;
  friend bool operator==(const PromotionReport&, const PromotionReport&) = default;
};

}  // namespace cemli
