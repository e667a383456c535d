#include <catch2/catch.hpp>

#include "reconciler/package/zip_reader.h"
#include "state/base/process.h"
#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

std::map<std::string, std::string> checks(const std::string& pre, const std::string& post) {
  return {{"steps/pre_check.sh", pre}, {"steps/post_check.sh", post}};
}

json run_step(json step) {
  step["program"] = "steps/run.sh";
  return {{"steps", {{"run", std::move(step)}}}};
}

/// The files of an attempt's `files.zip`.
std::map<std::string, std::string> kept_files(const Sandbox& sandbox, const json& evidence) {
  const std::string key = evidence.at("files_zip").at("key");
  const auto zip = read_file(sandbox.store() / "results" / key);
  REQUIRE(zip);
  const auto reader = ZipReader::open(*zip);
  REQUIRE(reader);
  std::map<std::string, std::string> files;
  for (const ZipFile& file : reader->files()) {
    std::string& bytes = files[file.path];
    REQUIRE(reader->read(file, [&bytes](std::string_view part) {
      bytes += part;
      return Result<void>();
    }));
  }
  return files;
}

TEST_CASE("checks stand before and after the run, in one folder") {
  Sandbox sandbox;
  const std::string note = "echo $CEMLI_STEP >> $E/order; echo $CEMLI_STEP >> trace\n";
  sandbox.publish_and_desire(
      {{"one", "1.0.0", note, {}, checks(note, note + "[ $(wc -l < trace) = 3 ]")}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.effect("order") == std::vector<std::string>{"pre_check", "run", "post_check"});
  CHECK(sandbox.evidence_of("one").at("execution").size() == 3);
}

TEST_CASE("a failed pre_check keeps the run from starting") {
  Sandbox sandbox;
  sandbox.publish_and_desire(
      {{"one", "1.0.0", "echo > $E/run", {}, checks("echo no >&2; exit 7", "echo > $E/post")}});
  const Ended apply = sandbox.cemli(3, "apply -e dev --auto-approve");
  CHECK_THAT(apply.out, Contains("failed") && Contains("pre_check: exit code 7"));
  CHECK_THAT(apply.out, Contains("| no"));
  CHECK_FALSE(sandbox.has_effect("run"));
  CHECK_FALSE(sandbox.has_effect("post"));
  CHECK(sandbox.status_of("one") == "failed");
}

TEST_CASE("a failed post_check fails the package and blocks its dependents") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", "echo > $E/run", {}, checks(":", "exit 1")},
                              {"two", "1.0.0", "echo > $E/two", {{"depends_on", {{"one", "*"}}}}}});
  CHECK_THAT(sandbox.cemli(3, "apply -e dev --auto-approve").out,
             Contains("post_check: exit code 1"));
  CHECK(sandbox.has_effect("run"));
  CHECK_FALSE(sandbox.has_effect("two"));
  CHECK(sandbox.status_of("one") == "failed");
}

TEST_CASE("the manifest says which exit codes mean success") {
  Sandbox sandbox;
  const json warnings{{"success", {{"exit_codes", {0, 2}}}}};
  const json only_two{{"success", {{"exit_codes", {2}}}}};
  sandbox.publish_and_desire({{"warned", "1.0.0", "exit 2", run_step(warnings)},
                              {"clean", "1.0.0", "exit 0", run_step(warnings)},
                              {"other", "1.0.0", "exit 1", run_step(warnings)},
                              {"zero", "1.0.0", "exit 0", run_step(only_two)}});
  sandbox.cemli(3, "apply -e dev --auto-approve");
  CHECK(sandbox.status_of("warned") == "succeeded");
  CHECK(sandbox.status_of("clean") == "succeeded");
  CHECK(sandbox.status_of("other") == "failed");
  CHECK(sandbox.status_of("zero") == "failed");
}

TEST_CASE("a step that a signal of its own ends has failed") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", "kill -SEGV $$"}});
  CHECK_THAT(sandbox.cemli(3, "apply -e dev --auto-approve").out, Contains("SIGSEGV"));
  const json step = sandbox.evidence_of("one").at("execution").at(0);
  CHECK(step.at("signal") == 11);
  CHECK(step.at("returncode").is_null());
}

TEST_CASE("a timeout ends all processes of the step, however they hide") {
  Sandbox sandbox;
  const std::string run =
      "trap '' TERM\n"
      "setsid sh -c 'trap \"\" TERM; echo up >> $E/up; while :; do sleep 1; done' &\n"
      "(setsid sh -c 'trap \"\" TERM; echo up >> $E/up; while :; do sleep 1; done' &)\n"
      "while :; do sleep 1; done\n";
  sandbox.publish_and_desire({{"slow", "1.0.0", "E=$E\nexport E\n" + run,
                               run_step({{"timeout", "700ms"}, {"grace", "100ms"}})}});
  CHECK_THAT(sandbox.cemli(3, "apply -e dev --auto-approve").out,
             Contains("timed out after 700ms"));
  CHECK(sandbox.step_processes().empty());
  CHECK(sandbox.effect("up").size() == 2);
  const json step = sandbox.evidence_of("slow").at("execution").at(0);
  CHECK(step.at("timed_out") == true);
  CHECK(sandbox.status_of("slow") == "failed");
}

TEST_CASE("a step that heeds SIGTERM at its timeout may end in its own way") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"slow", "1.0.0",
                               "trap 'echo tidied > $E/tidied; exit 0' TERM\n"
                               "while :; do sleep 0.02; done\n",
                               run_step({{"timeout", "300ms"}, {"grace", "10s"}})}});
  sandbox.cemli(3, "apply -e dev --auto-approve");
  CHECK(sandbox.has_effect("tidied"));
  CHECK(sandbox.status_of("slow") == "failed");
}

TEST_CASE("what a step leaves in the background ends with it") {
  Sandbox sandbox;
  sandbox.publish_and_desire(
      {{"daemon", "1.0.0", "sleep 1000 &\nsetsid sleep 1000 &\n(setsid sleep 1000 &)\nexit 0\n",
        run_step({{"grace", "200ms"}})}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.step_processes().empty());
  CHECK(sandbox.status_of("daemon") == "succeeded");
}

TEST_CASE("a daemon that has cleared its environment ends with its step, too") {
  Sandbox sandbox;
  sandbox.publish_and_desire(
      {{"daemon", "1.0.0",
        "(env -i /usr/bin/setsid /bin/sh -c \"trap '' TERM; echo \\$\\$ > $E/pid; while :; do "
        "/bin/sleep 1; done\" &)\nuntil [ -s $E/pid ]; do sleep 0.02; done\n",
        run_step({{"grace", "100ms"}})}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK_FALSE(find_process(std::stoi(sandbox.effect("pid").at(0))));
}

TEST_CASE("of output over the limit the first and the last part are kept") {
  Sandbox sandbox;
  sandbox.publish_and_desire(
      {{"chatty", "1.0.0",
        "echo first line\nhead -c 40000000 /dev/zero | tr '\\0' 'x'\necho\necho last line\n"}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  const json evidence = sandbox.evidence_of("chatty");
  const json out = evidence.at("execution").at(0).at("stdout");
  CHECK(out.at("size") == 11 + 40'000'000 + 1 + 10);
  CHECK(out.at("dropped").get<std::int64_t>() > 20'000'000);
  const std::string file = out.at("file");
  const std::string kept = kept_files(sandbox, evidence).at(file);
  constexpr std::size_t kLimit = 16UL * 1024 * 1024;
  constexpr std::size_t kMark = 100;
  CHECK(kept.size() <= kLimit + kMark);
  CHECK(kept.starts_with("first line\n"));
  CHECK(kept.ends_with("x\nlast line\n"));
  const std::string logs = sandbox.cemli(0, "logs latest chatty -e dev").out;
  CHECK(logs.find("first line") != std::string::npos);
  CHECK(logs.find("over the limit") != std::string::npos);
}

TEST_CASE("output that is not UTF-8 is kept byte for byte") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"binary", "1.0.0", "printf 'a\\377\\000\\033[2Jb' >&2"}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  const json evidence = sandbox.evidence_of("binary");
  const json err = evidence.at("execution").at(0).at("stderr");
  CHECK(err.at("encoding") == "replaced");
  const std::string file = err.at("file");
  CHECK(kept_files(sandbox, evidence).at(file) == std::string("a\xff\0\x1b[2Jb", 8));
  const std::string logs = sandbox.cemli(0, "logs latest binary -e dev").out;
  CHECK(logs.find('\x1b') == std::string::npos);
}

TEST_CASE("artifacts become evidence") {
  Sandbox sandbox;
  sandbox.publish_and_desire(
      {{"report", "1.0.0",
        "mkdir $CEMLI_ARTIFACTS/sub\necho body > $CEMLI_ARTIFACTS/sub/a.txt\n"
        "head -c 100000 /dev/zero > $CEMLI_ARTIFACTS/zeros\n"}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  const json evidence = sandbox.evidence_of("report");
  REQUIRE(evidence.at("files").size() == 2);
  for (const json& file : evidence.at("files"))
    CHECK(file.at("sha256").get<std::string>().size() == 64);
  const auto files = kept_files(sandbox, evidence);
  REQUIRE(files.size() == 2);
  for (const auto& [path, bytes] : files)
    CHECK(bytes == (path.ends_with("sub/a.txt") ? "body\n" : std::string(100'000, '\0')));
}

TEST_CASE("artifacts of a failed attempt are evidence, too") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"report", "1.0.0", "echo body > $CEMLI_ARTIFACTS/a.txt\nexit 1\n"}});
  sandbox.cemli(3, "apply -e dev --auto-approve");
  CHECK(sandbox.evidence_of("report").at("files").size() == 1);
}

TEST_CASE("an artifact that leads out of its folder fails the package and is not read") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"thief", "1.0.0", "ln -s /etc/passwd $CEMLI_ARTIFACTS/stolen"}});
  sandbox.cemli(3, "apply -e dev --auto-approve");
  for (const auto& [path, bytes] : Sandbox::contents(sandbox.store() / "results"))
    CHECK(bytes.find("root:") == std::string::npos);
  sandbox.cemli(0, "audit verify -e dev");
}

TEST_CASE("evidence says what ran, on what, when and how it ended") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", "echo out; echo err >&2"}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  const json evidence = sandbox.evidence_of("one");
  CHECK(evidence.at("status") == "success");
  CHECK(evidence.at("address") == "one");
  CHECK(evidence.at("version") == "1.0.0");
  CHECK(evidence.at("attempt") == 1);
  CHECK(evidence.at("environment") == "dev");
  CHECK(evidence.at("commit") == sandbox.git({"rev-parse", "HEAD"}));
  CHECK(evidence.at("run_id") == sandbox.events("run.started").front().at("run"));
  CHECK(evidence.at("manifest").at("name") == "one");
  CHECK_THAT(evidence.at("principal").get<std::string>(), Contains("tester"));
  for (const char* member : {"package_sha256", "content_digest", "identity", "plan_digest"})
    CHECK(evidence.at(member).get<std::string>().size() == 64);
  const json step = evidence.at("execution").at(0);
  CHECK(step.at("returncode") == 0);
  CHECK(step.at("stdout").at("text") == "out\n");
  CHECK(step.at("stderr").at("text") == "err\n");
}

TEST_CASE("a program that cannot be executed fails its package alone") {
  Sandbox sandbox;
  const auto program = [](const char* name) {
    return json{{"steps", {{"run", {{"program", name}}}}}};
  };
  sandbox.publish_and_desire(
      {{"absent", "1.0.0", ":", program("no-such-program-anywhere")}, {"fine", "1.0.0"}});
  CHECK_THAT(sandbox.cemli(3, "apply -e dev --auto-approve").out,
             Contains("no-such-program-anywhere") && Contains("PATH"));
  CHECK(sandbox.status_of("absent") == "error");
  CHECK(sandbox.status_of("fine") == "succeeded");
}

TEST_CASE("steps leave nothing in the folder for temporary files") {
  Sandbox sandbox;
  sandbox.publish_and_desire(
      {{"untidy", "1.0.0", "mkdir -p deep/er; touch deep/er/x; chmod 500 deep; exit 1"}});
  sandbox.cemli(3, "apply -e dev --auto-approve");
  CHECK(std::filesystem::is_empty(sandbox.root() / "tmp"));
}

}  // namespace
}  // namespace cemli::test
