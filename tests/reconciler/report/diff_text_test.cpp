#include "reconciler/report/diff_text.h"

#include <catch2/catch.hpp>

#include "tests/reconciler/plan/states.h"
#include "tests/support/golden.h"

namespace cemli {
namespace {

using test::at;

DiffLine line(std::string_view address, std::string version, std::optional<Status> status,
              Parameters parameters = {}) {
  return {Identity{at(address), std::move(version), Digest::of("content"), std::move(parameters)},
          status};
}

DiffSide side(std::string name, const std::vector<DiffLine>& lines) {
  DiffSide side{std::move(name), {}};
  for (const DiffLine& line : lines) side.lines.emplace(line.identity.address, line);
  return side;
}

DiffSide before() {
  DiffLine renewed = line("renewed", "1.0.0", Status::succeeded);
  renewed.identity.content = Digest::of("other content");
  renewed.identity.rerun_on = {{"secret ERP_PASSWORD", "v1"}};
  return side("as recorded in test",
              {line("gl-base", "1.4.2", Status::succeeded,
                    {{"limit", std::int64_t{5000}}, {"template", "A4"}}),
               line("gone", "1.0.0", Status::failed), line("same", "1.0.0", Status::succeeded),
               line("status", "1.0.0", Status::succeeded), std::move(renewed)});
}

DiffSide after() {
  return side(
      "as recorded in prod",
      {line("gl-base", "1.5.0", Status::succeeded,
            {{"limit", std::int64_t{6000}}, {"region", "EMEA"}}),
       line("l10n[FR]", "2.0.1", Status::succeeded), line("same", "1.0.0", Status::succeeded),
       line("status", "1.0.0", Status::tainted), line("renewed", "1.0.0", Status::succeeded)});
}

TEST_CASE("a difference tells by address what is new, gone and changed") {
  test::check_golden("diff.txt", diff_text(before(), after(), {}));
}

TEST_CASE("a difference in colour") {
  test::check_golden("diff_color.txt", diff_text(before(), after(), {true, 100}));
}

TEST_CASE("a difference as JSON") {
  test::check_golden("diff.json", diff_json(before(), after()));
}

TEST_CASE("a status is compared only where both sides have one") {
  const DiffSide desired = side("as desired", {line("a", "1.0.0", std::nullopt)});
  const DiffSide recorded = side("as recorded", {line("a", "1.0.0", Status::failed)});
  CHECK(diff_text(desired, recorded, {}) ==
        "From  as desired\nTo    as recorded\n\nNo differences.\n");
}

TEST_CASE("a recorded side is the last success, else the last attempt, and no blank record") {
  RecordedState recorded;
  recorded.addresses[at("blank")].attempts = 3;
  AddressRecord& failed = recorded.addresses[at("failed")];
  failed.status = Status::failed;
  failed.last_attempt = Attempt{
      1, "run-1", ActionKind::run, line("failed", "1.0.0", {}).identity, {}, {}, 0, {}, {}, {}, {}};
  AddressRecord& retried = recorded.addresses[at("retried")];
  retried = failed;
  retried.last_attempt->identity.version = "2.0.0";
  retried.last_success =
      Success{line("retried", "1.0.0", std::nullopt).identity, {}, {}, {}, {}, {}, {}, {}};
  const DiffSide side = diff_side("as recorded", recorded);
  REQUIRE(side.lines.size() == 2);
  CHECK(side.lines.at(at("failed")).identity.version == "1.0.0");
  CHECK(side.lines.at(at("retried")).identity.version == "1.0.0");
  CHECK(side.lines.at(at("retried")).status == Status::failed);
}

}  // namespace
}  // namespace cemli
