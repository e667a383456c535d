#pragma once

#include <string>

#include "reconciler/govern/promotion.h"
#include "reconciler/report/terminal.h"

namespace cemli {

/// Whether a promotion was done, or is only shown.
enum class PromotionMood { done, rehearsed };

/// `promote`: a table of packages with the versions before and after and the runs they succeeded
/// in, then what became of the files.
[[nodiscard]] std::string promotion_text(const PromotionReport& report, PromotionMood mood,
                                         const TextStyle& style);
[[nodiscard]] std::string promotion_json(const PromotionReport& report, PromotionMood mood);

}  // namespace cemli
