#include "reconciler/plan/action.h"

namespace cemli {

bool runs_programs(ActionKind kind) {
  switch (kind) {
    case ActionKind::run:
    case ActionKind::update:
    case ActionKind::retry:
    case ActionKind::rerun:
    case ActionKind::remove:
      return true;
    case ActionKind::none:
    case ActionKind::forget:
    case ActionKind::blocked:
    case ActionKind::held:
      return false;
  }
  return false;
}

const DesiredPackage* Action::package() const {
  const std::optional<DesiredPackage>& package = kind == ActionKind::remove ? removed : desired;
  return package ? &*package : nullptr;
}

}  // namespace cemli
