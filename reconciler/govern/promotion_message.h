#pragma once

#include <optional>
#include <string>

#include "reconciler/govern/promotion.h"

namespace cemli {

/// The message of the commit that promotes: a subject (`subject` where it is given), the versions
/// before and after, and trailers that say where they come from: `Promoted-From`, `Promoted-Run`
/// once a run, `Change-Ticket` once a ticket. Pure.
[[nodiscard]] std::string promotion_message(const PromotionReport& report,
                                            const std::optional<std::string>& subject);

/// A request to merge, in words; the text is Markdown.
struct RequestWords {
  std::string title;
  std::string text;
};
/// Of that commit. No longer than a forge takes. Pure.
[[nodiscard]] RequestWords request_words(const PromotionReport& report,
                                         const std::optional<std::string>& subject);

}  // namespace cemli
