#include "reconciler/cli/commands/status_all.h"

#include <fmt/format.h>

#include <ostream>
#include <sstream>
#include <utility>

#include "reconciler/report/matrix_text.h"

namespace cemli {
namespace {

/// What is recorded in one environment. Its notices go to `streams`.
Result<MatrixColumn> read_column(const GlobalOptions& global, Streams& streams) {
  auto context = open_record(global, streams);
  if (!context) return std::move(context).error();
  auto reading = read_recorded(*context, streams);
  if (!reading) return std::move(reading).error();
  if (auto shown = show_interrupted(*context, *reading); !shown) return std::move(shown).error();
  return MatrixColumn{context->settings.environment, context->settings.promote_from,
                      std::move(reading->state)};
}

/// Passes on what was noted of one of many environments, with its name.
void pass_on(const std::string& environment, const std::string& notes, Streams& streams) {
  std::istringstream lines(notes);
  for (std::string line; std::getline(lines, line);)
    streams.err << (line.starts_with(' ') ? line : environment + ": " + line) << '\n';
}

}  // namespace

Result<ExitStatus> show_all_environments(GlobalOptions global, Output output, Streams& streams) {
  if (global.environment)
    return Error(ErrorCode::usage, "--all shows every environment, and -e names one")
        .with_hint("leave one of them out");
  auto repository = open_repository(global);
  if (!repository) return std::move(repository).error();
  auto commit = repository->resolve_commit("HEAD");
  if (!commit) return std::move(commit).error();
  auto tree = repository->files_at(*commit);
  if (!tree) return std::move(tree).error();
  auto names = environments_in(**tree);
  if (!names) return std::move(names).error();
  if (names->empty()) {
    return Error(ErrorCode::not_found,
                 fmt::format("no environment is in {}", (*tree)->description()))
        .with_hint("cemli init -e ENV");
  }
  std::vector<MatrixColumn> columns;
  ExitStatus status = ExitStatus::done;
  for (const std::string& name : *names) {
    global.environment = name;
    std::ostringstream notes;
    Streams noted{streams.in, streams.out, notes, streams.out_style, streams.err_style};
    auto column = read_column(global, noted);
    pass_on(name, notes.str(), streams);
    if (column) {
      columns.push_back(*std::move(column));
      continue;
    }
    const Error& error = column.error();
    streams.err << painted(streams.err_style, Paint::red, "error:") << ' ' << name << ": "
                << error.message() << '\n';
    if (error.hint()) streams.err << "  " << *error.hint() << '\n';
    columns.push_back(MatrixColumn{name});
    status = ExitStatus::error;
  }
  columns = in_order_of_promotion(std::move(columns));
  streams.out << (output == Output::json ? matrix_json(columns, *commit)
                                         : matrix_text(columns, streams.out_style));
  return status;
}

}  // namespace cemli
