#include "state/record_check.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "state/checkpoint.h"
#include "state/object_names.h"

namespace cemli {
namespace {

Error unfit(std::string what) {
  return {ErrorCode::corrupt, std::move(what)};
}

}  // namespace

Result<void> RecordCheck::take(const std::string& key, std::string_view bytes) {
  const std::string& environment = state_.environment;
  Result<void> taken = unfit(fmt::format("not of the record of environment '{}'", environment));
  if (const auto seq = seq_of_log_key(environment, key)) {
    taken = take_entry(*seq, bytes);
  } else if (const auto folded = seq_of_checkpoint_key(environment, key)) {
    taken = take_checkpoint(*folded, bytes);
  } else if (key.starts_with(state_copies_prefix(environment))) {
    taken = take_copy(key, bytes);
  }
  if (taken) return taken;
  return std::move(taken).error().while_doing(fmt::format("'{}'", key));
}

Result<void> RecordCheck::take_entry(std::uint64_t seq, std::string_view bytes) {
  if (seq != state_.seq() + 1) return unfit(fmt::format("entry {} was expected", state_.seq() + 1));
  auto entry = decode_entry(bytes);
  if (!entry) return std::move(entry).error();
  std::set<Digest> named;
  for (const Event& event : entry->events) {
    const auto* refreshed = std::get_if<EnvironmentRefreshed>(&event);
    if (refreshed == nullptr) continue;
    const ObjectReference& copy = refreshed->copy;
    if (copy.key != state_copy_key(state_.environment, copy.digest))
      return unfit(fmt::format("it names '{}', which is no copy's key", copy.key));
    named.insert(copy.digest);
  }
  if (auto folded = fold(state_, *entry, Digest::of(bytes), copies_); !folded) return folded;
  if (copies_.size() != named.size()) return unfit("it does not name what stands before it");
  copies_.clear();
  ++counts_.entries;
  return {};
}

Result<void> RecordCheck::take_checkpoint(std::uint64_t seq, std::string_view bytes) {
  if (!state_.head || seq != state_.seq() || !copies_.empty())
    return unfit(fmt::format("it does not stand behind entry {}", seq));
  if (bytes != encode_checkpoint(state_))
    return unfit(fmt::format("not the fold of entries 1 to {}", seq));
  ++counts_.checkpoints;
  return {};
}

Result<void> RecordCheck::take_copy(const std::string& key, std::string_view bytes) {
  const Digest digest = Digest::of(bytes);
  if (key != state_copy_key(state_.environment, digest))
    return unfit("altered: its digest is not the recorded one");
  auto copy = decode_checkpoint(bytes);
  if (!copy) return std::move(copy).error();
  if (!copies_.emplace(digest, *std::move(copy)).second) return unfit("it is there twice");
  ++counts_.copies;
  return {};
}

Result<void> RecordCheck::finish() const {
  if (!state_.head)
    return unfit(fmt::format("nothing was ever recorded in environment '{}'", state_.environment));
  if (!copies_.empty()) return unfit("its last object is a copy that no entry names");
  return {};
}

}  // namespace cemli
