#include "reconciler/report/matrix_text.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/reconciler/plan/states.h"
#include "tests/support/golden.h"

namespace cemli {
namespace {

using Catch::Matchers::Contains;
using test::at;

Success success(std::string_view address, const std::string& version,
                const std::string& content = "") {
  return Success{{at(address), version, Digest::of(version + content)},
                 "run-1",
                 1,
                 parse_timestamp("2026-11-23T06:42:10.000Z").value(),
                 std::nullopt,
                 {},
                 {},
                 {}};
}

/// An environment of which something is recorded.
class Column {
 public:
  explicit Column(std::string name, std::optional<std::string> source = std::nullopt)
      : column_{std::move(name), std::move(source), RecordedState{}} {
    column_.recorded->environment = column_.environment;
  }

  Column& succeeded(std::string_view address, const std::string& version,
                    const std::string& content = "") {
    AddressRecord& record = column_.recorded->addresses[at(address)];
    record.status = Status::succeeded;
    record.last_success = success(address, version, content);
    return *this;
  }
  Column& then(std::string_view address, Status status, const std::string& version) {
    AddressRecord& record = column_.recorded->addresses[at(address)];
    record.status = status;
    record.last_attempt = Attempt{2,
                                  "run-2",
                                  ActionKind::update,
                                  {at(address), version, Digest::of(version)},
                                  {},
                                  {},
                                  0,
                                  parse_timestamp("2026-11-25T01:00:00.000Z").value(),
                                  parse_timestamp("2026-11-25T01:00:09.000Z").value(),
                                  {},
                                  {}};
    return *this;
  }
  Column& held(std::string_view address) {
    column_.recorded->addresses[at(address)].hold = Hold{Digest::of("x"), {"eve", "wait", {}}};
    return *this;
  }
  operator MatrixColumn() const { return column_; }

 private:
  MatrixColumn column_;
};

/// dev -> test -> prod, and one that cannot be read.
std::vector<MatrixColumn> estate() {
  return in_order_of_promotion({Column("prod", "test")
                                    .succeeded("gl-base", "1.4.0")
                                    .succeeded("hotfix", "1.0.1")
                                    .succeeded("same", "1.0.0")
                                    .succeeded("twice", "1.0.0", " by hand"),
                                MatrixColumn{"qa", "test"},
                                Column("dev")
                                    .succeeded("gl-base", "1.5.0")
                                    .then("gl-base", Status::failed, "1.6.0")
                                    .succeeded("l10n[FR]", "2.0.0")
                                    .succeeded("same", "1.0.0")
                                    .succeeded("twice", "1.0.0"),
                                Column("test", "dev")
                                    .succeeded("gl-base", "1.4.2")
                                    .held("gl-base")
                                    .succeeded("hotfix", "1.0.0")
                                    .succeeded("same", "1.0.0")
                                    .succeeded("twice", "1.0.0")});
}

std::vector<std::string> names_of(const std::vector<MatrixColumn>& columns) {
  std::vector<std::string> names;
  for (const MatrixColumn& column : columns) names.push_back(column.environment);
  return names;
}

TEST_CASE("environments beside each other, with what is ahead of what") {
  test::check_golden("matrix.txt", matrix_text(estate(), {}));
}

TEST_CASE("environments beside each other, in colour") {
  test::check_golden("matrix_color.txt", matrix_text(estate(), {true, 120}));
}

TEST_CASE("environments beside each other, as JSON") {
  test::check_golden("matrix.json", matrix_json(estate(), std::string(40, 'c')));
}

TEST_CASE("no line is wider than the terminal while one environment fits") {
  const std::string text = matrix_text(estate(), {false, 44});
  std::size_t tables = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    const std::string line = text.substr(begin, end - begin);
    if (line.starts_with("PACKAGE")) ++tables;
    if (!line.starts_with('!')) CHECK(columns_of(line) <= 44);
    begin = end + 1;
  }
  CHECK(tables == 4);
}

TEST_CASE("environments stand behind those they are promoted from") {
  const auto order = [](std::vector<MatrixColumn> columns) {
    return names_of(in_order_of_promotion(std::move(columns)));
  };
  using Names = std::vector<std::string>;
  CHECK(order({Column("prod-us", "test"), Column("a-sandbox"), Column("test", "dev"),
               Column("prod-eu", "test"), Column("dev")}) ==
        Names{"a-sandbox", "dev", "test", "prod-eu", "prod-us"});
  CHECK(order({Column("b", "a"), Column("a", "b"), Column("c", "gone")}) == Names{"c", "a", "b"});
}

TEST_CASE("a success is ahead by its version, and other content is not the same") {
  const std::optional<Success> none;
  const std::optional<Success> old = success("a", "1.9.0");
  const std::optional<Success> later = success("a", "1.10.0");
  CHECK(compare_successes(none, none) == Standing::same);
  CHECK(compare_successes(old, none) == Standing::ahead);
  CHECK(compare_successes(none, old) == Standing::behind);
  CHECK(compare_successes(later, old) == Standing::ahead);
  CHECK(compare_successes(old, later) == Standing::behind);
  CHECK(compare_successes(old, old) == Standing::same);
  CHECK(compare_successes(old, success("a", "1.9.0", "other")) == Standing::differs);
}

TEST_CASE("where nothing is recorded that is said") {
  CHECK_THAT(matrix_text({Column("dev")}, {}), Contains("Nothing is recorded of any package.\n"));
}

}  // namespace
}  // namespace cemli
