#include "reconciler/execute/secrets.h"

#include <fmt/format.h>

#include <utility>

namespace cemli {

Result<TemporaryFolder> write_secrets(const std::filesystem::path& parent,
                                      const std::string& prefix,
                                      const std::vector<std::string>& names,
                                      const std::map<std::string, std::string>& values) {
  constexpr unsigned kOwnerReads = 0400;
  auto folder = TemporaryFolder::make(parent, prefix);
  if (!folder) return std::move(folder).error().while_doing("making a folder for secrets");
  for (const std::string& name : names) {
    const auto value = values.find(name);
    if (value == values.end())
      return Error(ErrorCode::not_found, fmt::format("secret '{}' has no value in this run", name));
    if (auto written = write_scratch_file(folder->path() / name, value->second, kOwnerReads);
        !written) {
      return std::move(written).error().while_doing(fmt::format("writing secret '{}'", name));
    }
  }
  return folder;
}

}  // namespace cemli
