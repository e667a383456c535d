#include "reconciler/cli/commands/promotion_request.h"

#include <fmt/format.h>

#include <utility>

#include "reconciler/govern/git_work_tree.h"
#include "reconciler/govern/promotion_message.h"

namespace cemli {

Result<PromotionRequest> PromotionRequest::prepare(const GlobalOptions& global,
                                                   const PromotionTarget& target,
                                                   const PromoteCommand& command) {
  auto forge = open_forge(global, target.repository, command.forge);
  if (!forge) return std::move(forge).error().while_doing("--open-request");
  auto position = GitWorkTree(target.root, global.stop_fd).position();
  if (!position) return std::move(position).error();
  // Without a new branch, the one that is checked out is the one to be merged.
  const auto left = command.branch ? position->branch : std::nullopt;
  const auto& into = command.into ? command.into : left;
  const auto& branch = command.branch ? command.branch : position->branch;
  if (!into || into == branch) {
    return Error(ErrorCode::usage,
                 into ? fmt::format("--open-request: '{}' cannot be merged into itself", *into)
                      : "--open-request: nothing tells which branch it is to be merged into")
        .with_hint("name another: --into BRANCH, or make a new one to be merged: --branch NAME");
  }
  return PromotionRequest(*std::move(forge), *into);
}

Result<void> PromotionRequest::open(const PromoteCommand& command, PromotionReport& report) {
  RequestWords words = request_words(report, command.subject);
  auto opened = forge_.forge->open_request(
      {std::move(words.title), std::move(words.text), report.branch.value_or(""), into_});
  if (!opened) {
    Error error = std::move(opened).error().while_doing(
        fmt::format("opening a {} to merge '{}', which is pushed", request_noun(forge_.place.kind),
                    report.branch.value_or("")));
    if (error.hint()) return error;
    return std::move(error).with_hint("open it by hand: the branch stays");
  }
  report.request = PromotionReport::Request{std::move(opened->address),
                                            opened->fate == OpenedRequest::Fate::was_open};
  return {};
}

}  // namespace cemli
