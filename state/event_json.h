#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "state/base/dump_json.h"
#include "state/base/json_reader.h"
#include "state/base/parse_json.h"
#include "state/event.h"

/// JSON forms of values that several stored formats share: entries, checkpoints and evidence.
namespace cemli {

/// Null where there is no value.
[[nodiscard]] OrderedJson or_null(const std::optional<Digest>& digest);
[[nodiscard]] OrderedJson or_null(const std::optional<Timestamp>& time);
[[nodiscard]] OrderedJson or_null(const std::optional<ObjectReference>& reference);

[[nodiscard]] OrderedJson json_of(const ObjectReference& reference);
[[nodiscard]] OrderedJson json_of(const std::vector<Address>& addresses);
[[nodiscard]] OrderedJson json_of(const RunCounts& counts);
[[nodiscard]] OrderedJson json_of(const std::vector<UsedApproval>& approvals);
[[nodiscard]] OrderedJson json_of(const RunStarted& started);
[[nodiscard]] OrderedJson json_of(const Writer& writer);
/// Events as they stand in an entry.
[[nodiscard]] OrderedJson json_of(const std::vector<Event>& events);
/// Members `address`, `version`, `content`, `parameters`, `rerun_on` and `identity`, the digest.
[[nodiscard]] OrderedJson json_of(const Identity& identity);

[[nodiscard]] Parameters read_parameters(JsonReader& reader, std::string_view name);
[[nodiscard]] std::map<std::string, std::string> read_rerun_on(JsonReader& reader);
[[nodiscard]] std::optional<ObjectReference> read_reference(JsonReader& reader,
                                                            std::string_view name);
[[nodiscard]] RunCounts read_counts(JsonReader& reader, std::string_view name);
/// Fails on an event of a type that is not known.
[[nodiscard]] std::vector<Event> read_events(JsonReader& reader, std::string_view name);
[[nodiscard]] std::vector<UsedApproval> read_approvals(JsonReader& reader, std::string_view name);
[[nodiscard]] RunStarted read_run_started(JsonReader& reader);
/// Fails on members that are still unread.
[[nodiscard]] Writer read_writer(JsonReader reader);
/// Fails where `identity` is not the digest of the other members.
[[nodiscard]] Identity read_identity(JsonReader& reader);

/// A stored document, by the function that reads its root. `corrupt` says what is wrong first.
template <typename Value>
[[nodiscard]] Result<Value> read_document(std::string_view bytes, Value (*read)(JsonReader&)) {
  const auto document = parse_json(bytes);
  if (!document) return Error(ErrorCode::corrupt, document.error().message());
  std::optional<Error> failure;
  JsonReader reader(*document, failure);
  Value value = read(reader);
  if (failure) return *std::move(failure);
  return value;
}

/// An enumerator from the word under `name`, by its `*_of` function.
template <typename Enum>
[[nodiscard]] Enum read_word(JsonReader& reader, std::string_view name,
                             std::optional<Enum> (*value_of)(std::string_view), Enum fallback) {
  const std::string word = reader.text(name);
  if (const std::optional<Enum> value = value_of(word)) return *value;
  reader.fail(name, "unknown to this version of cemli: '" + word + "'");
  return fallback;
}

}  // namespace cemli
