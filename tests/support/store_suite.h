#pragma once

#include "state/store/store.h"

namespace cemli::test {

/// What every `Store` must do, as sections of the running test case. `store` is a new, empty one
/// each time the case is entered.
void check_store(Store& store);

}  // namespace cemli::test
