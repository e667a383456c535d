#include <ostream>

#include "reconciler/cli/commands/commands.h"

namespace cemli {

Result<ExitStatus> run_command(const GlobalOptions& /*global*/, const VersionCommand& /*command*/,
                               Streams& streams) {
  streams.out << "cemli " << CEMLI_VERSION << '\n';
  return ExitStatus::done;
}

}  // namespace cemli
