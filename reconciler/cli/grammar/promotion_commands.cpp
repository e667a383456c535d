#include "reconciler/cli/grammar/grammar.h"
#include "state/base/ascii.h"

namespace cemli {
namespace {

std::string check_message(const std::string& text) {
  if (trimmed(text).empty()) return "says nothing";
  return text.find('\n') == std::string::npos ? "" : "must be one line";
}

/// What becomes of the new versions in Git.
void add_git_options(CLI::App& promote, PromoteCommand& command) {
  CLI::Option& branch =
      *promote
           .add_option("--branch", command.branch,
                       "Make this branch, and go there: files are written, or committed, on it")
           ->type_name("NAME");
  promote
      .add_option("--base", command.base,
                  "What the branch starts from: a branch, a tag or an id; default: HEAD")
      ->type_name("REV")
      ->needs(&branch);
  CLI::Option& commit = *promote.add_flag_callback(
      "--commit", [&command] { command.writing = PromoteCommand::Writing::commit; },
      "Commit the environment's file and its lock, and nothing else");
  promote
      .add_option("--message", command.subject, "The commit's subject; default: what is promoted")
      ->type_name("TEXT")
      ->needs(&commit)
      ->check(check_message);
  CLI::Option& push =
      *promote
           .add_option(
               "--push",
               [&command](const CLI::results_t& values) {
                 command.push.emplace();
                 if (!values.empty() && !values.front().empty()) *command.push = values.front();
                 return true;
               },
               "Push the branch to this remote; default: the one that pushes go to, else origin")
           ->type_name("REMOTE")
           ->expected(0, 1)
           ->needs(&commit);
  CLI::Option& request = *promote.add_flag(
      "--open-request", command.opens_request,
      "Open a pull or merge request for the pushed branch, or find the one that is open; needs\n"
      "GITHUB_TOKEN, or GITLAB_TOKEN");
  request.needs(&push);
  promote
      .add_option("--into", command.into,
                  "The branch that the request is to be merged into; default: the one that is\n"
                  "checked out")
      ->type_name("BRANCH")
      ->needs(&request);
  add_forge(promote, command.forge, request);
  promote
      .add_flag_callback(
          "--dry-run", [&command] { command.writing = PromoteCommand::Writing::show; },
          "Write nothing: show what would be promoted")
      ->excludes(&commit)
      ->excludes(&branch);
}

}  // namespace

void add_promotion_commands(Grammar& grammar) {
  auto [promote, command] = grammar.add<PromoteCommand>(
      grammar.root(), "promote",
      "Writes the versions that succeeded in one environment into the file of another",
      "cemli promote --from test --to prod\n"
      "  cemli promote gl-base 'l10n[FR]' --from test --to prod --dry-run\n"
      "  cemli promote --from test --to prod --branch release-42 --commit --push --open-request");
  promote.add_option("ADDRESS", command.addresses,
                     "NAME or NAME[INSTANCE]: only these packages, also those that are new there;\n"
                     "default: all that both environments have");
  promote
      .add_option("--from", command.from,
                  "The environment where they succeeded; default: 'promote_from' of the other's\n"
                  "file")
      ->type_name("ENV");
  promote
      .add_option("--to", command.to, "The environment whose file is changed; default: that of -e")
      ->type_name("ENV");
  add_git_options(promote, command);
  add_json(promote, command.output);
}

}  // namespace cemli
