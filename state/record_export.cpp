#include "state/record_export.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "state/base/checksum.h"
#include "state/base/json_reader.h"
#include "state/event_json.h"
#include "state/log.h"
#include "state/object_names.h"

namespace cemli {
namespace {

constexpr std::uint64_t kRecordExportFormat = 1;

RecordExport read_export(JsonReader& reader) {
  reader.expect_format(kRecordExportFormat);
  RecordExport exported{reader.text("environment"), reader.text("log"), reader.text("from"),
                        Head{0, Digest::of("")}};
  JsonReader head = reader.object("head");
  exported.head = Head{head.number("seq"), head.digest("entry")};
  head.finish();
  static_cast<void>(reader.digest("checksum"));
  reader.finish();
  return exported;
}

}  // namespace

Result<void> RecordReader::list_checkpoints() {
  auto keys = store_.list(checkpoint_prefix(check_.state().environment), "",
                          std::numeric_limits<std::size_t>::max());
  if (!keys) return std::move(keys).error().while_doing("listing checkpoints");
  checkpoints_ = std::set<std::string>(keys->begin(), keys->end());
  return {};
}

Result<void> RecordReader::read_to_head(const RecordVisitor& visit) {
  const std::string& environment = check_.state().environment;
  if (auto listed = list_checkpoints(); !listed) return listed;
  auto walked =
      walk_entries(store_, environment, check_.state().seq() + 1,
                   [&](std::uint64_t seq, const std::optional<std::string>& bytes) -> Result<bool> {
                     const std::string key = log_key(environment, seq);
                     if (!bytes)
                       return Error(ErrorCode::corrupt, fmt::format("'{}': missing", key));
                     if (auto handed = hand_over_entry(key, *bytes, visit); !handed)
                       return std::move(handed).error();
                     return true;
                   });
  if (!walked || check_.state().head) return walked;
  return Error(ErrorCode::not_found,
               fmt::format("nothing was ever recorded in environment '{}'", environment));
}

Result<void> RecordReader::hand_over_entry(const std::string& key, const std::string& bytes,
                                           const RecordVisitor& visit) {
  if (auto copies = hand_over_copies(bytes, visit); !copies) return copies;
  if (auto handed = hand_over(key, bytes, visit); !handed) return handed;
  const RecordedState& state = check_.state();
  const std::string checkpoint = checkpoint_key(state.environment, state.seq());
  if (!checkpoints_.contains(checkpoint)) return {};
  auto folded = store_.get(checkpoint);
  if (!folded) return std::move(folded).error().while_doing("reading a checkpoint");
  return hand_over(checkpoint, folded->value_or(""), visit);
}

/// An entry that cannot be decoded is told as it is handed over itself.
Result<void> RecordReader::hand_over_copies(const std::string& entry, const RecordVisitor& visit) {
  const auto decoded = decode_entry(entry);
  if (!decoded) return {};
  std::set<std::string> keys;
  for (const Event& event : decoded->events) {
    const auto* refreshed = std::get_if<EnvironmentRefreshed>(&event);
    if (refreshed == nullptr || !keys.insert(refreshed->copy.key).second) continue;
    auto bytes = store_.get(refreshed->copy.key);
    if (!bytes) return std::move(bytes).error().while_doing("reading a copied state");
    if (!*bytes)
      return Error(ErrorCode::corrupt,
                   fmt::format("'{}': missing, although the log names it", refreshed->copy.key));
    if (auto handed = hand_over(refreshed->copy.key, **bytes, visit); !handed) return handed;
  }
  return {};
}

Result<void> RecordReader::hand_over(const std::string& key, const std::string& bytes,
                                     const RecordVisitor& visit) {
  if (auto taken = check_.take(key, bytes); !taken) return taken;
  return visit(key, bytes, check_.state());
}

std::string encode_record_export(const RecordExport& exported) {
  return with_checksum(
      dump_line({{"format", kRecordExportFormat},
                 {"environment", exported.environment},
                 {"log", exported.log},
                 {"from", exported.from},
                 {"head", {{"seq", exported.head.seq}, {"entry", exported.head.digest.hex()}}}}));
}

Result<RecordExport> decode_record_export(std::string_view bytes) {
  auto exported = read_document(bytes, read_export);
  if (!exported) return exported;
  if (auto checked = check_checksum(bytes); !checked) return std::move(checked).error();
  return exported;
}

}  // namespace cemli
