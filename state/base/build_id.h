#pragma once

#include <string>

namespace cemli {

/// Names this very program, in hex: another build, another id. Empty where its linker gave it none.
[[nodiscard]] std::string build_id();

}  // namespace cemli
