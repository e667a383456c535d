#include "state/operator_words.h"

#include <fmt/format.h>

#include <cassert>
#include <optional>
#include <utility>

namespace cemli {
namespace {

bool has_record(const RecordedState& recorded, const Address& address) {
  const auto found = recorded.addresses.find(address);
  return found != recorded.addresses.end() && found->second.status != Status::not_started;
}

bool is_held(const RecordedState& recorded, const Address& address) {
  const auto found = recorded.addresses.find(address);
  return found != recorded.addresses.end() && found->second.hold.has_value();
}

using Test = bool (*)(const RecordedState&, const Address&);

/// One event an address, or one error with the names of all that do not pass behind `refusal`.
template <typename EventType>
Result<std::vector<Event>> words_on(const RecordedState& recorded,
                                    const std::vector<Address>& addresses, const std::string& why,
                                    Test passes, const Error& refusal) {
  std::vector<Event> events;
  std::string refused;
  for (const Address& address : addresses) {
    if (passes(recorded, address)) {
      events.push_back(EventType{address, why});
    } else {
      refused += fmt::format("{}'{}'", refused.empty() ? "" : ", ", address.text());
    }
  }
  if (refused.empty()) return events;
  return Error(refusal.code(), fmt::format("{} {}", refusal.message(), refused))
      .with_hint("cemli state list -e " + recorded.environment);
}

Error nothing_recorded(const RecordedState& recorded) {
  return {ErrorCode::not_found,
          fmt::format("in environment '{}' nothing is recorded of", recorded.environment)};
}

}  // namespace

Result<std::vector<Event>> taint_words(const RecordedState& recorded,
                                       const std::vector<Address>& addresses,
                                       const std::string& why) {
  return words_on<PackageTainted>(recorded, addresses, why, has_record, nothing_recorded(recorded));
}

std::vector<Event> hold_words(const std::map<Address, Digest>& desired, const std::string& why) {
  std::vector<Event> events;
  for (const auto& [address, identity] : desired)
    events.push_back(PackageHeld{address, identity, why});
  return events;
}

Result<std::vector<Event>> release_words(const RecordedState& recorded,
                                         const std::vector<Address>& addresses,
                                         const std::string& why) {
  return words_on<PackageReleased>(
      recorded, addresses, why, is_held,
      Error(ErrorCode::conflict,
            fmt::format("in environment '{}' there is no hold on", recorded.environment)));
}

Result<std::vector<Event>> suspend_words(const RecordedState& recorded, const std::string& why) {
  if (const auto& word = recorded.suspension) {
    return Error(
        ErrorCode::conflict,
        fmt::format("environment '{}' is suspended already, by {} at {}: {}", recorded.environment,
                    word->who, describe_minute(word->time), word->why));
  }
  return std::vector<Event>{EnvironmentSuspended{why}};
}

Result<std::vector<Event>> resume_words(const RecordedState& recorded, const std::string& why) {
  if (!recorded.suspension) {
    return Error(ErrorCode::conflict,
                 fmt::format("environment '{}' is not suspended", recorded.environment));
  }
  return std::vector<Event>{EnvironmentResumed{why}};
}

Result<std::vector<Event>> move_words(const RecordedState& recorded, const Address& from,
                                      const Address& to, const std::optional<Identity>& desired,
                                      const std::string& why) {
  assert(!recorded.active_run);
  if (!has_record(recorded, from)) {
    return Error(ErrorCode::not_found,
                 fmt::format("{} '{}'", nothing_recorded(recorded).message(), from.text()))
        .with_hint("cemli state list -e " + recorded.environment);
  }
  if (has_record(recorded, to)) {
    return Error(ErrorCode::conflict,
                 fmt::format("'{}' cannot be moved to '{}', of which something is recorded",
                             from.text(), to.text()))
        .with_hint("cemli state forget takes it out of the record");
  }
  PackageMoved moved{from, to, std::nullopt, why};
  const AddressRecord& record = recorded.addresses.at(from);
  const Identity& before =
      record.last_success ? record.last_success->identity : record.last_attempt->identity;
  if (desired && from.name() != to.name() && desired->version == before.version)
    moved.renamed = RenamedContent{desired->version, desired->content};
  return std::vector<Event>{std::move(moved)};
}

Result<std::vector<Event>> forget_words(const RecordedState& recorded,
                                        const std::vector<Address>& addresses,
                                        const std::string& why) {
  assert(!recorded.active_run);
  return words_on<PackageForgotten>(recorded, addresses, why, has_record,
                                    nothing_recorded(recorded));
}

Result<std::vector<Event>> close_words(const RecordedState& recorded, const std::string& to,
                                       const std::string& why) {
  if (recorded.head) return std::vector<Event>{LogClosed{to, why}};
  return Error(ErrorCode::not_found,
               fmt::format("nothing was ever recorded in environment '{}'", recorded.environment));
}

}  // namespace cemli
