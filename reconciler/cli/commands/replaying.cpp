#include "reconciler/cli/commands/replaying.h"

#include <fmt/format.h>

#include <filesystem>
#include <ostream>
#include <utility>

#include "reconciler/report/wording.h"
#include "state/replay.h"
#include "state/spool.h"

namespace cemli {

Result<std::size_t> replay_spools(EnvironmentContext& context, LogReading& reading,
                                  Streams& streams) {
  auto spools = find_spools(context.spools, reading.state.log.value_or(""));
  if (!spools) return std::move(spools).error();
  for (const std::filesystem::path& spool : *spools) {
    auto replayed =
        replay_spool(spool, *context.state, *context.results, reading, this_writer(std::nullopt));
    if (!replayed)
      return std::move(replayed).error().while_doing(
          fmt::format("recording what waits in '{}'", spool.string()));
    streams.err << fmt::format("note: recorded what run {} could not: how {} ended{}\n",
                               replayed->run, count_of(replayed->attempts, "attempt"),
                               replayed->as_run ? "" : ", beside the run that came after it");
  }
  return spools->size();
}

Result<std::size_t> replay_spools(EnvironmentContext& context, Streams& streams) {
  std::error_code none;
  if (context.spools.empty() || std::filesystem::is_empty(context.spools, none) || none)
    return std::size_t{0};
  auto reading = read_log(*context.state, context.settings.environment, context.cache);
  if (!reading) return std::move(reading).error();
  return replay_spools(context, *reading, streams);
}

}  // namespace cemli
