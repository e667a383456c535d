#pragma once

namespace cemli {

/// Stands before and after everything that outlives a process: a durable write, the start of a
/// step. Where the tests are built, these places are counted over all processes of a run (in the
/// file that `CEMLI_CRASH_COUNT` names), and at number `CEMLI_CRASH_AT` the process that was
/// started first is killed. Else it does nothing.
void crash_point() noexcept;

}  // namespace cemli
