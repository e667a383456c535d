#pragma once

namespace cemli {

/// Stands before and after everything that outlives a process: a durable write, the start of a
/// step. It does nothing; the tests' own program has another, which counts and kills there.
void crash_point() noexcept;

}  // namespace cemli
