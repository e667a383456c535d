#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "reconciler/forge/forge.h"
#include "reconciler/forge/forge_sender.h"
#include "state/base/result.h"

/// What is done on every forge in the same way, said in the words of each.
namespace cemli {

/// How the comments of a request are called.
struct CommentCalls {
  /// Where one is added.
  std::string path;
  /// The query behind it by which all are listed, oldest first.
  std::string query;
  /// Whether a comment is the token's own user's. Whoever wrote one can change it behind its
  /// reader's back, so no other counts.
  std::function<bool(const nlohmann::json& comment)> is_own;
  /// How the one with that number gets this body.
  std::function<ForgeCall(std::uint64_t id, std::string body)> change;
};

/// Changes the comment with the marker, or adds it. Returns it as it is then; null where it was
/// left.
[[nodiscard]] Result<nlohmann::json> keep_comment(ForgeSender& sender, const KeptComment& comment,
                                                  const CommentCalls& calls);

/// How a request for a branch is called.
struct RequestCalls {
  /// Lists those that are open for the branch.
  std::string list;
  ForgeCall addition;
  /// The members that hold its number, and where it is for a browser.
  const char* number;
  const char* address;
};

/// Opens a request, or finds the one that is open.
[[nodiscard]] Result<OpenedRequest> open_or_find(ForgeSender& sender, const RequestCalls& calls);

}  // namespace cemli
