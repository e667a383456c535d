#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <ostream>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/package/zip_reader.h"
#include "reconciler/report/run_text.h"
#include "state/base/canonical_json.h"
#include "state/evidence.h"
#include "state/object_names.h"
#include "state/run_history.h"

namespace cemli {
namespace {

/// The last attempt of the address that the log knows in the run.
Result<std::uint64_t> last_attempt(EnvironmentContext& context, const RunId& run,
                                   const Address& address) {
  auto logged = run_from_log(*context.state, context.settings.environment, run);
  if (!logged) return std::move(logged).error();
  std::uint64_t attempt = 0;
  if (*logged) {
    for (const RunResultLine& line : (*logged)->packages) {
      if (line.address == address) attempt = std::max(attempt, line.attempt);
    }
  }
  if (attempt > 0) return attempt;
  return Error(ErrorCode::not_found, fmt::format("run {} did not try '{}'", run, address.text()))
      .with_hint(fmt::format("cemli show {} -e {}", run, context.settings.environment));
}

Result<std::string> read_member(std::string_view zip, const std::string& path) {
  auto reader = ZipReader::open(zip);
  if (!reader) return std::move(reader).error();
  for (const ZipFile& file : reader->files()) {
    if (file.path != path) continue;
    std::string bytes;
    auto read = reader->read(file, [&bytes](std::string_view part) {
      bytes += part;
      return Result<void>();
    });
    if (!read) return std::move(read).error();
    return bytes;
  }
  return Error(ErrorCode::corrupt, fmt::format("'{}' is missing", path));
}

/// Puts the streams that stand in `files.zip` into the evidence, whole.
Result<void> fill_streams(EnvironmentContext& context, AttemptEvidence& evidence) {
  if (!evidence.files_zip) return {};
  auto zip = context.results->get(evidence.files_zip->key);
  if (!zip) return std::move(zip).error();
  if (!*zip || Digest::of(**zip) != evidence.files_zip->digest) {
    return Error(ErrorCode::corrupt,
                 fmt::format("'{}' is missing or altered", evidence.files_zip->key))
        .with_hint("cemli audit verify -e " + context.settings.environment);
  }
  for (StepEvidence& step : evidence.execution) {
    for (StreamEvidence* stream : {&step.out, &step.err}) {
      if (!stream->file) continue;
      auto bytes = read_member(**zip, *stream->file);
      if (!bytes) return std::move(bytes).error().while_doing(evidence.files_zip->key);
      stream->text = replace_invalid_utf8(*bytes);
    }
  }
  return {};
}

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& global, const LogsCommand& command,
                               Streams& streams) {
  auto address = Address::parse(command.address);
  if (!address) return std::move(address).error();
  auto opened = open_run(global, command.run, streams);
  if (!opened) return std::move(opened).error();
  EnvironmentContext& context = opened->context;
  const RunId& run = opened->run;
  auto attempt = last_attempt(context, run, *address);
  if (!attempt) return std::move(attempt).error();
  const std::string key = result_key(context.settings.environment, run, *address, *attempt);
  auto bytes = context.results->get(key);
  if (!bytes) return std::move(bytes).error();
  if (!*bytes) {
    return Error(ErrorCode::not_found,
                 fmt::format("attempt {} of '{}' in run {} left no evidence: it runs, or it was "
                             "interrupted",
                             *attempt, address->text(), run))
        .with_hint("cemli audit verify -e " + context.settings.environment +
                   " names it where it should be there");
  }
  if (command.output == Output::json) {
    streams.out << **bytes;
    return ExitStatus::done;
  }
  auto evidence = decode_attempt(**bytes);
  if (!evidence) return std::move(evidence).error().while_doing(fmt::format("'{}'", key));
  if (auto filled = fill_streams(context, *evidence); !filled) return std::move(filled).error();
  streams.out << attempt_log_text(*evidence, streams.out_style);
  return ExitStatus::done;
}

}  // namespace cemli
