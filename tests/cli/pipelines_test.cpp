#include <yaml-cpp/yaml.h>

#include <catch2/catch.hpp>

#include "tests/cli/sandbox.h"
#include "tests/support/forge_server.h"

namespace cemli::test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using Words = std::map<std::string, std::string>;

const fs::path kPipelines = fs::path(CEMLI_EXAMPLES) / "pipelines";

std::string text_of(const std::string& file) {
  auto text = read_file(kPipelines / file);
  REQUIRE(text);
  return *std::move(text);
}

YAML::Node yaml_of(const std::string& file) {
  return YAML::Load(text_of(file));
}

/// What a step of a workflow runs.
std::string run_of(const YAML::Node& workflow, const std::string& job) {
  std::string script;
  for (const YAML::Node& step : workflow["jobs"][job]["steps"]) {
    if (step["run"]) script += step["run"].as<std::string>();
  }
  REQUIRE_FALSE(script.empty());
  return script;
}

std::string script_of(const YAML::Node& job) {
  std::string script;
  for (const YAML::Node& line : job["script"]) script += line.as<std::string>() + "\n";
  REQUIRE_FALSE(script.empty());
  return script;
}

/// What stands between `sh '''` and `'''` of a stage.
std::string stage_of(const std::string& jenkinsfile, const std::string& stage) {
  const std::size_t at = jenkinsfile.find("stage('" + stage + "')");
  REQUIRE(at != std::string::npos);
  const std::size_t begin = jenkinsfile.find("sh '''", at) + 6;
  return jenkinsfile.substr(begin, jenkinsfile.find("'''", begin) - begin);
}

/// Repositories and a forge as a pipeline meets them: a clone at the request's head, or at what was
/// merged.
class World {
 public:
  explicit World(ForgeServer::Kind kind) : server(kind, token_of(kind)) {
    const fs::path bin = sandbox.root() / "bin";
    fs::create_directory(bin);
    fs::create_symlink(sandbox.invocation({}).argv.front(), bin / "cemli");
    Words& variables = sandbox.environment();
    variables["PATH"] = bin.string() + ":" + variables["PATH"];
    variables["GIT_CONFIG_GLOBAL"] = (sandbox.root() / "home/.gitconfig").string();
    const std::string packages = "file:" + (sandbox.root() / "store/packages").string();
    for (const char* version : {"1.0.0", "1.1.0"}) {
      const fs::path folder = sandbox.write_package({"base", version, "echo run >> \"$E/base\""});
      sandbox.cemli(0, {"package", "publish", "--store", packages, folder.string()});
    }
    for (const char* environment : {"dev", "test", "prod"}) desire(environment, "1.0.0");
    sandbox.commit("Start");
    for (const char* environment : {"dev", "test", "prod"}) {
      sandbox.cemli(0, std::string("apply --auto-approve --first-run -e ") + environment);
    }
    sandbox.git({"switch", "--quiet", "--create", "topic"});
    for (const char* environment : {"dev", "test", "prod"}) desire(environment, "1.1.0");
    sandbox.commit("Request");
  }

  /// A clone as pipelines have it, with HEAD at the branch.
  void clone(const std::string& branch) {
    sandbox.git({"clone", "--quiet", sandbox.repository().string(), checkout().string()});
    sandbox.git({"-C", checkout().string(), "checkout", "--quiet", "--detach", "origin/" + branch});
  }
  void merge_and_clone() {
    sandbox.git({"switch", "--quiet", "main"});
    sandbox.git({"merge", "--quiet", "--no-ff", "--no-edit", "topic"});
    clone("main");
  }

  /// Runs a script as a pipeline does, which must exit with `exit_code`.
  Ended run(const std::string& script, const Words& variables, int exit_code = 0) {
    Invocation shell = sandbox.invocation({});
    shell.argv = {"/bin/sh", "-e", "-c", script};
    shell.folder = checkout();
    for (const auto& [name, value] : variables) shell.environment[name] = value;
    Ended ended = Command(shell).wait();
    INFO(script << "\n" << ended.out << ended.err);
    REQUIRE(ended.exit_code == exit_code);
    return ended;
  }

  [[nodiscard]] fs::path checkout() const { return sandbox.root() / "checkout"; }
  /// The version that is recorded of an environment.
  std::string version_in(const std::string& environment) {
    return sandbox.json_of("state list --json -e " + environment)
        .at("packages")[0]
        .at("version")
        .get<std::string>();
  }

  ForgeServer server;
  Sandbox sandbox;

 private:
  static ForgeServer::Token token_of(ForgeServer::Kind kind) {
    return kind == ForgeServer::Kind::github ? ForgeServer::Token::of_workflow
                                             : ForgeServer::Token::of_user;
  }
  void desire(const std::string& environment, const std::string& version) const {
    const std::string at = "file:" + (sandbox.root() / "store").string();
    sandbox.write("environments/" + environment + ".yaml",
                  "format: 1\nenvironment: " + environment + "\nstores:\n  packages: " + at +
                      "/packages\n  results: " + at + "/results\n  state: " + at +
                      "/state\npackages:\n  base: " + version + "\n");
  }
};

void check_comment(World& world) {
  const auto comments = world.server.comments();
  REQUIRE(comments.size() == 1);
  CHECK_THAT(comments[0].body,
             Contains("touches 3 of 3 environments") && Contains("| prod | 1 to update |"));
}

}  // namespace

TEST_CASE("each example pipeline is there, and is YAML where it should be") {
  std::size_t parsed = 0;
  for (const auto& entry : fs::recursive_directory_iterator(kPipelines)) {
    const std::string extension = entry.path().extension();
    if (extension != ".yml" && extension != ".yaml") continue;
    INFO(entry.path());
    CHECK(YAML::LoadFile(entry.path()).IsMap());
    ++parsed;
  }
  CHECK(parsed == 6);
  const std::string page = text_of("README.md");
  for (const auto& entry : fs::recursive_directory_iterator(kPipelines)) {
    if (entry.is_regular_file() && entry.path().filename() != "README.md")
      CHECK_THAT(page, Contains("(" + entry.path().lexically_relative(kPipelines).string() + ")"));
  }
}

TEST_CASE("no workflow pastes what a request says into a script") {
  for (const auto& entry : fs::directory_iterator(kPipelines / "github-actions")) {
    const YAML::Node workflow = YAML::LoadFile(entry.path());
    for (const auto& job : workflow["jobs"])
      CHECK_THAT(run_of(workflow, job.first.as<std::string>()), !Contains("${{"));
    CHECK(workflow["permissions"]["contents"].as<std::string>() == "read");
  }
}

TEST_CASE("GitHub's workflows comment on a request and apply what was merged") {
  World world(ForgeServer::Kind::github);
  world.clone("topic");
  world.run(run_of(yaml_of("github-actions/cemli-plan.yml"), "plan"),
            {{"GITHUB_BASE_REF", "main"},
             {"GITHUB_REPOSITORY", ForgeServer::kRepository},
             {"GITHUB_API_URL", world.server.api()},
             {"GITHUB_REF", "refs/pull/7/merge"},
             {"GITHUB_TOKEN", ForgeServer::kToken}});
  check_comment(world);
  fs::remove_all(world.checkout());
  world.merge_and_clone();
  const Words variables{{"CEMLI_TARGET", "test"}, {"GITHUB_SHA", "0123abcd"}};
  world.run(run_of(yaml_of("github-actions/cemli-apply.yml"), "apply"), variables);
  CHECK(world.version_in("test") == "1.1.0");
  CHECK(world.version_in("dev") == "1.0.0");
  world.run(run_of(yaml_of("github-actions/cemli-reconcile.yml"), "reconcile"),
            {{"CEMLI_TARGET", "dev"}});
  CHECK(world.version_in("dev") == "1.1.0");
}

TEST_CASE("GitLab's jobs comment on a request and apply what was merged") {
  World world(ForgeServer::Kind::gitlab);
  const YAML::Node jobs = yaml_of("gitlab/gitlab-ci.yml");
  world.clone("topic");
  world.run(script_of(jobs["cemli-plan"]),
            {{"CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"},
             {"CI_COMMIT_SHA", world.sandbox.git({"rev-parse", "topic"})},
             {"CI_API_V4_URL", world.server.api()},
             {"CI_PROJECT_ID", "77"},
             {"CI_MERGE_REQUEST_IID", "7"},
             {"GITLAB_TOKEN", ForgeServer::kToken}});
  check_comment(world);
  fs::remove_all(world.checkout());
  world.merge_and_clone();
  for (const char* job : {"cemli-apply", "cemli-apply-prod"}) {
    const std::string target = std::string(job).ends_with("prod") ? "prod" : "test";
    world.run(script_of(jobs[job]), {{"CEMLI_TARGET", target}, {"CI_COMMIT_SHA", "0123abcd"}});
    CHECK(world.version_in(target) == "1.1.0");
  }
  world.run(script_of(jobs["cemli-reconcile"]), {{"CEMLI_TARGET", "dev"}});
  CHECK(world.version_in("dev") == "1.1.0");
}

TEST_CASE("Jenkins' stages comment on a request and apply what was merged") {
  World world(ForgeServer::Kind::github);
  const std::string file = text_of("jenkins/Jenkinsfile");
  world.clone("topic");
  world.run(stage_of(file, "Plan"), {{"CHANGE_TARGET", "main"},
                                     {"CHANGE_ID", "7"},
                                     {"GITHUB_REPOSITORY", ForgeServer::kRepository},
                                     {"GITHUB_API_URL", world.server.api()},
                                     {"GITHUB_TOKEN", ForgeServer::kToken}});
  check_comment(world);
  fs::remove_all(world.checkout());
  world.merge_and_clone();
  world.run(stage_of(file, "Apply"), {{"GIT_COMMIT", "0123abcd"}});
  CHECK(world.version_in("dev") == "1.1.0");
  CHECK(world.version_in("test") == "1.1.0");
  world.run(stage_of(file, "Apply to prod"), {{"GIT_COMMIT", "0123abcd"}});
  CHECK(world.version_in("prod") == "1.1.0");
  world.run(stage_of(file, "Reconcile"), {});
}

TEST_CASE("the build specification plans and applies exactly that plan") {
  World world(ForgeServer::Kind::github);
  world.merge_and_clone();
  const YAML::Node spec = yaml_of("oci-devops/build_spec.yaml");
  CHECK(spec["version"].as<std::string>() == "0.1");
  CHECK(spec["component"].as<std::string>() == "build");
  const fs::path workspace = world.sandbox.root() / "workspace";
  fs::create_directories(workspace / "cemli");
  fs::copy_file(world.sandbox.root() / "bin/cemli", workspace / "cemli/cemli");
  Words variables{{"OCI_WORKSPACE_DIR", workspace.string()},
                  {"OCI_PRIMARY_SOURCE_DIR", world.checkout().string()}};
  for (const auto& variable : spec["env"]["variables"])
    variables[variable.first.as<std::string>()] = variable.second.as<std::string>();
  for (const YAML::Node& step : spec["steps"]) {
    CHECK(step["type"].as<std::string>() == "Command");
    world.run(step["command"].as<std::string>(), variables);
  }
  CHECK(world.version_in("dev") == "1.1.0");
  CHECK(fs::exists(world.checkout() / "plan.json"));
}

TEST_CASE("the CronJob reconciles, one at a time and without trying again by itself") {
  World world(ForgeServer::Kind::github);
  world.merge_and_clone();
  const YAML::Node job = yaml_of("kubernetes/cronjob.yaml");
  CHECK(job["apiVersion"].as<std::string>() == "batch/v1");
  CHECK(job["kind"].as<std::string>() == "CronJob");
  const YAML::Node spec = job["spec"];
  CHECK(spec["concurrencyPolicy"].as<std::string>() == "Forbid");
  CHECK(spec["jobTemplate"]["spec"]["backoffLimit"].as<int>() == 0);
  const YAML::Node pod = spec["jobTemplate"]["spec"]["template"]["spec"];
  CHECK(pod["restartPolicy"].as<std::string>() == "Never");
  const YAML::Node container = pod["containers"][0];
  std::vector<std::string> mounts;
  for (const YAML::Node& mount : container["volumeMounts"])
    mounts.push_back(mount["name"].as<std::string>());
  std::vector<std::string> volumes;
  for (const YAML::Node& volume : pod["volumes"])
    volumes.push_back(volume["name"].as<std::string>());
  CHECK(mounts == volumes);
  CHECK(container["command"].as<std::vector<std::string>>() == std::vector<std::string>{"cemli"});
  auto arguments = container["args"].as<std::vector<std::string>>();
  const std::string repository = "https://git.example.com/acme/erp.git";
  REQUIRE(std::count(arguments.begin(), arguments.end(), repository) == 1);
  std::replace(arguments.begin(), arguments.end(), repository,
               "file://" + world.sandbox.repository().string());
  world.sandbox.cemli(0, arguments);
  CHECK(world.version_in("dev") == "1.1.0");
}

}  // namespace cemli::test
