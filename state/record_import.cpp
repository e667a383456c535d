#include "state/record_import.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "state/base/tar_reader.h"
#include "state/checkpoint.h"
#include "state/object_names.h"
#include "state/store/write_once.h"

namespace cemli {
namespace {

Result<ReadRecord> finished(const RecordCheck& check, std::string from) {
  if (auto whole = check.finish(); !whole) return std::move(whole).error();
  return ReadRecord{check.state(), check.counts(), std::move(from)};
}

/// The last file of an archive, which nothing may follow.
Result<ReadRecord> finish_archive(TarReader& archive, const TarFile& last,
                                  const RecordCheck& check) {
  auto exported = decode_record_export(last.bytes);
  if (!exported) return std::move(exported).error().while_doing(fmt::format("'{}'", last.path));
  auto record = finished(check, exported->from);
  if (!record) return record;
  const RecordedState& state = record->state;
  if (exported->environment != state.environment || exported->log != state.log ||
      exported->head != state.head)
    return Error(ErrorCode::corrupt, fmt::format("'{}': of another record", last.path));
  auto more = archive.next();
  if (!more) return std::move(more).error();
  if (*more)
    return Error(ErrorCode::corrupt, fmt::format("'{}': not expected here", (*more)->path));
  return record;
}

Result<ReadRecord> read_archive(int fd, const std::string& environment,
                                const RecordVisitor& visit) {
  if (::lseek(fd, 0, SEEK_SET) != 0)
    return system_error(errno, "going to the archive's start, as it is read more than once");
  TarReader archive(fd);
  RecordCheck check(environment);
  for (;;) {
    auto file = archive.next();
    if (!file) return std::move(file).error();
    if (!*file)
      return Error(ErrorCode::corrupt,
                   fmt::format("it is no export of a record: it has no '{}'", kRecordExportFile));
    if ((*file)->path == kRecordExportFile) return finish_archive(archive, **file, check);
    if (auto taken = check.take((*file)->path, (*file)->bytes); !taken)
      return std::move(taken).error();
    if (auto visited = visit((*file)->path, (*file)->bytes, check.state()); !visited)
      return std::move(visited).error();
  }
}

/// What a store has of an environment's record, and how a source compares with it.
class Comparison {
 public:
  explicit Comparison(Store& target) : target_(target) {}

  Result<void> list(const std::string& environment) {
    for (const std::string& prefix : {log_prefix(environment), checkpoint_prefix(environment),
                                      state_copies_prefix(environment)}) {
      auto keys = target_.list(prefix, "", std::numeric_limits<std::size_t>::max());
      if (!keys) return std::move(keys).error().while_doing("listing " + target_.address());
      for (std::string& key : *keys) note(environment, std::move(key));
    }
    return {};
  }

  Result<void> visit(const std::string& key, std::string_view bytes, const RecordedState& after) {
    // All that was written before is compared now, and nothing twice.
    if (auto same = compare(key, bytes, after); !same) return same;
    if (seq_of_log_key(after.environment, key) != after.seq()) return {};
    head_ = bytes;
    const std::string checkpoint = checkpoint_key(after.environment, after.seq());
    if (!present_.contains(checkpoint)) return {};
    return compare(checkpoint, encode_checkpoint(after), after);
  }

  Result<ComparedRecord> finish(ReadRecord source) {
    const RecordedState& state = source.state;
    const std::uint64_t head = state.seq();
    const bool has_head = present_.contains(log_key(state.environment, head));
    if (last_entry_ > head && !has_head)
      return apart(log_key(state.environment, head), "missing, although later entries are there");
    if (last_checkpoint_ > std::max(last_entry_, head))
      return apart(checkpoint_key(state.environment, last_checkpoint_),
                   "made from an entry that the log does not have");
    return ComparedRecord{std::move(source), std::move(head_), std::move(present_),
                          last_entry_ > head};
  }

 private:
  void note(const std::string& environment, std::string key) {
    if (const auto seq = seq_of_log_key(environment, key))
      last_entry_ = std::max(last_entry_, *seq);
    if (const auto seq = seq_of_checkpoint_key(environment, key))
      last_checkpoint_ = std::max(last_checkpoint_, *seq);
    present_.insert(std::move(key));
  }

  [[nodiscard]] Error apart(const std::string& key, std::string_view what) const {
    return {ErrorCode::conflict,
            fmt::format("{} does not take the record, and nothing was written: '{}' is {}",
                        target_.address(), key, what)};
  }

  Result<void> compare(const std::string& key, std::string_view bytes, const RecordedState& after) {
    if (!present_.contains(key)) return {};
    auto there = target_.get(key);
    if (!there) return std::move(there).error().while_doing("comparing " + target_.address());
    if (*there && **there == bytes) return {};
    if (!*there) return apart(key, "listed there and cannot be read");
    const auto entry = decode_entry(**there);
    if (entry && entry->log != after.log)
      return apart(key, "of another log there")
          .with_hint(
              "an environment's record is brought to a "
              "store that has none of it");
    return apart(key, "another one there: the two logs went apart");
  }

  Store& target_;
  std::set<std::string> present_;
  std::uint64_t last_entry_ = 0;
  std::uint64_t last_checkpoint_ = 0;
  std::string head_;
};

/// Writes objects in groups that are made durable together.
class GroupedWriter {
 public:
  explicit GroupedWriter(Store& target) : target_(target) {}

  Result<void> add(const std::string& key, std::string_view bytes) {
    constexpr std::size_t kMostObjects = 64;
    constexpr std::size_t kMostBytes = 4UL * 1024 * 1024;
    group_.emplace_back(key, bytes);
    bytes_ += bytes.size();
    if (group_.size() < kMostObjects && bytes_ < kMostBytes) return {};
    return flush();
  }

  Result<void> flush() {
    std::vector<NewObject> objects;
    for (const auto& [key, bytes] : group_) objects.push_back(NewObject{key, bytes});
    if (auto written = write_once(target_, objects); !written)
      return std::move(written).error().while_doing("writing to " + target_.address());
    written_ += group_.size();
    group_.clear();
    bytes_ = 0;
    return {};
  }

  [[nodiscard]] std::uint64_t written() const { return written_; }

 private:
  Store& target_;
  std::vector<std::pair<std::string, std::string>> group_;
  std::size_t bytes_ = 0;
  std::uint64_t written_ = 0;
};

/// What was written is there, from the first entry on.
Result<void> read_back(Store& target, const RecordedState& written) {
  RecordReader reader(target, written.environment);
  bool has_passed = false;
  auto read = reader.read_to_head(
      [&](const std::string& /*key*/, std::string_view /*bytes*/, const RecordedState& after) {
        has_passed = has_passed || after.head == written.head;
        return Result<void>();
      });
  if (read && !has_passed)
    read = Error(ErrorCode::corrupt,
                 fmt::format("entry {} is not the one that was written", written.seq()));
  if (read) return {};
  return std::move(read).error().while_doing("reading back " + target.address());
}

}  // namespace

RecordSource archived_record(int fd, const std::string& environment) {
  return [fd, environment](const RecordVisitor& visit) {
    return read_archive(fd, environment, visit);
  };
}

RecordSource stored_record(Store& store, const std::string& environment) {
  return [&store, environment](const RecordVisitor& visit) -> Result<ReadRecord> {
    RecordReader reader(store, environment);
    if (auto read = reader.read_to_head(visit); !read) return std::move(read).error();
    return finished(reader.check(), store.address());
  };
}

Result<ComparedRecord> compare_record(const RecordSource& source, Store& target) {
  Comparison comparison(target);
  bool is_listed = false;
  auto read = source([&](const std::string& key, std::string_view bytes,
                         const RecordedState& after) -> Result<void> {
    if (!std::exchange(is_listed, true)) {
      if (auto listed = comparison.list(after.environment); !listed) return listed;
    }
    return comparison.visit(key, bytes, after);
  });
  if (!read) return std::move(read).error();
  return comparison.finish(*std::move(read));
}

Result<std::uint64_t> copy_record(const RecordSource& source, const ComparedRecord& compared,
                                  Store& target) {
  const RecordedState& state = compared.source.state;
  const std::string& environment = state.environment;
  const std::string head_key = log_key(environment, state.seq());
  GroupedWriter writer(target);
  // Entries may name the same copy.
  std::set<std::string> present = compared.present;
  if (present.insert(head_key).second) {
    if (auto added = writer.add(head_key, compared.head); !added) return std::move(added).error();
    if (auto first = writer.flush(); !first) return std::move(first).error();
  }
  auto read = source([&](const std::string& key, std::string_view bytes,
                         const RecordedState& after) -> Result<void> {
    // A source may have grown since it was compared.
    const bool is_more = after.seq() > state.seq();
    if (is_more || !present.insert(key).second) return {};
    // With a checkpoint of the last entry the log reads as whole: all else comes before it.
    if (seq_of_checkpoint_key(environment, key)) {
      if (auto before = writer.flush(); !before) return before;
    }
    return writer.add(key, bytes);
  });
  if (!read) return std::move(read).error();
  if (auto last = writer.flush(); !last) return std::move(last).error();
  if (auto checked = read_back(target, state); !checked) return std::move(checked).error();
  return writer.written();
}

}  // namespace cemli
