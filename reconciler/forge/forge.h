#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "reconciler/forge/forge_place.h"
#include "state/base/result.h"
#include "state/store/http.h"
#include "state/store/retry.h"

namespace cemli {

/// The longest text that every forge takes, in characters. Bytes are never fewer.
inline constexpr std::size_t kMostInComment = 65'536;

/// The one comment of a request that a program keeps up to date.
struct KeptComment {
  std::uint64_t request = 0;
  /// What its text begins with, which nobody sees, and by which it is found again.
  std::string marker;
  /// Whole, with the marker.
  std::string text;
  /// Whether it is added where it is not there yet.
  enum class IfAbsent { add, leave } if_absent = IfAbsent::add;
};

/// A branch that is to be merged.
struct NewRequest {
  std::string title;
  std::string text;
  std::string branch;
  /// The branch that it is to be merged into.
  std::string base;
};

struct OpenedRequest {
  std::uint64_t number = 0;
  /// For a browser.
  std::string address;
  enum class Fate { opened, was_open } fate = Fate::opened;
  friend bool operator==(const OpenedRequest&, const OpenedRequest&) = default;
};

/// Where teams review what is to be merged: GitHub, or GitLab. Blocks. Asks over https alone (plain
/// http only of this machine), again where that helps, and adds nothing twice though an answer was
/// lost. `denied` where the token is not valid or may not, `unavailable` where the forge cannot be
/// asked or asked too often, `not_found` where it has no such request. No message holds the token.
class Forge {
 public:
  Forge() = default;
  Forge(const Forge&) = delete;
  Forge& operator=(const Forge&) = delete;
  virtual ~Forge() = default;

  /// Changes the comment, or adds it. Only one that this token's own user wrote is taken for it.
  /// Returns where it is, for people; nothing where it was left.
  [[nodiscard]] virtual Result<std::optional<std::string>> write_comment(
      const KeptComment& comment) = 0;
  /// Opens a request, or finds the one that is open for the branch.
  [[nodiscard]] virtual Result<OpenedRequest> open_request(const NewRequest& request) = 0;
};

/// What a forge is asked with. `sleep` waits.
struct ForgeSurroundings {
  std::shared_ptr<HttpClient> client;
  HttpHeader token;
  std::function<void(std::chrono::milliseconds)> sleep;
};

[[nodiscard]] std::unique_ptr<Forge> make_forge(const ForgePlace& place,
                                                ForgeSurroundings surroundings);

}  // namespace cemli
