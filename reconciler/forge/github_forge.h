#pragma once

#include <memory>

#include "reconciler/forge/forge.h"

namespace cemli {

[[nodiscard]] std::unique_ptr<Forge> make_github_forge(const ForgePlace& place,
                                                       ForgeSurroundings surroundings);

}  // namespace cemli
