#pragma once

#include <string>
#include <vector>

#include "tests/cli/sandbox.h"

namespace cemli::test {

/// A sandbox with two environments, `test` and `prod`, that share one packages store (the embedded
/// one); `prod` is promoted from `test`.
class EstateOfTwo : public Sandbox {
 public:
  /// Writes an environment's file: `packages` are lines without indentation, `head` goes before.
  void set(const std::string& environment, const std::string& packages,
           const std::string& head = "");
  /// As `set`, committed and applied, which must end with `exit_code`.
  void deploy(const std::string& environment, const std::string& packages, int exit_code = 0);
  /// A file of the repository.
  [[nodiscard]] std::string text_of(const std::string& path) const;
  /// The id of the last run in an environment.
  [[nodiscard]] std::string last_run(const std::string& environment);
};

}  // namespace cemli::test
