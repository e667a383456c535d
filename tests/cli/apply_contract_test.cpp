#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <set>

#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// What `env` printed as the run of a package.
std::map<std::string, std::string> variables_of(Sandbox& sandbox, const std::string& address) {
  std::map<std::string, std::string> variables;
  const std::string text =
      sandbox.evidence_of(address).at("execution").at(0).at("stdout").at("text");
  for (const std::string& line : split_words(text, '\n'))
    variables.emplace(line.substr(0, line.find('=')), line.substr(line.find('=') + 1));
  return variables;
}

/// A name without '/' is looked up on PATH.
const json kEnvironmentPrinter{
    {"steps", {{"run", {{"program", "env"}}}}},
    {"parameters",
     {{"limit", {{"type", "integer"}, {"default", 5000}}}, {"ledger", {{"default", "a 'b' $c"}}}}}};

TEST_CASE("steps see exactly the documented variables") {
  Sandbox sandbox;
  sandbox.environment()["ERP_PASSWORD"] = "not for steps";
  sandbox.publish_and_desire({{"show", "1.2.3", ":", kEnvironmentPrinter}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  const auto variables = variables_of(sandbox, "show");
  std::set<std::string> names;
  for (const auto& [name, value] : variables) names.insert(name);
  CHECK(names == std::set<std::string>{"PATH", "HOME", "LANG", "TZ", "CEMLI_ENVIRONMENT",
                                       "CEMLI_PACKAGE", "CEMLI_INSTANCE", "CEMLI_VERSION",
                                       "CEMLI_PREVIOUS_VERSION", "CEMLI_RUN_ID", "CEMLI_ATTEMPT",
                                       "CEMLI_FENCE", "CEMLI_STEP", "CEMLI_PARAMETERS",
                                       "CEMLI_SECRETS_DIR", "CEMLI_ARTIFACTS", "CEMLI_PARAM_LIMIT",
                                       "CEMLI_PARAM_LEDGER"});
  CHECK(variables.at("PATH") == sandbox.environment().at("PATH"));
  CHECK(variables.at("LANG") == "C.UTF-8");
  CHECK(variables.at("TZ") == "UTC");
  CHECK(variables.at("CEMLI_ENVIRONMENT") == "dev");
  CHECK(variables.at("CEMLI_PACKAGE") == "show");
  CHECK(variables.at("CEMLI_INSTANCE").empty());
  CHECK(variables.at("CEMLI_VERSION") == "1.2.3");
  CHECK(variables.at("CEMLI_PREVIOUS_VERSION").empty());
  CHECK(variables.at("CEMLI_ATTEMPT") == "1");
  CHECK(variables.at("CEMLI_FENCE") == "1");
  CHECK(variables.at("CEMLI_STEP") == "run");
  CHECK(variables.at("CEMLI_PARAM_LIMIT") == "5000");
  CHECK(variables.at("CEMLI_PARAM_LEDGER") == "a 'b' $c");
  CHECK(variables.at("CEMLI_RUN_ID") == sandbox.events("run.started").front().at("run"));
}

TEST_CASE("previous version, attempt and fence tell of the history") {
  Sandbox sandbox;
  const std::string run =
      "echo \"$CEMLI_VERSION,$CEMLI_PREVIOUS_VERSION,$CEMLI_ATTEMPT\" >> $E/seen\n"
      "echo $CEMLI_FENCE >> $E/fences\n[ -z \"$CEMLI_PREVIOUS_VERSION\" ] || [ -e $E/repaired ]\n";
  sandbox.publish({{"one", "1.0.0", run}, {"one", "2.0.0", run}, {"one", "3.0.0", run}});
  sandbox.desire("one: 1.0.0");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  sandbox.desire("one: 2.0.0");
  sandbox.cemli(3, "apply -e dev --auto-approve");
  REQUIRE(create_file(sandbox.effects() / "repaired", "", Durability::relaxed));
  sandbox.desire("one: 3.0.0");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.effect("seen") ==
        std::vector<std::string>{"1.0.0,,1", "2.0.0,1.0.0,2", "3.0.0,1.0.0,3"});
  std::vector<int> fences;
  for (const std::string& line : sandbox.effect("fences")) fences.push_back(std::stoi(line));
  REQUIRE(fences.size() == 3);
  CHECK(fences[0] < fences[1]);
  CHECK(fences[1] < fences[2]);
  CHECK(fences[2] == sandbox.events("run.started").back().at("seq"));
}

TEST_CASE("parameters come as a JSON file, too, with their types") {
  Sandbox sandbox;
  sandbox.publish({{"one", "1.0.0", "cp $CEMLI_PARAMETERS $E/parameters",
                    kEnvironmentPrinter.at("parameters").is_object()
                        ? json{{"parameters", kEnvironmentPrinter.at("parameters")}}
                        : json::object()}});
  sandbox.desire("one: {version: 1.0.0, parameters: {ledger: no}}");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  const auto text = read_file(sandbox.effects() / "parameters");
  REQUIRE(text);
  CHECK(json::parse(*text) == json{{"limit", 5000}, {"ledger", "no"}});
}

TEST_CASE("standard input is empty, and there is no terminal") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"asks", "1.0.0",
                               "if read -r answer; then echo read >> $E/seen; fi\n"
                               "if [ -t 0 ] || [ -t 1 ] || [ -t 2 ]; then echo tty >> $E/seen; fi\n"
                               "if (: < /dev/tty) 2>/dev/null; then echo tty >> $E/seen; fi\n"
                               "echo done >> $E/seen\n"}});
  Invocation apply = sandbox.invocation({"apply", "-e", "dev", "--auto-approve"});
  apply.input = "typed\n";
  CHECK(Command(apply).wait().exit_code == 0);
  CHECK(sandbox.effect("seen") == std::vector<std::string>{"done"});
}

TEST_CASE("each attempt has a fresh private folder and home") {
  Sandbox sandbox;
  const std::string run =
      "test -f manifest.json && test -z \"$(ls -A \"$HOME\")\" && touch \"$HOME/mine\" left\n"
      "pwd >> $E/folders\necho \"$HOME\" >> $E/homes\nstat -c %a .. >> $E/modes\nexit 1\n";
  sandbox.publish_and_desire({{"a", "1.0.0", run}, {"b", "1.0.0", run}});
  sandbox.cemli(3, "apply -e dev --auto-approve");
  sandbox.cemli(3, "apply -e dev --auto-approve");
  for (const char* name : {"folders", "homes"}) {
    const auto lines = sandbox.effect(name);
    CHECK(std::set<std::string>(lines.begin(), lines.end()).size() == 4);
    for (const std::string& line : lines) {
      CHECK(line.starts_with((sandbox.root() / "tmp").string()));
      CHECK_FALSE(fs::exists(line));
    }
  }
  for (const std::string& mode : sandbox.effect("modes")) CHECK(mode == "700");
}

TEST_CASE("a program with a run bit runs as it is, any other by sh") {
  Sandbox sandbox;
  const fs::path folder = sandbox.write_package(
      {"one",
       "1.0.0",
       "echo by sh > $E/run\n",
       {{"steps", {{"pre_check", {{"program", "steps/check"}, {"args", {"a b", "$c"}}}}}}},
       {{"steps/check", "#!/usr/bin/awk -f\nBEGIN { print ARGV[1] \"|\" ARGV[2] }\n"}}});
  ::chmod((folder / "steps/check").c_str(), 0755);
  sandbox.cemli(0, {"package", "publish", folder.string(), "--store",
                    "file:" + (sandbox.store() / "packages").string()});
  sandbox.desire("one: 1.0.0");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  CHECK(sandbox.effect("run") == std::vector<std::string>{"by sh"});
  CHECK(sandbox.evidence_of("one").at("execution").at(0).at("stdout").at("text") == "a b|$c\n");
}

TEST_CASE("signals that cemli's starter ignored are not ignored by steps") {
  Sandbox sandbox;
  sandbox.publish_and_desire(
      {{"one", "1.0.0", "kill -HUP $$\nkill -TERM $$\necho > $E/survived\n"}});
  Invocation apply = sandbox.invocation({"apply", "-e", "dev", "--auto-approve"});
  std::string command = "trap '' HUP TERM INT PIPE CHLD; exec";
  for (const std::string& word : apply.argv) command += " " + word;
  apply.argv = {"/bin/sh", "-c", command};
  CHECK(Command(apply).wait().exit_code == 3);
  CHECK_FALSE(sandbox.has_effect("survived"));
}

}  // namespace
}  // namespace cemli::test
