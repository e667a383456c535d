#include "state/success_search.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <variant>

#include "state/log.h"
#include "state/object_names.h"

namespace cemli {
namespace {

class SuccessSearch {
 public:
  explicit SuccessSearch(const std::map<std::string, VersionContent>& wanted) : wanted_(wanted) {}

  void note(const Identity& identity) {
    if (is_wanted(identity)) found_.insert(identity.address.name());
  }

  /// Whether nothing is left to look for.
  [[nodiscard]] bool is_over() const { return found_.size() == wanted_.size(); }

  void visit(const Entry& entry) {
    for (const Event& event : entry.events)
      std::visit([this](const auto& what) { take(what); }, event);
  }

  std::set<std::string> take_found() { return std::move(found_); }

 private:
  [[nodiscard]] bool is_wanted(const Identity& identity) const {
    const auto found = wanted_.find(identity.address.name());
    return found != wanted_.end() &&
           found->second == VersionContent{identity.version, identity.content};
  }

  void take(const PackageStarted& e) {
    // A removal that succeeds is no success of the version.
    if (e.action != ActionKind::remove && is_wanted(e.identity))
      started_.emplace(e.identity.address, e.attempt);
  }
  void take(const PackageFinished& e) {
    if (e.outcome == OutcomeKind::succeeded) succeeded(e.address, e.attempt);
  }
  void take(const PackageReported& e) { take(e.end); }
  void take(const PackageResolved& e) {
    if (e.resolution == Resolution::succeeded) succeeded(e.address, e.attempt);
  }
  void take(const PackageAdopted& e) { note(e.identity); }
  template <typename Other>
  void take(const Other& /*e*/) {}

  void succeeded(const Address& address, std::uint64_t attempt) {
    if (started_.contains({address, attempt})) found_.insert(address.name());
  }

  const std::map<std::string, VersionContent>& wanted_;
  std::set<std::pair<Address, std::uint64_t>> started_;
  std::set<std::string> found_;
};

/// Reads the log up to the recorded head, which vouches for each entry before it.
Result<void> search_log(const RecordedState& recorded, Store& state, SuccessSearch& search) {
  const auto broken = [&](std::uint64_t seq, const std::string& how) {
    return Error(ErrorCode::corrupt,
                 fmt::format("'{}' {}", log_key(recorded.environment, seq), how))
        .with_hint("cemli audit verify -e " + recorded.environment);
  };
  std::optional<Digest> before;
  auto read =
      walk_entries(state, recorded.environment, 1,
                   [&](std::uint64_t seq, std::optional<std::string> bytes) -> Result<bool> {
                     if (seq > recorded.head->seq) return false;
                     if (!bytes) return broken(seq, "is missing");
                     auto entry = decode_entry(*bytes);
                     if (!entry) return broken(seq, entry.error().message());
                     if (entry->prev != before) return broken(seq, "does not continue the chain");
                     before = Digest::of(*bytes);
                     search.visit(*entry);
                     return true;
                   });
  if (!read) return read;
  if (before == recorded.head->digest) return {};
  return broken(recorded.head->seq, "is not the one that was read before");
}

}  // namespace

Result<std::set<std::string>> find_successes(const RecordedState& recorded, Store& state,
                                             const std::map<std::string, VersionContent>& wanted) {
  SuccessSearch search(wanted);
  for (const auto& item : recorded.addresses) {
    if (item.second.last_success) search.note(item.second.last_success->identity);
  }
  if (search.is_over() || !recorded.head) return search.take_found();
  if (auto read = search_log(recorded, state, search); !read) return std::move(read).error();
  return search.take_found();
}

}  // namespace cemli
