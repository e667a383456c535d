#pragma once

#include <memory>

#include "reconciler/forge/forge.h"

namespace cemli {

[[nodiscard]] std::unique_ptr<Forge> make_gitlab_forge(const ForgePlace& place,
                                                       ForgeSurroundings surroundings);

}  // namespace cemli
