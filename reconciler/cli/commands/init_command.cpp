#include <fmt/format.h>

#include <ostream>
#include <utility>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/starter_file.h"
#include "state/base/file.h"

namespace cemli {
namespace {

Result<std::optional<StoreAddress>> read_store_option(const std::optional<std::string>& text) {
  if (!text) return std::optional<StoreAddress>();
  auto address = parse_store_address(*text);
  if (!address) return Error(ErrorCode::usage, "--store: " + address.error().message());
  return std::optional(*std::move(address));
}

void say_what_comes_next(const std::string& environment, const std::string& path,
                         Streams& streams) {
  streams.out << fmt::format(
      "wrote {0}\n\nNext:\n"
      "  cemli doctor -e {1}                whether this machine and its credentials are fit\n"
      "  cemli package publish DIR -e {1}   put a package there, then name it under 'packages:'\n"
      "  cemli validate -e {1}\n"
      "  git add {0} && git commit\n"
      "  cemli plan -e {1}\n",
      path, environment);
}

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& global, const InitCommand& command,
                               Streams& streams) {
  if (!global.environment)
    return Error(ErrorCode::usage, "no environment is named").with_hint("name the new one: -e ENV");
  auto store = read_store_option(command.store);
  if (!store) return std::move(store).error();
  auto repository = open_repository(global);
  if (!repository) return std::move(repository).error();
  const auto root = repository->work_tree();
  if (!root)
    return Error(ErrorCode::invalid_input, "a bare repository has no working tree to write to");
  const std::string path = environment_path(*global.environment);
  const std::string text = starter_file(*global.environment, *store);
  // What is written is what a plan will read.
  if (auto checked = parse_environment_file(text, path); !checked)
    return std::move(checked).error().while_doing("the starter file");
  auto written = create_file(*root / path, text, Durability::synced);
  if (!written && written.error().code() == ErrorCode::conflict) {
    return Error(ErrorCode::conflict,
                 fmt::format("'{}' is there already, and stays as it is", path))
        .with_hint("change it by hand, or name another environment: -e ENV");
  }
  if (!written) return std::move(written).error();
  say_what_comes_next(*global.environment, path, streams);
  return ExitStatus::done;
}

}  // namespace cemli
