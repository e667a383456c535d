#include "state/spool.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "state/base/crash_point.h"
#include "state/base/file.h"
#include "state/base/json_reader.h"
#include "state/base/parse_json.h"
#include "state/event_json.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSpoolFormat = 1;
constexpr const char* kIndex = "spool.json";
constexpr const char* kEntry = "entry.json";

std::string encode(const Spool& spool) {
  OrderedJson objects = OrderedJson::array();
  for (const SpooledObject& object : spool.objects)
    objects.push_back(
        {{"key", object.key}, {"sha256", object.digest.hex()}, {"file", object.file}});
  const OrderedJson document{
      {"format", kSpoolFormat},
      {"environment", spool.environment},
      {"log", spool.log},
      {"run", spool.run},
      {"seq", spool.head.seq},
      {"entry", spool.head.digest.hex()},
      {"unknown",
       spool.unknown ? or_null(std::optional(Digest::of(*spool.unknown))) : OrderedJson(nullptr)},
      {"events", json_of(spool.events)},
      {"objects", std::move(objects)},
      {"why", spool.why}};
  return dump_pretty(document);
}

/// The spool, and the digest of its unknown entry.
std::pair<Spool, std::optional<Digest>> read(JsonReader& r) {
  r.expect_format(kSpoolFormat);
  Spool spool{
      r.text("environment"), r.text("log"), r.text("run"), {r.number("seq"), r.digest("entry")}};
  const auto unknown = r.optional_digest("unknown");
  spool.events = read_events(r, "events");
  for (JsonReader& object : r.objects("objects")) {
    spool.objects.push_back({object.text("key"), object.digest("sha256"), object.text("file")});
    object.finish();
  }
  spool.why = r.text("why");
  r.finish();
  return {std::move(spool), unknown};
}

Error altered(const fs::path& path) {
  return Error(ErrorCode::corrupt, fmt::format("'{}' is not what was kept there", path.string()))
      .with_hint("what it holds cannot be recorded; its packages count as interrupted");
}

}  // namespace

std::uint64_t seq_of_unknown(const Spool& spool) {
  return spool.head.seq + 1;
}

Result<SpoolWriter> SpoolWriter::make(const fs::path& root, const std::string& log,
                                      const RunId& run) {
  if (root.empty()) {
    return Error(
        ErrorCode::not_found,
        "there is no place for a spool: neither HOME, XDG_STATE_HOME nor CEMLI_SPOOL is set");
  }
  const fs::path parent = root / log;
  const fs::path folder = parent / fmt::format(".{}.{}", run, random_hex(4));
  if (auto made = make_folders(folder, Durability::synced); !made) return std::move(made).error();
  return SpoolWriter(folder, parent / run);
}

SpoolWriter::SpoolWriter(SpoolWriter&& other) noexcept
    : folder_(std::exchange(other.folder_, {})),
      final_(std::move(other.final_)),
      objects_(std::move(other.objects_)) {}

SpoolWriter::~SpoolWriter() {
  if (!folder_.empty()) static_cast<void>(remove_tree(folder_));
}

Result<void> SpoolWriter::add(const std::string& key, std::string_view bytes) {
  SpooledObject object{key, Digest::of(bytes), fmt::format("object-{:06}", objects_.size() + 1)};
  auto written = create_file(folder_ / object.file, bytes, Durability::synced);
  if (written) objects_.push_back(std::move(object));
  return written;
}

Result<fs::path> SpoolWriter::publish(Spool spool) {
  spool.objects = objects_;
  if (spool.unknown) {
    auto written = create_file(folder_ / kEntry, *spool.unknown, Durability::synced);
    if (!written) return std::move(written).error();
  }
  if (auto written = create_file(folder_ / kIndex, encode(spool), Durability::synced); !written)
    return std::move(written).error();
  std::error_code error;
  crash_point();
  fs::rename(folder_, final_, error);
  if (error) {
    return system_error(error.value(),
                        fmt::format("renaming '{}' to '{}'", folder_.string(), final_.string()));
  }
  crash_point();
  folder_.clear();
  if (auto synced = sync_folder(final_.parent_path()); !synced) return std::move(synced).error();
  return final_;
}

Result<std::vector<fs::path>> find_spools(const fs::path& root, const std::string& log) {
  std::vector<fs::path> folders;
  if (root.empty() || log.empty()) return folders;
  std::error_code error;
  for (fs::directory_iterator it(root / log, error), end; !error && it != end;
       it.increment(error)) {
    if (!it->path().filename().native().starts_with('.')) folders.push_back(it->path());
  }
  if (error && error != std::errc::no_such_file_or_directory &&
      error != std::errc::not_a_directory) {
    return system_error(error.value(), fmt::format("looking into '{}'", (root / log).string()));
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

Result<Spool> read_spool(const fs::path& folder) {
  auto bytes = read_file(folder / kIndex);
  if (!bytes) return std::move(bytes).error();
  auto document = parse_json(*bytes);
  if (!document) return altered(folder / kIndex);
  std::optional<Error> failure;
  JsonReader reader(*document, failure);
  auto [spool, unknown] = read(reader);
  if (failure) return std::move(*failure).while_doing((folder / kIndex).string());
  if (unknown) {
    auto entry = read_file(folder / kEntry);
    if (!entry) return std::move(entry).error();
    if (Digest::of(*entry) != *unknown) return altered(folder / kEntry);
    spool.unknown = *std::move(entry);
  }
  return std::move(spool);
}

Result<std::string> read_spooled(const fs::path& folder, const SpooledObject& object) {
  auto bytes = read_file(folder / object.file);
  if (bytes && Digest::of(*bytes) != object.digest) return altered(folder / object.file);
  return bytes;
}

}  // namespace cemli
