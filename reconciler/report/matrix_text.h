#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reconciler/report/terminal.h"
#include "state/recorded_state.h"

namespace cemli {

/// An environment beside others.
struct MatrixColumn {
  std::string environment;
  /// Where its versions come from.
  std::optional<std::string> promote_from = std::nullopt;
  /// Absent where its record could not be read.
  std::optional<RecordedState> recorded = std::nullopt;
};

/// How two environments' last successes of one address compare.
enum class Standing {
  same,
  ahead,    ///< the first has a newer version, or the second none
  behind,   ///< the second has a newer version, or the first none
  differs,  ///< they have the same version with other content
};
[[nodiscard]] Standing compare_successes(const std::optional<Success>& first,
                                         const std::optional<Success>& second);

/// The columns in the order of promotion: each environment behind the one it is promoted from,
/// those of one source by name.
[[nodiscard]] std::vector<MatrixColumn> in_order_of_promotion(std::vector<MatrixColumn> columns);

/// `status --all`: packages by environments, in blocks of as many environments as fit beside each
/// other, then what is ahead of what.
[[nodiscard]] std::string matrix_text(const std::vector<MatrixColumn>& columns,
                                      const TextStyle& style);
[[nodiscard]] std::string matrix_json(const std::vector<MatrixColumn>& columns,
                                      const std::string& commit);

}  // namespace cemli
