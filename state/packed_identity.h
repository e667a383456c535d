#pragma once

#include <tuple>

#include "state/base/packing.h"
#include "state/event.h"

namespace cemli {

template <>
struct Packed<Identity> {
  static constexpr auto members =
      std::tuple(&Identity::address, &Identity::version, &Identity::content, &Identity::parameters,
                 &Identity::rerun_on);
};

}  // namespace cemli
