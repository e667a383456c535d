#include <fmt/format.h>

#include <ostream>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/head_signing.h"
#include "reconciler/cli/signature_export.h"
#include "reconciler/report/audit_text.h"
#include "state/audit.h"
#include "state/base/file.h"
#include "state/base/tar_archive.h"
#include "state/run_export.h"

namespace cemli {
namespace {

/// Adds the heads that `word` stands for: itself, or those in the file that it names.
Result<void> add_anchors(const std::string& word, const std::string& environment,
                         std::vector<Anchor>& anchors) {
  if (const auto head = parse_head(word)) {
    anchors.push_back({*head, "the anchor"});
    return {};
  }
  auto bytes = read_file(word);
  if (!bytes) {
    if (bytes.error().code() != ErrorCode::not_found) return std::move(bytes).error();
    return Error(ErrorCode::usage,
                 fmt::format("--anchor: '{}' is neither SEQ:HASH nor a file", word))
        .with_hint("the hash is 64 lower-case hex digits, whole");
  }
  auto found = read_anchors(*bytes, word, environment);
  if (!found) return std::move(found).error().while_doing("--anchor");
  anchors.insert(anchors.end(), found->begin(), found->end());
  return {};
}

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& global, const AuditVerifyCommand& command,
                               Streams& streams) {
  auto context = open_record(global, streams);
  if (!context) return std::move(context).error();
  const std::string& environment = context->settings.environment;
  std::vector<Anchor> anchors;
  for (const std::string& word : command.anchors) {
    if (auto added = add_anchors(word, environment, anchors); !added)
      return std::move(added).error();
  }
  // What this machine has read before is a witness, too.
  if (const auto cached = context->cache.load(context->state->address(), environment))
    anchors.push_back({*cached->state.head, "this machine's local cache"});
  const auto signed_head = find_signed_head(*context);
  if (!signed_head) {
    streams.err << fmt::format("note: signed heads are not looked at: {}\n",
                               signed_head.error().message());
  } else if (*signed_head) {
    anchors.push_back(**signed_head);
  }
  auto report =
      audit_environment(*context->state, *context->results, environment, std::move(anchors));
  if (!report) return std::move(report).error();
  streams.out << (command.output == Output::json ? audit_json(*report)
                                                 : audit_text(*report, streams.out_style));
  return report->findings.empty() ? ExitStatus::done : ExitStatus::error;
}

Result<ExitStatus> run_command(const GlobalOptions& global, const AuditExportCommand& command,
                               Streams& streams) {
  auto opened = open_run(global, command.run, streams);
  if (!opened) return std::move(opened).error();
  EnvironmentContext& context = opened->context;
  const RunId& run = opened->run;
  const std::filesystem::path target = command.output.value_or(run + ".tar");
  std::optional<RunExport> exported;
  auto written = write_named_file(target, [&](int fd) -> Result<void> {
    auto archive = TarArchive::start(fd);
    if (!archive) return std::move(archive).error();
    const ExportSink add = [&](const std::string& path, std::string_view bytes) {
      return archive->add(run + "/" + path, bytes);
    };
    const std::string& environment = context.settings.environment;
    auto done = export_run(*context.state, *context.results, environment, run, add);
    if (!done) return std::move(done).error();
    exported = *done;
    auto signatures =
        export_signatures(*context.results, *context.packages, environment, *exported, add);
    if (!signatures) return std::move(signatures).error();
    exported->signatures = signatures->count;
    if (const auto& unread = signatures->packages_unread) {
      streams.err << fmt::format("note: packages' signatures are left out: {}\n",
                                 unread->message());
    }
    return archive->finish();
  });
  if (!written) return std::move(written).error();
  streams.out << export_text(*exported, target.string());
  return ExitStatus::done;
}

}  // namespace cemli
