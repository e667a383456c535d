#include "reconciler/cli/commands/commenting.h"

#include <fmt/format.h>

#include <ostream>
#include <utility>

#include "reconciler/report/plan_markdown.h"

namespace cemli {

Result<PlanComment> PlanComment::open(const GlobalOptions& options, const GitRepository& repository,
                                      const ForgeChoice& choice) {
  auto forge = open_forge(options, repository, choice);
  if (!forge) return std::move(forge).error().while_doing("--comment");
  if (!forge->place.request) {
    return Error(ErrorCode::usage, fmt::format("--comment: nothing tells which {} it is",
                                               request_noun(forge->place.kind)))
        .with_hint("name it: --request N");
  }
  return PlanComment(*std::move(forge), comment_marker(options.environment.value_or("")));
}

Result<void> PlanComment::write(const std::string& text, KeptComment::IfAbsent if_absent,
                                Streams& streams) {
  auto written = forge_.forge->write_comment({*forge_.place.request, marker_, text, if_absent});
  if (!written) return std::move(written).error().while_doing("writing the comment");
  if (*written) streams.err << fmt::format("commented: {}\n", **written);
  return {};
}

}  // namespace cemli
