#include "reconciler/cli/exit_status.h"

#include <signal.h>

#include <catch2/catch.hpp>

namespace cemli {
namespace {

TEST_CASE("each class of error has its exit code") {
  const auto code_of = [](ErrorCode code) { return static_cast<int>(exit_status_of(code)); };
  CHECK(code_of(ErrorCode::refused) == 4);
  CHECK(code_of(ErrorCode::locked) == 5);
  CHECK(code_of(ErrorCode::stale) == 6);
  CHECK(code_of(ErrorCode::spooled) == 7);
  for (const ErrorCode other :
       {ErrorCode::usage, ErrorCode::invalid_input, ErrorCode::not_found, ErrorCode::conflict,
        ErrorCode::denied, ErrorCode::unavailable, ErrorCode::corrupt, ErrorCode::internal}) {
    CHECK(code_of(other) == 1);
  }
}

TEST_CASE("a stopped command ends as shells tell it") {
  CHECK(static_cast<int>(exit_status_of_signal(SIGINT)) == 130);
  CHECK(static_cast<int>(exit_status_of_signal(SIGTERM)) == 143);
  CHECK(static_cast<int>(exit_status_of_signal(SIGHUP)) == 143);
}

}  // namespace
}  // namespace cemli
