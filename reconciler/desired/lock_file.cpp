#include "reconciler/desired/lock_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "reconciler/package/published_codec.h"
#include "state/base/address.h"
#include "state/base/json_reader.h"
#include "state/base/parse_json.h"

namespace cemli {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::uint64_t kLockFormat = 1;

Error wrong(const std::string& pointer, std::string_view what) {
  return {ErrorCode::invalid_input, fmt::format("{}: {}", pointer, what)};
}

Result<LockedPackage> read_line(const std::string& name, json line) {
  const std::string pointer = "/packages/" + name;
  std::optional<Error> failure;
  JsonReader reader(line, failure);
  const std::string version = reader.text("version");
  std::vector<std::string> instances = reader.texts("instances");
  if (failure) return Error(ErrorCode::invalid_input, pointer + failure->message());
  line.erase("version");
  line.erase("instances");
  auto package = read_published(line);
  if (!package) return wrong(pointer, package.error().message());
  if (package->manifest.name != name || package->manifest.version.text() != version) {
    return wrong(pointer, fmt::format("the manifest is of '{}' {}", package->manifest.name,
                                      package->manifest.version.text()));
  }
  const bool are_instances = std::all_of(instances.begin(), instances.end(),
                                         [](const std::string& text) { return is_instance(text); });
  const bool rise = std::adjacent_find(instances.begin(), instances.end(),
                                       std::greater_equal<>()) == instances.end();
  if (!are_instances || !rise)
    return wrong(pointer + "/instances", "expected names of instances, sorted, each once");
  return LockedPackage{*std::move(package), std::move(instances)};
}

/// All but the packages.
Result<void> read_head(const json& root, std::string_view environment, LockFile& lock) {
  std::optional<Error> failure;
  JsonReader reader(root, failure);
  if (reader.number("format") > kLockFormat) {
    return wrong("/format", "newer than this version of cemli reads; install a newer one");
  }
  lock.environment = reader.text("environment");
  const std::string track = reader.text("track");
  lock.tracks_all = track == "all";
  if (track != "all" && track != "none") reader.fail("track", "expected none or all");
  const json& packages = reader.any("packages");
  reader.finish();
  if (failure) return *std::move(failure);
  if (lock.environment != environment)
    return wrong("/environment", fmt::format("this is of '{}'", lock.environment));
  if (!packages.is_object()) return wrong("/packages", "expected an object");
  for (const auto& item : packages.items()) {
    if (!item.value().is_null()) return wrong("/packages/" + item.key(), "expected an object");
  }
  if (packages.size() != lock.packages.size()) return wrong("/packages", "null is no package");
  return {};
}

}  // namespace

std::string lock_path(std::string_view environment) {
  return fmt::format("environments/{}.lock.json", environment);
}

std::string encode_locked(const LockedPackage& locked) {
  ordered_json line{{"version", locked.package.manifest.version.text()},
                    {"instances", locked.instances}};
  const json members = members_of(locked.package);
  for (const char* name : {"content_digest", "zip_sha256", "zip_size", "programs", "manifest"})
    line[name] = members.at(name);
  return line.dump();
}

std::string encode_lock(const LockFile& lock) {
  std::string text =
      fmt::format("{{\"format\": {}, \"environment\": \"{}\", \"track\": \"{}\", \"packages\": {{",
                  kLockFormat, lock.environment, lock.tracks_all ? "all" : "none");
  const char* separator = "\n";
  for (const auto& [name, locked] : lock.packages)
    text +=
        fmt::format("{}\"{}\": {}", std::exchange(separator, ",\n"), name, encode_locked(locked));
  return text + "\n}}\n";
}

Result<LockFile> parse_lock_file(std::string_view text, std::string_view environment,
                                 std::string_view file) {
  LockFile lock;
  std::optional<Error> failure;
  const auto root = parse_long_json(text, "packages", [&](const std::string& name, json line) {
    auto locked = read_line(name, std::move(line));
    if (locked) {
      lock.packages.emplace(name, *std::move(locked));
    } else if (!failure) {
      failure = std::move(locked).error();
    }
  });
  if (!root) {
    failure = root.error();
  } else if (const bool is_newer = root->is_object() && root->contains("format") &&
                                   exact_integer(root->at("format")) > kLockFormat;
             is_newer || !failure) {
    // What a newer format means nobody here knows, so that nothing else of it is told.
    if (auto head = read_head(*root, environment, lock); !head) failure = std::move(head).error();
  }
  if (!failure) return lock;
  return Error(ErrorCode::invalid_input, fmt::format("{}: {}", file, failure->message()))
      .with_hint(
          fmt::format("take it from Git again, or remove it and write it anew:\n  cemli lock "
                      "-e {}",
                      environment));
}

}  // namespace cemli
