#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "state/base/result.h"
#include "state/record_check.h"
#include "state/store/store.h"

namespace cemli {

/// Takes one object of a record, once it is checked; `after` is the fold of the entries so far.
using RecordVisitor = std::function<Result<void>(const std::string& key, std::string_view bytes,
                                                 const RecordedState& after)>;

/// Reads an environment's record from its state store, object after object in the order of
/// `RecordCheck`, and checks each. A few are in memory at a time, beside the fold.
class RecordReader {
 public:
  /// `store` must outlive this.
  RecordReader(Store& store, const std::string& environment) : store_(store), check_(environment) {}

  /// Hands over all objects that were not yet, up to the log's head as it is now. `corrupt` names
  /// the object that is not as it was recorded, or missing; `not_found` where there is no entry.
  [[nodiscard]] Result<void> read_to_head(const RecordVisitor& visit);

  [[nodiscard]] const RecordCheck& check() const { return check_; }

 private:
  [[nodiscard]] Result<void> list_checkpoints();
  [[nodiscard]] Result<void> hand_over_entry(const std::string& key, const std::string& bytes,
                                             const RecordVisitor& visit);
  [[nodiscard]] Result<void> hand_over_copies(const std::string& entry, const RecordVisitor& visit);
  [[nodiscard]] Result<void> hand_over(const std::string& key, const std::string& bytes,
                                       const RecordVisitor& visit);

  Store& store_;
  RecordCheck check_;
  std::set<std::string> checkpoints_;
};

/// What an export says of itself, as its last file.
struct RecordExport {
  std::string environment;
  std::string log;
  /// The address of the store it was read from.
  std::string from;
  Head head;
  friend bool operator==(const RecordExport&, const RecordExport&) = default;
};

/// The name of that file.
inline constexpr std::string_view kRecordExportFile = "export.json";

[[nodiscard]] std::string encode_record_export(const RecordExport& exported);
/// `corrupt` says what is wrong, also for a newer format and bytes that were altered.
[[nodiscard]] Result<RecordExport> decode_record_export(std::string_view bytes);

}  // namespace cemli
