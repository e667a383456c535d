#include "reconciler/execute/step_sequence.h"

#include <catch2/catch.hpp>

namespace cemli {
namespace {

using namespace std::chrono_literals;
using Again = StepSequence::Again;

StepSpec step(const std::string& name, const std::string& part = {}, unsigned retries = 0) {
  StepSpec spec{name, "steps/" + name + ".sh"};
  spec.part = part;
  spec.retries = retries;
  spec.backoff = 100ms;
  return spec;
}

const std::vector<StepSpec> kAll{step("pre_check"),  step("run", "load"), step("run", "index"),
                                 step("post_check"), step("rollback"),    step("uninstall")};

std::optional<Outcome> succeed(StepSequence& sequence) {
  return sequence.ended(std::nullopt, Again::may_help);
}
std::optional<Outcome> fail(StepSequence& sequence, Again again = Again::may_help) {
  return sequence.ended(Outcome(Failed{sequence.current().label() + ": exit code 1"}), again);
}

TEST_CASE(
    "programs follow one another, and the last one's success is the "
    "attempt's") {
  StepSequence sequence(kAll, Purpose::bring, {});
  for (const char* label : {"pre_check", "run/load", "run/index"}) {
    CHECK(sequence.current().label() == label);
    CHECK_FALSE(succeed(sequence));
  }
  CHECK(sequence.current().label() == "post_check");
  CHECK(succeed(sequence) == Outcome(Succeeded{}));
}

TEST_CASE("what was done by an attempt before is not run again") {
  StepSequence sequence(kAll, Purpose::bring, {"pre_check", "run/load"});
  CHECK(sequence.current().label() == "run/index");
  CHECK_FALSE(succeed(sequence));
  CHECK(sequence.just_done() == "run/index");
  CHECK(succeed(sequence) == Outcome(Succeeded{}));
  CHECK_FALSE(sequence.just_done());
}

TEST_CASE("a removal runs uninstall, and nothing else") {
  StepSequence sequence(kAll, Purpose::take_away, {});
  CHECK(sequence.current().name == "uninstall");
  CHECK(succeed(sequence) == Outcome(Succeeded{}));
  CHECK(StepSequence({step("run")}, Purpose::take_away, {}).is_empty());
}

TEST_CASE("a failed program is tried again after pauses that double") {
  StepSequence sequence({step("run", "", 3)}, Purpose::bring, {});
  CHECK(sequence.pause() == 0ms);
  for (const auto pause : {100ms, 200ms, 400ms}) {
    CHECK_FALSE(fail(sequence));
    CHECK(sequence.pause() == pause);
  }
  CHECK(sequence.try_number() == 4);
  CHECK(fail(sequence) == Outcome(Failed{"run: exit code 1, in 4 tries"}));
}

TEST_CASE("tries are counted for each program apart") {
  StepSequence sequence({step("run", "a", 1), step("run", "b", 1)}, Purpose::bring, {});
  CHECK_FALSE(fail(sequence));
  CHECK_FALSE(succeed(sequence));
  CHECK(sequence.try_number() == 1);
  CHECK(sequence.pause() == 0ms);
  CHECK_FALSE(fail(sequence));
  CHECK(sequence.pause() == 100ms);
}

TEST_CASE("what cannot be executed, and what was ended, is not tried again") {
  StepSequence sequence({step("run", "", 3)}, Purpose::bring, {});
  CHECK(fail(sequence, Again::is_useless) == Outcome(Failed{"run: exit code 1"}));
  StepSequence other({step("run", "", 3)}, Purpose::bring, {});
  CHECK(other.ended(Outcome(Interrupted{"run: ended"}), Again::is_useless) ==
        Outcome(Interrupted{"run: ended"}));
}

TEST_CASE("a program that is given up before its next try has failed") {
  StepSequence sequence({step("run", "", 3)}, Purpose::bring, {});
  CHECK_FALSE(fail(sequence));
  CHECK(sequence.give_up() == Outcome(Failed{"run: exit code 1"}));
  CHECK_FALSE(fail(sequence));
  CHECK(sequence.give_up() == Outcome(Failed{"run: exit code 1, in 2 tries"}));
}

TEST_CASE("a failed post_check is rolled back where the package can") {
  const std::vector<StepSpec> steps{step("run"), step("post_check", "", 1), step("rollback")};
  StepSequence sequence(steps, Purpose::bring, {});
  CHECK_FALSE(succeed(sequence));
  CHECK_FALSE(fail(sequence));
  CHECK(sequence.current().name == "post_check");
  CHECK_FALSE(fail(sequence));
  CHECK(sequence.current().name == "rollback");
  CHECK(sequence.pause() == 0ms);
  CHECK(sequence.try_number() == 1);
  CHECK(succeed(sequence) == Outcome(RolledBack{"post_check: exit code 1, in 2 tries"}));
}

TEST_CASE("a rollback that fails leaves a failure, and both are told") {
  const std::vector<StepSpec> steps{step("run"), step("post_check"), step("rollback")};
  StepSequence sequence(steps, Purpose::bring, {});
  CHECK_FALSE(succeed(sequence));
  CHECK_FALSE(fail(sequence));
  CHECK(fail(sequence) == Outcome(Failed{"post_check: exit code 1; and it is not rolled back: "
                                         "rollback: exit code 1"}));
}

TEST_CASE("a failed run is not rolled back") {
  StepSequence sequence({step("run"), step("post_check"), step("rollback")}, Purpose::bring, {});
  CHECK(fail(sequence) == Outcome(Failed{"run: exit code 1"}));
}

}  // namespace
}  // namespace cemli
