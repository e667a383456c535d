#include "state/object_names.h"

#include <catch2/catch.hpp>
#include <limits>

#include "tests/support/sample_log.h"

namespace cemli {

TEST_CASE("a log entry's key holds its number in twenty digits") {
  CHECK(log_prefix("dev") == "dev/log/");
  CHECK(log_key("dev", 1) == "dev/log/00000000000000000001.json");
  CHECK(log_key("dev", 42) == "dev/log/00000000000000000042.json");
  CHECK(log_key("dev", std::numeric_limits<std::uint64_t>::max()) ==
        "dev/log/18446744073709551615.json");
}

TEST_CASE("only a log entry's own key gives a number") {
  CHECK(seq_of_log_key("dev", "dev/log/00000000000000000042.json") == 42);
  CHECK(seq_of_log_key("dev", "dev/log/18446744073709551615.json") ==
        std::numeric_limits<std::uint64_t>::max());
  for (const char* key :
       {"dev/log/18446744073709551616.json", "dev/log/99999999999999999999.json", "dev/log/42.json",
        "dev/log/0000000000000000004x.json", "dev/log/-0000000000000000042.json",
        "dev/log/000000000000000000042.json", "dev/log/00000000000000000042.jsox",
        "prod/log/00000000000000000042.json", "dev/logs/0000000000000000042.json", ""}) {
    INFO(key);
    CHECK_FALSE(seq_of_log_key("dev", key));
  }
}

TEST_CASE("the newest checkpoint's key sorts first") {
  CHECK(checkpoint_prefix("dev") == "dev/checkpoints/");
  CHECK(checkpoint_key("dev", 1) == "dev/checkpoints/99999999999999999998.json");
  CHECK(checkpoint_key("dev", 42) == "dev/checkpoints/99999999999999999957.json");
  CHECK(checkpoint_key("dev", 43) < checkpoint_key("dev", 42));
  CHECK(checkpoint_key("dev", 100) < checkpoint_key("dev", 99));
  for (const std::uint64_t seq :
       {std::uint64_t{1}, std::uint64_t{42}, std::numeric_limits<std::uint64_t>::max()})
    CHECK(seq_of_checkpoint_key("dev", checkpoint_key("dev", seq)) == seq);
  CHECK_FALSE(seq_of_checkpoint_key("dev", "dev/checkpoints/00000000000000000000.json"));
  CHECK_FALSE(seq_of_checkpoint_key("dev", "dev/checkpoints/latest.json"));
  CHECK_FALSE(seq_of_checkpoint_key("dev", "prod/checkpoints/99999999999999999957.json"));
}

TEST_CASE("evidence lies under its run, address and attempt, without brackets in keys") {
  CHECK(runs_prefix("dev") == "dev/runs/");
  CHECK(run_prefix("dev", "20261123T064105Z-6f3a9c21") == "dev/runs/20261123T064105Z-6f3a9c21/");
  CHECK(plan_key("dev", "r") == "dev/runs/r/plan.json");
  CHECK(run_result_key("dev", "r") == "dev/runs/r/result.json");
  CHECK(result_key("dev", "r", test::address_of("gl-base"), 3) ==
        "dev/runs/r/gl-base/3/result.json");
  CHECK(result_key("dev", "r", test::address_of("l10n[FR_2]"), 12) ==
        "dev/runs/r/l10n%5BFR_2%5D/12/result.json");
  CHECK(files_key("dev", "r", test::address_of("l10n[FR_2]"), 12) ==
        "dev/runs/r/l10n%5BFR_2%5D/12/files.zip");
}

}  // namespace cemli
