#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "state/base/result.h"
#include "state/base/variables.h"
#include "state/store/http_message.h"

namespace cemli {

enum class ForgeKind { github, gitlab };

/// What the command line says of the forge.
struct ForgeChoice {
  std::optional<ForgeKind> kind = std::nullopt;
  /// The address of its API.
  std::optional<std::string> api = std::nullopt;
  /// The number of the request.
  std::optional<std::uint64_t> request = std::nullopt;
};

/// What tells of the forge besides: the pipeline's variables, the bytes of the file that
/// `GITHUB_EVENT_PATH` names, and the address of the repository's remote.
struct ForgeClues {
  const Variables& variables;
  std::optional<std::string> event = std::nullopt;
  std::optional<std::string> remote = std::nullopt;
};

/// Which repository of which forge it is about.
struct ForgePlace {
  ForgeKind kind = ForgeKind::github;
  /// Without a final `/`.
  std::string api;
  /// As paths of the API have it: `OWNER/REPO`, or a project's number or encoded path.
  std::string project;
  /// Absent where nothing tells which request it is.
  std::optional<std::uint64_t> request = std::nullopt;
  friend bool operator==(const ForgePlace&, const ForgePlace&) = default;
};

/// Finds it: what was chosen counts, then the pipeline's variables, then the remote's address.
/// `usage` says what is missing and how to give it.
[[nodiscard]] Result<ForgePlace> find_forge(const ForgeChoice& choice, const ForgeClues& clues);

/// The header that carries the token: of `GITHUB_TOKEN`, `GH_TOKEN`, `GITLAB_TOKEN` or
/// `CI_JOB_TOKEN`. `usage` names those that could hold one.
[[nodiscard]] Result<HttpHeader> find_forge_token(ForgeKind kind, const Variables& variables);

/// `pull request` or `merge request`, as the forge calls it.
[[nodiscard]] std::string_view request_noun(ForgeKind kind);

}  // namespace cemli
