#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <utility>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/commands/operator_session.h"
#include "reconciler/cli/commands/planning.h"
#include "reconciler/cli/commands/promoting.h"
#include "reconciler/cli/commands/promotion_request.h"
#include "reconciler/cli/opening_stores.h"
#include "reconciler/desired/find_packages.h"
#include "reconciler/package/package_store.h"
#include "reconciler/report/promotion_text.h"
#include "state/base/ascii.h"

namespace cemli {
namespace {

/// All that stands against a promotion.
struct Objections {
  std::string text;
  std::optional<std::string> hint;
  /// `refused` where only policy says no.
  ErrorCode code = ErrorCode::refused;

  void add(const Error& error) {
    for (std::string_view rest = error.message(); !rest.empty();)
      text += fmt::format("\n  {}", take_until(rest, '\n'));
    if (!hint && error.hint()) hint = *error.hint();
    code = error.code() == ErrorCode::refused ? code : ErrorCode::invalid_input;
  }
  void add(const std::vector<Problem>& problems) {
    if (!problems.empty()) add(error_of(problems));
  }
  void add(const std::vector<Refusal>& refusals) {
    for (const Refusal& refusal : refusals) {
      add(Error(ErrorCode::refused, fmt::format("{}: {}", refusal.rule, refusal.what))
              .with_hint(refusal.remedy));
    }
  }
};

Error refusal_of(Objections objections, const std::string& source, const std::string& target) {
  Error error(objections.code,
              fmt::format("nothing is promoted from {} to {}, and nothing was written:{}", source,
                          target, objections.text));
  if (!objections.hint) return error;
  return std::move(error).with_hint(*std::move(objections.hint));
}

Result<std::string> source_of(const PromoteCommand& command, const EnvironmentFile& target) {
  const auto& source = command.from ? command.from : target.promote_from;
  if (!source) {
    return Error(ErrorCode::usage, "no environment to promote from is named")
        .with_hint(fmt::format("name one: --from ENV, or 'promote_from: ENV' in {}", target.file));
  }
  if (*source == target.environment)
    return Error(ErrorCode::usage,
                 fmt::format("'{}' cannot be promoted to itself", target.environment));
  return *source;
}

/// What is recorded in the source, where a run that is gone has left its packages interrupted.
Result<RecordedState> read_source(GlobalOptions global, const std::string& source,
                                  Streams& streams) {
  global.environment = source;
  auto context = open_record(global, streams);
  if (!context) return std::move(context).error();
  auto reading = read_recorded(*context, streams);
  if (!reading) return std::move(reading).error();
  if (auto shown = show_interrupted(*context, *reading); !shown) return std::move(shown).error();
  if (reading->state.head) return std::move(reading->state);
  return Error(ErrorCode::not_found,
               fmt::format("nothing was ever recorded in environment '{}'", source))
      .with_hint("cemli apply -e " + source);
}

/// What the packages store has of the drafted file: all of it, or, where the lock has the rest,
/// what is promoted.
Result<PublishedPackages> find_drafted(EnvironmentFile file, const PromotionTarget& target,
                                       const PromotionChoice& choice, Store& store) {
  if (target.texts.lock) {
    std::map<std::string, PackageEntry> promoted;
    for (const Promotion& promotion : choice.promotions)
      promoted.emplace(promotion.package, file.packages.at(promotion.package));
    file.packages = std::move(promoted);
    file.track = EnvironmentFile::Track::none;
  }
  return find_packages(file, store);
}

/// What the target's rules would say to the plan of the drafted files, as far as it is about what
/// is promoted. Who signs the commit and approves the plan comes after it.
Result<std::vector<Refusal>> judge_draft(const PromotionTarget& target, const PromotionDraft& draft,
                                         const PromotionChoice& choice, const GlobalOptions& global,
                                         Streams& streams) {
  if (draft.file.policy == Policy()) return std::vector<Refusal>();
  auto context = open_environment_of(global, target.repository,
                                     {draft.file, DesiredSource(target.tree, draft.file)});
  if (!context) return std::move(context).error();
  auto planning = plan_environment(*context, {}, streams);
  if (!planning) {
    const ErrorCode code = planning.error().code();
    if (code != ErrorCode::denied && code != ErrorCode::unavailable)
      return std::move(planning).error();
    // Who promotes need not be allowed to read what the target has recorded.
    streams.err << fmt::format("note: the policy of {} was not asked: {}\n", draft.file.environment,
                               planning.error().message());
    return std::vector<Refusal>();
  }
  std::vector<Refusal>& refusals = planning->plan.refusals;
  std::erase_if(refusals, [&](const Refusal& refusal) {
    if (!refusal.address) return refusal.rule == "signed_commits" || refusal.rule == "approvals";
    return std::none_of(
        choice.promotions.begin(), choice.promotions.end(),
        [&](const Promotion& promotion) { return promotion.package == refusal.address->name(); });
  });
  return std::move(refusals);
}

/// Decides all before anything is written; every objection is told.
Result<PreparedPromotion> prepare(const PromotionTarget& target, const RecordedState& source,
                                  PromotionChoice choice, const GlobalOptions& global,
                                  Streams& streams) {
  const std::string& to = target.file.environment;
  Objections objections;
  objections.add(choice.problems);
  if (choice.promotions.empty()) return refusal_of(std::move(objections), source.environment, to);
  auto draft = draft_file(target.texts, target.file, choice);
  if (!draft) {
    objections.add(draft.error());
    return refusal_of(std::move(objections), source.environment, to);
  }
  auto store = open_packages_store(target.repository, target.file, global.auth);
  if (!store) return std::move(store).error();
  auto found = find_drafted(draft->file, target, choice, **store);
  if (!found) return std::move(found).error();
  objections.add(
      check_published(choice, *found, source.environment, target.file, (*store)->address()));
  if (!objections.text.empty()) return refusal_of(std::move(objections), source.environment, to);
  for (Promotion& promotion : choice.promotions)
    promotion.change_ticket = found->packages.at(promotion.package).manifest.change_ticket;
  if (auto locked = draft_lock(*draft, target.texts.lock, choice, *found); !locked) {
    objections.add(locked.error());
  } else if (const auto desired = resolve_draft(*draft, *found); !desired) {
    objections.add(desired.error());
  } else {
    auto refusals = judge_draft(target, *draft, choice, global, streams);
    if (!refusals) return std::move(refusals).error();
    objections.add(*refusals);
  }
  if (!objections.text.empty()) return refusal_of(std::move(objections), source.environment, to);
  return PreparedPromotion{std::move(choice), *std::move(found), std::move(draft->texts)};
}

void print(const PromotionReport& report, const PromoteCommand& command, Streams& streams) {
  const PromotionMood mood = command.writing == PromoteCommand::Writing::show
                                 ? PromotionMood::rehearsed
                                 : PromotionMood::done;
  streams.out << (command.output == Output::json ? promotion_json(report, mood)
                                                 : promotion_text(report, mood, streams.out_style));
  const bool waits = command.writing == PromoteCommand::Writing::files;
  if (waits && !report.files.empty()) streams.err << "note: it counts once it is committed\n";
}

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& global, const PromoteCommand& command,
                               Streams& streams) {
  auto wanted = parse_addresses(command.addresses);
  if (!wanted) return std::move(wanted).error();
  auto target = open_promotion_target(global, command);
  if (!target) return std::move(target).error();
  std::optional<PromotionRequest> request;
  if (command.opens_request) {
    auto opened = PromotionRequest::prepare(global, *target, command);
    if (!opened) return std::move(opened).error();
    request = *std::move(opened);
  }
  auto source = source_of(command, target->file);
  if (!source) return std::move(source).error();
  auto recorded = read_source(global, *source, streams);
  if (!recorded) return std::move(recorded).error();
  PromotionChoice choice = choose_promotions(*recorded, target->file, *wanted);
  PromotionReport report{
      *source, target->file.environment, {}, choice.only_in_source, choice.up_to_date};
  if (choice.promotions.empty() && choice.problems.empty()) {
    print(report, command, streams);
    return ExitStatus::done;
  }
  auto prepared = prepare(*target, *recorded, std::move(choice), global, streams);
  if (!prepared) return std::move(prepared).error();
  report.promotions = prepared->choice.promotions;
  auto written = write_promotion(*target, *prepared, command, global.stop_fd, report);
  if (written && request) written = request->open(command, report);
  // A commit that could not be pushed stays, as does a branch without a request.
  if (written || report.commit) print(report, command, streams);
  if (!written) return std::move(written).error();
  return ExitStatus::done;
}

}  // namespace cemli
