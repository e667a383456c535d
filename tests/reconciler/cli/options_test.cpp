#include "reconciler/cli/options.h"

#include <catch2/catch.hpp>
#include <thread>

namespace cemli {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

CommandLine line_of(const Words& words) {
  auto parsed = parse_command_line(words);
  if (!parsed) FAIL(parsed.error().message());
  REQUIRE(std::holds_alternative<CommandLine>(*parsed));
  return std::get<CommandLine>(*std::move(parsed));
}

template <typename CommandType>
CommandType command_of(const Words& words) {
  const CommandLine line = line_of(words);
  REQUIRE(std::holds_alternative<CommandType>(line.command));
  return std::get<CommandType>(line.command);
}

Error refusal(const Words& words) {
  auto parsed = parse_command_line(words);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code() == ErrorCode::usage);
  return std::move(parsed).error();
}

std::string help_of(const Words& words) {
  auto parsed = parse_command_line(words);
  REQUIRE(parsed);
  REQUIRE(std::holds_alternative<HelpText>(*parsed));
  return std::get<HelpText>(*parsed).text;
}

TEST_CASE("what every command understands stands before or after its name") {
  for (const Words& words : {Words{"-e", "dev", "-C", "/srv", "--repo", "erp", "plan"},
                             Words{"plan", "-e", "dev", "-C", "/srv", "--repo", "erp"},
                             Words{"-C", "/srv", "plan", "--environment", "dev", "--repo=erp"}}) {
    const GlobalOptions global = line_of(words).global;
    CHECK(global.environment == "dev");
    CHECK(global.folder == "/srv");
    CHECK(global.repository == "erp");
  }
  const GlobalOptions none = line_of({"plan"}).global;
  CHECK_FALSE(none.environment);
  CHECK_FALSE(none.folder);
  CHECK(none.repository == ".");
}

TEST_CASE("they are understood between the words of a command, too") {
  CHECK(line_of({"state", "-e", "dev", "list"}).global.environment == "dev");
  CHECK(line_of({"state", "list", "-e", "dev"}).global.environment == "dev");
  CHECK(line_of({"package", "publish", "a.zip", "-e", "dev"}).global.environment == "dev");
}

TEST_CASE("plan") {
  const auto simple = command_of<PlanCommand>({"plan"});
  CHECK(simple.revision == "HEAD");
  CHECK(simple.format == PlanCommand::Format::text);
  CHECK(simple.exit_code == PlanCommand::ExitCode::simple);
  const auto full = command_of<PlanCommand>(
      {"plan", "--ref", "release-42", "--format", "json", "--detailed-exitcode"});
  CHECK(full.revision == "release-42");
  CHECK(full.format == PlanCommand::Format::json);
  CHECK(full.exit_code == PlanCommand::ExitCode::detailed);
  CHECK(command_of<PlanCommand>({"plan", "--format", "text"}).format == PlanCommand::Format::text);
  CHECK_THAT(refusal({"plan", "--format", "xml"}).message(), Catch::Contains("'xml'"));
}

TEST_CASE("apply") {
  const auto simple = command_of<ApplyCommand>({"apply", "-e", "dev"});
  CHECK(simple.approval == ApplyCommand::Approval::ask);
  CHECK(simple.run.jobs == std::max<std::size_t>(1, std::thread::hardware_concurrency()));
  CHECK(simple.lock_timeout == 0ms);
  CHECK_FALSE(simple.run.fail_fast);
  const auto full =
      command_of<ApplyCommand>({"apply", "--auto-approve", "-j", "4", "--lock-timeout", "10m",
                                "--fail-fast", "--why", "CHG0012345", "--ref", "v1"});
  CHECK(full.approval == ApplyCommand::Approval::given);
  CHECK(full.run.jobs == 4);
  CHECK(full.lock_timeout == 10min);
  CHECK(full.run.fail_fast);
  CHECK(full.run.why == "CHG0012345");
  CHECK(full.revision == "v1");
  CHECK(command_of<ApplyCommand>({"apply", "-j16"}).run.jobs == 16);
  CHECK(command_of<ApplyCommand>({"apply", "--lock-timeout", "0"}).lock_timeout == 0ms);
}

TEST_CASE("what a lock may change is nothing, some packages or everything") {
  CHECK_FALSE(command_of<LockCommand>({"lock", "-e", "dev"}).upgrade);
  CHECK(command_of<LockCommand>({"lock", "--upgrade", "-e", "dev"}).upgrade ==
        std::vector<std::string>());
  CHECK(command_of<LockCommand>({"lock", "--upgrade", "a", "b[C]", "-e", "dev"}).upgrade ==
        std::vector<std::string>{"a", "b[C]"});
}

TEST_CASE("zips are adopted by name and version, or all of them") {
  const auto one = command_of<PackageAdoptCommand>({"package", "adopt", "a", "1.0.0"});
  CHECK(one.scope == PackageAdoptCommand::Scope::one);
  CHECK(one.name == "a");
  CHECK(one.version == "1.0.0");
  CHECK(command_of<PackageAdoptCommand>({"package", "adopt", "--all"}).scope ==
        PackageAdoptCommand::Scope::all);
}

TEST_CASE("a plan is of a commit or of the working tree") {
  CHECK(command_of<PlanCommand>({"plan", "--working-tree"}).source ==
        PlanCommand::Source::working_tree);
  refusal({"plan", "--working-tree", "--ref", "v1"});
}

TEST_CASE("values that mean nothing are refused by the option's name") {
  for (const char* jobs : {"0", "-1", "two", "1001", "1.5"}) {
    INFO(jobs);
    CHECK_THAT(refusal({"apply", "-j", jobs}).message(), Catch::Contains("jobs"));
  }
  for (const char* time : {"soon", "5", "-5m", "5 m"}) {
    INFO(time);
    CHECK_THAT(refusal({"apply", "--lock-timeout", time}).message(),
               Catch::Contains("lock-timeout"));
  }
  for (const char* name : {"Dev", "-dev", "../dev", "dev/x", ""}) {
    INFO(name);
    CHECK_THAT(refusal({"plan", std::string("--environment=") + name}).message(),
               Catch::Contains("environment"));
  }
}

TEST_CASE("commands that show") {
  CHECK(command_of<StatusCommand>({"status"}).output == Output::text);
  CHECK(command_of<StatusCommand>({"status", "--json"}).output == Output::json);
  CHECK(command_of<ShowCommand>({"show", "latest"}).run == "latest");
  CHECK(command_of<ShowCommand>({"show", "latest", "--json"}).output == Output::json);
  const auto logs = command_of<LogsCommand>({"logs", "latest", "l10n[FR]", "--json"});
  CHECK(logs.run == "latest");
  CHECK(logs.address == "l10n[FR]");
  CHECK(logs.output == Output::json);
  CHECK(command_of<AuditVerifyCommand>({"audit", "verify", "--json"}).output == Output::json);
  CHECK(command_of<AuditVerifyCommand>({"audit", "verify", "--anchor", "a", "--anchor", "b"})
            .anchors == Words{"a", "b"});
  CHECK(command_of<AuditExportCommand>({"audit", "export", "latest", "-o", "a.tar"}).output ==
        "a.tar");
  static_cast<void>(command_of<ValidateCommand>({"validate"}));
  static_cast<void>(command_of<VersionCommand>({"version"}));
}

TEST_CASE("state commands") {
  CHECK(command_of<StateListCommand>({"state", "list", "--json"}).output == Output::json);
  CHECK(command_of<StateShowCommand>({"state", "show", "gl-base"}).address == "gl-base");
  CHECK(command_of<StateUnlockCommand>({"state", "unlock", "--why", "burnt"}).why == "burnt");
  const std::pair<const char*, Resolution> flags[] = {{"--succeeded", Resolution::succeeded},
                                                      {"--failed", Resolution::failed},
                                                      {"--retry", Resolution::retry}};
  for (const auto& [flag, resolution] : flags) {
    const auto resolve = command_of<StateResolveCommand>(
        {"state", "resolve", "gl-base", flag, "--why", "looked at it"});
    CHECK(resolve.address == "gl-base");
    CHECK(resolve.resolution == resolution);
    CHECK(resolve.why == "looked at it");
  }
}

TEST_CASE("what an operator says needs a why, and exactly one resolution") {
  refusal({"state", "unlock"});
  refusal({"state", "resolve", "gl-base", "--retry"});
  refusal({"state", "resolve", "gl-base", "--why", "x"});
  refusal({"state", "resolve", "gl-base", "--retry", "--failed", "--why", "x"});
  refusal({"state", "resolve", "--retry", "--why", "x"});
}

TEST_CASE("package commands") {
  const auto build = command_of<PackageBuildCommand>({"package", "build", "gl", "-o", "gl.zip"});
  CHECK(build.folder == "gl");
  CHECK(build.output == "gl.zip");
  const auto publish = command_of<PackagePublishCommand>(
      {"package", "publish", "a", "b.zip", "--store", "file:/packages"});
  CHECK(publish.paths == std::vector<std::filesystem::path>{"a", "b.zip"});
  CHECK(publish.store == "file:/packages");
  CHECK(command_of<PackageListCommand>({"package", "list", "gl-base"}).name == "gl-base");
  CHECK_FALSE(command_of<PackageListCommand>({"package", "list"}).name);
  CHECK(command_of<PackageVerifyCommand>({"package", "verify", "gl@1.0.0", "x.zip"}).subjects ==
        Words{"gl@1.0.0", "x.zip"});
}

TEST_CASE("an operator's word names its addresses and its reason") {
  const auto hold = command_of<StateHoldCommand>(
      {"state", "hold", "a", "l10n[FR]", "--ref", "v1", "--why", "audit", "-e", "dev"});
  CHECK(hold.addresses == std::vector<std::string>{"a", "l10n[FR]"});
  CHECK(hold.revision == "v1");
  CHECK(hold.why == "audit");
  for (const char* word : {"taint", "hold", "release"}) {
    CHECK(refusal({"state", word, "a"}).message() == "--why is required");
    CHECK(refusal({"state", word, "--why", "x"}).message() == "ADDRESS is required");
  }
  for (const char* word : {"suspend", "resume"})
    CHECK(refusal({"state", word}).message() == "--why is required");
  CHECK(refusal({"state", "suspend", "--why", " "}).message() == "--why: says nothing");
}

TEST_CASE("what is missing, unknown or too much is refused with where help is") {
  CHECK(refusal({}).hint() == "cemli --help");
  CHECK(refusal({"state"}).hint() == "cemli state --help");
  CHECK(refusal({"show"}).hint() == "cemli show --help");
  CHECK(refusal({"plan", "--colour"}).hint() == "cemli plan --help");
  CHECK(refusal({"frobnicate"}).hint() == "cemli --help");
  CHECK(refusal({"package", "publish"}).hint() == "cemli package publish --help");
  refusal({"status", "extra"});
}

TEST_CASE("a plan is narrowed by addresses, and saved or given as a file") {
  const auto plan = command_of<PlanCommand>(
      {"plan", "--target", "a", "--target", "b[FR]", "--exclude", "c", "-o", "p.json"});
  CHECK(plan.selection.targets ==
        std::vector{Address::parse("a").value(), Address::parse("b[FR]").value()});
  CHECK(plan.selection.excluded == std::vector{Address::parse("c").value()});
  CHECK(plan.save_to == "p.json");
  CHECK(command_of<ApplyCommand>({"apply", "p.json"}).plan == "p.json");
  CHECK_THAT(refusal({"plan", "--target", "A"}).message(),
             Catch::Contains("--target") && Catch::Contains("'A'"));
}

TEST_CASE("what is promoted, and what becomes of it in Git, is told by options") {
  const auto plain = command_of<PromoteCommand>({"promote", "--from", "test", "--to", "prod"});
  CHECK(plain.from == "test");
  CHECK(plain.to == "prod");
  CHECK(plain.addresses.empty());
  CHECK(plain.writing == PromoteCommand::Writing::files);
  const auto whole = command_of<PromoteCommand>(
      {"promote", "a", "b[FR]", "--to", "prod", "--branch", "x", "--base", "main", "--commit",
       "--message", "Release", "--push", "upstream", "--json"});
  CHECK(whole.addresses == Words{"a", "b[FR]"});
  CHECK(whole.branch == "x");
  CHECK(whole.base == "main");
  CHECK(whole.writing == PromoteCommand::Writing::commit);
  CHECK(whole.subject == "Release");
  REQUIRE(whole.push);
  CHECK(*whole.push == "upstream");
  CHECK(whole.output == Output::json);
  const auto usual = command_of<PromoteCommand>({"promote", "--commit", "--push"}).push;
  REQUIRE(usual);
  CHECK_FALSE(*usual);
  CHECK(command_of<PromoteCommand>({"promote", "--dry-run"}).writing ==
        PromoteCommand::Writing::show);
  refusal({"promote", "--push"});
  refusal({"promote", "--commit", "--open-request"});
  refusal({"promote", "--into", "main"});
  refusal({"promote", "--forge", "github"});
  const auto request = command_of<PromoteCommand>(
      {"promote", "--commit", "--push", "--open-request", "--into", "main", "--forge", "gitlab"});
  CHECK(request.opens_request);
  CHECK(request.into == "main");
  CHECK(request.forge.kind == ForgeKind::gitlab);
  refusal({"promote", "--message", "x"});
  refusal({"promote", "--base", "main"});
  refusal({"promote", "--dry-run", "--commit"});
  refusal({"promote", "--dry-run", "--branch", "x"});
  refusal({"promote", "--commit", "--message", "two\nlines"});
}

TEST_CASE("a plan may be that of a request") {
  const auto request = command_of<PlanCommand>({"plan", "--base", "main"});
  REQUIRE(request.request);
  CHECK(request.request->base == "main");
  CHECK(request.request->head == "HEAD");
  const auto both = command_of<PlanCommand>({"plan", "--head", "topic", "--base", "main"});
  CHECK(both.request->base == "main");
  CHECK(both.request->head == "topic");
  CHECK_FALSE(command_of<PlanCommand>({"plan"}).request);
  for (const Words& words :
       {Words{"plan", "--head", "topic"}, Words{"plan", "--base", "main", "--ref", "x"},
        Words{"plan", "--base", "main", "--working-tree"},
        Words{"plan", "--base", "main", "--target", "a"},
        Words{"plan", "--base", "main", "--exclude", "a"}})
    CHECK(refusal(words).code() == ErrorCode::usage);
}

TEST_CASE("a comment is Markdown on a forge's request") {
  const auto comment = command_of<PlanCommand>(
      {"plan", "--comment", "--forge", "gitlab", "--forge-api", "https://x/api", "--request", "7"});
  CHECK(comment.comment == PlanCommand::Comment::write);
  CHECK(comment.format == PlanCommand::Format::markdown);
  CHECK(comment.forge.kind == ForgeKind::gitlab);
  CHECK(comment.forge.api == "https://x/api");
  CHECK(comment.forge.request == 7);
  for (const Words& order : {Words{"plan", "--comment", "--format", "markdown"},
                             Words{"plan", "--format", "markdown", "--comment"}})
    CHECK(command_of<PlanCommand>(order).format == PlanCommand::Format::markdown);
  for (const Words& words :
       {Words{"plan", "--comment", "--format", "json"},
        Words{"plan", "--format", "json", "--comment"}, Words{"plan", "--request", "7"},
        Words{"plan", "--forge", "github"}, Words{"plan", "--comment", "--forge", "svn"},
        Words{"plan", "--comment", "--request", "0"}})
    CHECK(refusal(words).code() == ErrorCode::usage);
}

TEST_CASE("what a later version brings is refused by its name") {
  const auto named =
      GENERATE(as<std::pair<Words, std::string>>(),
               std::pair(Words{"-e", "dev", "completion"}, "cemli completion"),
               std::pair(Words{"rollback", "--to", "x"}, "cemli rollback"),
               std::pair(Words{"package", "lint", "x"}, "cemli package lint"));
  const auto& [words, name] = named;
  CHECK(refusal(words).message() == "'" + name + "' is not supported by this version of cemli yet");
}

TEST_CASE("every command has help with an example") {
  const auto words = GENERATE(
      as<Words>(), Words{}, Words{"validate"}, Words{"plan"}, Words{"graph"}, Words{"apply"},
      Words{"reconcile"}, Words{"drift"}, Words{"status"}, Words{"promote"}, Words{"show"},
      Words{"approve"}, Words{"logs"}, Words{"audit"}, Words{"audit", "verify"}, Words{"version"},
      Words{"state"}, Words{"state", "list"}, Words{"state", "show"}, Words{"state", "resolve"},
      Words{"state", "unlock"}, Words{"state", "replay"}, Words{"state", "taint"},
      Words{"state", "hold"}, Words{"state", "release"}, Words{"state", "suspend"},
      Words{"state", "resume"}, Words{"state", "forget"}, Words{"state", "adopt"},
      Words{"state", "move"}, Words{"state", "refresh"}, Words{"state", "at"}, Words{"history"},
      Words{"diff"}, Words{"package"}, Words{"package", "build"}, Words{"package", "publish"},
      Words{"package", "sign"}, Words{"package", "adopt"}, Words{"lock"}, Words{"package", "list"},
      Words{"package", "verify"});
  Words asked = words;
  asked.emplace_back("--help");
  std::string name = "cemli";
  for (const std::string& word : words) name += " " + word;
  const std::string help = help_of(asked);
  CHECK_THAT(help, Catch::Contains("Usage: " + name));
  CHECK_THAT(help, Catch::Contains("Example:\n  cemli"));
}

TEST_CASE("help does not advertise what is not there yet") {
  const std::string help = help_of({"--help"});
  CHECK_THAT(help, !Catch::Contains("rollback"));
}

}  // namespace
}  // namespace cemli
