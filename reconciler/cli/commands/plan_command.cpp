#include <fmt/format.h>

#include <ostream>
#include <utility>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/commands/commenting.h"
#include "reconciler/cli/commands/planning.h"
#include "reconciler/cli/commands/request_planning.h"
#include "reconciler/plan/plan_codec.h"
#include "reconciler/report/plan_dot.h"
#include "reconciler/report/plan_markdown.h"
#include "reconciler/report/plan_text.h"
#include "reconciler/report/request_text.h"
#include "reconciler/report/wording.h"
#include "state/base/file.h"

namespace cemli {
namespace {

using Format = PlanCommand::Format;

std::string shown(const Plan& plan, Format format, const TextStyle& style,
                  const MarkdownFrame& frame) {
  switch (format) {
    case Format::json:
      return encode_plan(plan);
    case Format::dot:
      return plan_dot(plan);
    case Format::markdown:
      return plan_markdown(plan, frame);
    case Format::text:
      break;
  }
  return plan_text(plan, style);
}

std::string shown(const ChangeRequest& request, Format format, const TextStyle& style,
                  const MarkdownFrame& frame) {
  switch (format) {
    case Format::json:
      return request_json(request);
    case Format::markdown:
      return request_markdown(request, frame);
    case Format::dot:
    case Format::text:
      break;
  }
  return request_text(request, style);
}

/// The command that shows all of what a comment has no room for.
std::string whole_command(const GlobalOptions& global, const PlanCommand& command) {
  std::string text = "cemli plan";
  if (global.environment) text += " -e " + *global.environment;
  if (command.request)
    return text + fmt::format(" --base {} --head {}", shell_word(command.request->base),
                              shell_word(command.request->head));
  if (command.source == PlanCommand::Source::working_tree) return text + " --working-tree";
  return command.revision == "HEAD" ? text : text + " --ref " + shell_word(command.revision);
}

Result<std::optional<PlanComment>> open_comment(const GlobalOptions& global,
                                                const PlanCommand& command,
                                                const GitRepository& repository) {
  if (command.comment == PlanCommand::Comment::none) return std::optional<PlanComment>();
  auto comment = PlanComment::open(global, repository, command.forge);
  if (!comment) return std::move(comment).error();
  return std::optional<PlanComment>(*std::move(comment));
}

MarkdownFrame frame_of(const GlobalOptions& global, const PlanCommand& command,
                       const std::optional<PlanComment>& comment) {
  return {whole_command(global, command), comment ? comment->marker() : ""};
}

Result<void> save(const std::filesystem::path& file, const Plan& plan, Streams& streams) {
  if (auto saved = write_named_file(file, encode_plan(plan)); !saved)
    return std::move(saved).error().while_doing("saving the plan");
  if (plan.has_changes())
    streams.err << fmt::format("saved; to do this and nothing else: cemli apply {}\n",
                               file.string());
  return {};
}

/// A file holds the plan of one environment.
Result<void> save_one(const std::filesystem::path& file, const ChangeRequest& request,
                      Streams& streams) {
  if (request.environments.size() == 1) {
    const auto* only = std::get_if<RequestPlan>(&request.environments.front().outcome);
    if (only != nullptr) return save(file, only->plan, streams);
    return Error(ErrorCode::invalid_input,
                 fmt::format("'{}' has no plan to save", request.environments.front().environment));
  }
  if (request.environments.empty()) {
    streams.err << fmt::format("note: nothing is touched, so there is no plan to save in '{}'\n",
                               file.string());
    return {};
  }
  return Error(ErrorCode::usage,
               fmt::format("the request touches {}, and a file holds the plan of one",
                           count_of(request.environments.size(), "environment")))
      .with_hint("name it with -e ENV");
}

Result<ExitStatus> run_request(const GlobalOptions& global, const PlanCommand& command,
                               Streams& streams) {
  if (command.format == Format::dot)
    return Error(ErrorCode::usage, "'--format dot' draws one plan, and --base compares two");
  auto repository = open_repository(global);
  if (!repository) return std::move(repository).error();
  auto comment = open_comment(global, command, *repository);
  if (!comment) return std::move(comment).error();
  auto request = plan_request(global, *repository, *command.request, streams);
  if (!request) return std::move(request).error();
  const std::string text =
      shown(*request, command.format, streams.out_style, frame_of(global, command, *comment));
  streams.out << text << std::flush;
  if (command.save_to) {
    if (auto saved = save_one(*command.save_to, *request, streams); !saved)
      return std::move(saved).error();
  }
  if (*comment) {
    // A comment that no longer holds is changed; one that would say nothing is not begun.
    const auto if_absent =
        request->environments.empty() ? KeptComment::IfAbsent::leave : KeptComment::IfAbsent::add;
    if (auto written = (*comment)->write(text, if_absent, streams); !written)
      return std::move(written).error();
  }
  if (request->has_errors()) return ExitStatus::error;
  const bool detailed = command.exit_code == PlanCommand::ExitCode::detailed;
  return detailed && request->has_changes() ? ExitStatus::changes : ExitStatus::done;
}

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& global, const PlanCommand& command,
                               Streams& streams) {
  if (command.request) return run_request(global, command, streams);
  const bool reads_commit = command.source == PlanCommand::Source::revision;
  auto context = open_environment(
      global, reads_commit ? std::optional<std::string>(command.revision) : std::nullopt);
  if (!context) return std::move(context).error();
  auto comment = open_comment(global, command, context->repository);
  if (!comment) return std::move(comment).error();
  PlanOptions options;
  options.selection = command.selection;
  auto planning = plan_environment(*context, options, streams);
  if (!planning) return std::move(planning).error();
  note_working_tree(*context, streams);
  const Plan& plan = planning->plan;
  const std::string text =
      shown(plan, command.format, streams.out_style, frame_of(global, command, *comment));
  if (command.save_to) {
    if (auto saved = save(*command.save_to, plan, streams); !saved) return std::move(saved).error();
  }
  streams.out << text << std::flush;
  if (*comment) {
    if (auto written = (*comment)->write(text, KeptComment::IfAbsent::add, streams); !written)
      return std::move(written).error();
  }
  const bool detailed = command.exit_code == PlanCommand::ExitCode::detailed;
  return detailed && plan.has_changes() ? ExitStatus::changes : ExitStatus::done;
}

}  // namespace cemli
