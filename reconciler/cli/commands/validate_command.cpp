#include <fmt/format.h>

#include <ostream>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/opening_stores.h"

namespace cemli {

Result<ExitStatus> run_command(const GlobalOptions& global, const ValidateCommand& /*command*/,
                               Streams& streams) {
  if (!global.environment)
    return Error(ErrorCode::usage, "no environment is named").with_hint("name one: -e ENV");
  auto repository = open_repository(global);
  if (!repository) return std::move(repository).error();
  auto file = read_working_environment(*repository, *global.environment);
  if (!file) return std::move(file).error();
  auto packages = open_packages_store(*repository, *file, global.auth);
  if (!packages) return std::move(packages).error();
  auto desired = resolve_file(*file, **packages, std::nullopt);
  if (!desired) return std::move(desired).error();
  streams.out << fmt::format("{} is valid: {} package{} desired\n", file->file,
                             desired->packages.size(), desired->packages.size() == 1 ? "" : "s");
  return ExitStatus::done;
}

}  // namespace cemli
