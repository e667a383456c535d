#include "reconciler/forge/forge.h"

#include <utility>

#include "reconciler/forge/github_forge.h"
#include "reconciler/forge/gitlab_forge.h"

namespace cemli {

std::unique_ptr<Forge> make_forge(const ForgePlace& place, ForgeSurroundings surroundings) {
  if (place.kind == ForgeKind::gitlab) return make_gitlab_forge(place, std::move(surroundings));
  return make_github_forge(place, std::move(surroundings));
}

}  // namespace cemli
