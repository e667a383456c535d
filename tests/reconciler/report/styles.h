#pragma once

#include "reconciler/report/terminal.h"

namespace cemli::test {

/// For a pipe, and for a terminal of 100 columns with colours.
inline const TextStyle kPlain;
inline const TextStyle kColor{true, 100};

}  // namespace cemli::test
