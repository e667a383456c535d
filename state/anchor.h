#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "state/base/result.h"
#include "state/recorded_state.h"

namespace cemli {

/// A head seen elsewhere, which the log must still hold: the chain alone does not show a cut tail.
struct Anchor {
  Head head;
  std::string seen_in;
  /// The log's id, where it was seen with the head.
  std::optional<std::string> log = std::nullopt;
  friend bool operator==(const Anchor&, const Anchor&) = default;
};

/// Reads `SEQ:HASH`, as `status` and `show` print it; nothing where the text has another form.
[[nodiscard]] std::optional<Head> parse_head(std::string_view text);

/// The heads that a file kept elsewhere names: the `head` of a run's result, of an export or of
/// `--json` output, the `basis` of a plan, or each `SEQ:HASH` of a text. `invalid_input` where it
/// names none, or is of another environment.
[[nodiscard]] Result<std::vector<Anchor>> read_anchors(std::string_view bytes,
                                                       const std::string& file,
                                                       const std::string& environment);

}  // namespace cemli
