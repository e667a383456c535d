#pragma once

#include <functional>
#include <optional>
#include <string>

namespace cemli {

/// An environment variable's value; nothing where it is not set or empty.
using Variables = std::function<std::optional<std::string>(const char* name)>;

}  // namespace cemli
