#include "state/state_copy.h"

#include <fmt/format.h>

#include <utility>

#include "state/checkpoint.h"
#include "state/object_names.h"

namespace cemli {

Result<ObjectReference> write_state_copy(Store& store, const std::string& environment,
                                         const RecordedState& source) {
  const std::string bytes = encode_checkpoint(source);
  const Digest digest = Digest::of(bytes);
  ObjectReference reference{state_copy_key(environment, digest), digest};
  auto created = store.create({reference.key, bytes});
  if (!created)
    return std::move(created).error().while_doing(
        fmt::format("copying the state of '{}'", source.environment));
  return reference;
}

Result<RecordedState> read_state_copy(Store& store, const ObjectReference& reference) {
  auto bytes = store.get(reference.key);
  if (!bytes) return std::move(bytes).error().while_doing("reading a copied state");
  if (!*bytes) return Error(ErrorCode::corrupt, "missing, although the log names it");
  if (Digest::of(**bytes) != reference.digest)
    return Error(ErrorCode::corrupt, "altered: its digest is not the recorded one");
  return decode_checkpoint(**bytes);
}

Result<StateCopies> read_state_copies(Store& store, const Entry& entry) {
  StateCopies copies;
  for (const Event& event : entry.events) {
    const auto* refreshed = std::get_if<EnvironmentRefreshed>(&event);
    if (refreshed == nullptr) continue;
    auto copy = read_state_copy(store, refreshed->copy);
    if (!copy) return std::move(copy).error().while_doing(fmt::format("'{}'", refreshed->copy.key));
    copies.emplace(refreshed->copy.digest, *std::move(copy));
  }
  return copies;
}

}  // namespace cemli
