#pragma once

#include <string>
#include <vector>

namespace cemli {

/// The whole program: reads the command line, runs the command, prints its error. Returns the exit
/// code.
[[nodiscard]] int run_cemli(const std::vector<std::string>& arguments);

}  // namespace cemli
