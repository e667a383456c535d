#include "reconciler/execute/workspace.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/sample_run.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;
using test::SampleRun;

/// A package that has been unpacked below a folder of its own.
struct Unpacked {
  explicit Unpacked(const test::SampleAction& sample)
      : run({sample}), action(run.plan.actions.front()) {
    auto prepared = prepare_workspace(*action.desired, run.zips.at(sample.address), parent.path());
    if (!prepared) FAIL(prepared.error().message());
    workspace.emplace(*std::move(prepared));
  }

  TemporaryFolder parent = test::temporary_folder();
  SampleRun run;
  const Action& action;
  std::optional<Workspace> workspace;
};

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

TEST_CASE("a workspace is private and holds the package, its folders and its parameters") {
  const Unpacked unpacked({.address = "gl-base",
                           .files = {{"steps/run.sh", "exit 0\n"}, {"data/a.txt", "a"}},
                           .parameters = {{"limit", std::int64_t{5000}}, {"region", "EM\"EA"}}});
  const Workspace& workspace = *unpacked.workspace;
  CHECK(mode_of(workspace.folder.path()) == 0700);
  for (const fs::path& folder : {workspace.artifacts(), workspace.secrets(), workspace.home()}) {
    CHECK(mode_of(folder) == 0700);
    CHECK(fs::is_empty(folder));
  }
  CHECK(read_file(workspace.package() / "data/a.txt").value() == "a");
  CHECK(read_file(workspace.parameters()).value() == "{\"limit\":5000,\"region\":\"EM\\\"EA\"}\n");
  CHECK(mode_of(workspace.parameters()) == 0600);
  CHECK(workspace.manifest.steps.size() == 1);
}

TEST_CASE("a zip that holds other content than was planned is refused and leaves nothing") {
  const TemporaryFolder parent = test::temporary_folder();
  const SampleRun run({{"gl-base"}});
  const SampleRun other({{.address = "gl-base", .files = {{"steps/run.sh", "rm -rf /\n"}}}});
  const auto prepared =
      prepare_workspace(*run.plan.actions[0].desired, other.zips.at("gl-base"), parent.path());
  REQUIRE_FALSE(prepared);
  CHECK(prepared.error().code() == ErrorCode::corrupt);
  CHECK_THAT(prepared.error().message(), Catch::Contains("was planned"));
  CHECK(fs::is_empty(parent.path()));
}

TEST_CASE("what is no zip is refused and leaves nothing") {
  const TemporaryFolder parent = test::temporary_folder();
  const SampleRun run({{"gl-base"}});
  const auto prepared =
      prepare_workspace(*run.plan.actions[0].desired, "<html>not found</html>", parent.path());
  REQUIRE_FALSE(prepared);
  CHECK_THAT(prepared.error().message(), Catch::StartsWith("unpacking: "));
  CHECK(fs::is_empty(parent.path()));
}

TEST_CASE("a step's environment is exactly what the contract says") {
  Unpacked unpacked({.address = "gl-base",
                     .parameters = {{"limit", std::int64_t{-5}}, {"erp_region", "EMEA\nAPAC"}}});
  Action action = unpacked.action;
  action.attempt = 3;
  action.version_before = "0.9.0";
  const RunFacts facts{"dev", "20261123T060000Z-00000001", 42, "/opt/bin:/bin", "de_DE.UTF-8"};
  const std::string root = unpacked.workspace->folder.path().string();
  CHECK(step_environment(facts, action, *unpacked.workspace, "pre_check") ==
        std::vector<std::string>{
            "PATH=/opt/bin:/bin",
            "HOME=" + root + "/home",
            "LANG=de_DE.UTF-8",
            "TZ=UTC",
            "CEMLI_ENVIRONMENT=dev",
            "CEMLI_PACKAGE=gl-base",
            "CEMLI_INSTANCE=",
            "CEMLI_VERSION=1.0.0",
            "CEMLI_PREVIOUS_VERSION=0.9.0",
            "CEMLI_RUN_ID=20261123T060000Z-00000001",
            "CEMLI_ATTEMPT=3",
            "CEMLI_FENCE=42",
            "CEMLI_STEP=pre_check",
            "CEMLI_PARAMETERS=" + root + "/parameters.json",
            "CEMLI_SECRETS_DIR=" + root + "/secrets",
            "CEMLI_ARTIFACTS=" + root + "/artifacts",
            "CEMLI_PARAM_ERP_REGION=EMEA\nAPAC",
            "CEMLI_PARAM_LIMIT=-5",
        });
}

TEST_CASE("a program of the package runs as it is with a run bit, else by the shell") {
  const Unpacked unpacked({.address = "gl-base",
                           .files = {{"steps/run.sh", "exit 0\n"}, {"steps/run.txt", "exit 0\n"}}});
  const Workspace& workspace = *unpacked.workspace;
  const auto command = [&](const std::string& program) {
    return step_command(test::sample_facts(), workspace, {"run", program, {"-x", ""}}).value();
  };
  CHECK(command("steps/run.sh") ==
        std::vector<std::string>{workspace.package() / "steps/run.sh", "-x", ""});
  CHECK(command("steps/run.txt") ==
        std::vector<std::string>{"/bin/sh", workspace.package() / "steps/run.txt", "-x", ""});
}

TEST_CASE("a program without a slash is looked for in the folders of PATH") {
  const Unpacked unpacked({"gl-base"});
  const TemporaryFolder first = test::temporary_folder();
  const TemporaryFolder second = test::temporary_folder();
  RunFacts facts = test::sample_facts();
  facts.path = fmt::format("{}:{}", first.path().string(), second.path().string());
  const StepSpec step{"run", "sqlplus"};
  const auto command = [&] { return step_command(facts, *unpacked.workspace, step); };

  SECTION("missing") {
    const auto missing = command();
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code() == ErrorCode::not_found);
    CHECK(missing.error().message() ==
          fmt::format("run: program 'sqlplus' is not on PATH ({})", facts.path));
  }
  SECTION("without a run bit, and folders, do not count") {
    REQUIRE(write_scratch_file(first.path() / "sqlplus", "", 0644));
    fs::create_directory(second.path() / "sqlplus");
    CHECK_FALSE(command());
  }
  SECTION("the first that has it wins") {
    REQUIRE(write_scratch_file(second.path() / "sqlplus", "", 0755));
    CHECK(command().value().front() == second.path() / "sqlplus");
    REQUIRE(write_scratch_file(first.path() / "sqlplus", "", 0755));
    CHECK(command().value().front() == first.path() / "sqlplus");
  }
  SECTION("an empty or relative folder, which would be another one for the step, is passed over") {
    REQUIRE(write_scratch_file(second.path() / "sqlplus", "", 0755));
    const fs::path before = fs::current_path();
    fs::current_path(second.path());
    facts.path = ":.:" + first.path().string();
    CHECK_FALSE(command());
    fs::current_path(before);
  }
}

}  // namespace
}  // namespace cemli
