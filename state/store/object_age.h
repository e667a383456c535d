#pragma once

#include <chrono>
#include <optional>

#include "state/store/http.h"

namespace cemli {

/// How long before the answer was made the object was written, by the service's clock alone;
/// nothing where the answer does not tell, or may be an old one that was kept on the way.
[[nodiscard]] std::optional<std::chrono::milliseconds> age_in(const HttpResponse& response);

}  // namespace cemli
