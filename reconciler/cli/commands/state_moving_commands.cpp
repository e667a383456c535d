#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <ostream>
#include <utility>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/commands/operator_session.h"
#include "reconciler/cli/opening_stores.h"
#include "reconciler/report/wording.h"
#include "state/base/file.h"
#include "state/base/tar_archive.h"
#include "state/operator_words.h"
#include "state/record_export.h"
#include "state/record_import.h"
#include "state/store/store_address.h"

// Commands that bring an environment's record from one state store to another.
namespace cemli {
namespace {

/// Whether two addresses mean one place, which a hand may write in more than one way.
bool is_one_place(const std::string& left, const std::string& right) {
  const auto a = parse_store_address(left);
  const auto b = parse_store_address(right);
  return a && b && is_same_place(*a, *b);
}

std::string describe_record(const RecordCounts& counts, const RecordedState& state) {
  return fmt::format("  holds: {}, {}, {}\n  head: {}\n", count_of(counts.entries, "log entry"),
                     count_of(counts.checkpoints, "checkpoint"),
                     count_of(counts.copies, "copied state"), anchor_of(*state.head));
}

/// One `state export`.
class RecordExporter {
 public:
  RecordExporter(OperatorSession session, const StateExportCommand& command)
      : session_(std::move(session)),
        command_(command),
        reader_(*session_.context.state, session_.recorded().environment) {}

  Result<ExitStatus> run() {
    const std::string& environment = session_.recorded().environment;
    const std::filesystem::path file = command_.output.value_or(environment + "-state.tar");
    if (auto ready = get_ready(); !ready) return std::move(ready).error();
    auto written = write_named_file(file, [this](int fd) { return write(fd); });
    if (!written) return told(std::move(written).error(), file);
    const RecordedState& state = reader_.check().state();
    session_.streams.out << fmt::format("Exported the record of environment '{}' to '{}'\n{}",
                                        environment, file.string(),
                                        describe_record(reader_.check().counts(), state));
    if (state.closed) {
      session_.streams.out << fmt::format(
          "Its log is closed, and goes on in '{}' once it is "
          "imported there.\n",
          state.closed->to);
    } else {
      session_.streams.out
          << "Its log is open: what is recorded from now on is not in the export.\n";
    }
    return ExitStatus::done;
  }

 private:
  /// Refuses before a long log is read what would be refused behind it.
  Result<void> get_ready() {
    const RecordedState& recorded = session_.recorded();
    if (!command_.close_to) return {};
    const std::string& to = *command_.close_to;
    auto address = parse_store_address(to);
    if (!address) return Error(ErrorCode::usage, "--to: " + address.error().message());
    if (const auto* local = std::get_if<FolderAddress>(&*address);
        local != nullptr && !local->folder.is_absolute()) {
      return Error(ErrorCode::usage,
                   fmt::format("--to: '{}' is relative, and others read it elsewhere", to))
          .with_hint("write an absolute path");
    }
    if (is_one_place(to, session_.context.state->address()))
      return Error(ErrorCode::usage, fmt::format("--to: '{}' is the store that the log is in", to));
    if (is_closed_already()) return {};
    if (auto open = require_open(recorded); !open) return open;
    auto between = between_runs(*session_.context.state, recorded);
    if (!between) return std::move(between).error();
    return {};
  }

  [[nodiscard]] bool is_closed_already() const {
    const auto& closed = session_.recorded().closed;
    return closed && is_one_place(closed->to, *command_.close_to);
  }

  Result<void> write(int fd) {
    auto archive = TarArchive::start(fd);
    if (!archive) return std::move(archive).error();
    const RecordVisitor add = [&archive](const std::string& key, std::string_view bytes,
                                         const RecordedState& /*after*/) {
      return archive->add(key, bytes);
    };
    if (auto read = reader_.read_to_head(add); !read) return read;
    // All but the end is written and was found whole, so that little can go wrong behind it.
    if (command_.close_to && !is_closed_already()) {
      auto closed = session_.append_between_runs([this](const RecordedState& recorded) {
        return close_words(recorded, *command_.close_to, command_.why);
      });
      if (!closed) return closed;
      has_closed_ = true;
      if (auto read = reader_.read_to_head(add); !read) return read;
    }
    const RecordedState& state = reader_.check().state();
    auto added =
        archive->add(std::string(kRecordExportFile),
                     encode_record_export({state.environment, state.log.value_or(""),
                                           session_.context.state->address(), *state.head}));
    if (!added) return added;
    return archive->finish();
  }

  Error told(Error error, const std::filesystem::path& file) const {
    const std::string& environment = session_.recorded().environment;
    if (has_closed_) {
      return std::move(error)
          .while_doing("the log is closed, and could not be exported")
          .with_hint(fmt::format("cemli state export -e {} -o {}", environment, file.string()));
    }
    if (error.code() != ErrorCode::corrupt) return error;
    return std::move(error).with_hint("cemli audit verify -e " + environment);
  }

  OperatorSession session_;
  const StateExportCommand& command_;
  RecordReader reader_;
  bool has_closed_ = false;
};

/// What `state import` reads from.
struct ImportedRecord {
  UniqueFd file;
  std::unique_ptr<Store> store;
  std::string name;
  RecordSource source;
};

Result<ImportedRecord> open_imported(const StateImportCommand& command,
                                     const EnvironmentContext& context,
                                     const GlobalOptions& global) {
  ImportedRecord imported;
  const std::string& environment = context.settings.environment;
  if (command.from) {
    if (is_one_place(*command.from, context.state->address())) {
      return Error(ErrorCode::usage,
                   fmt::format("--from: '{}' is the environment's own state store", *command.from));
    }
    auto store = open_named_store(*command.from, global.auth);
    if (!store) return std::move(store).error().while_doing("--from");
    imported.store = *std::move(store);
    imported.name = *command.from;
    imported.source = stored_record(*imported.store, environment);
    return imported;
  }
  imported.name = command.file->string();
  imported.file = UniqueFd(::open(command.file->c_str(), O_RDONLY | O_CLOEXEC));
  if (!imported.file.is_open())
    return system_error(errno, fmt::format("opening '{}'", imported.name));
  imported.source = archived_record(imported.file.get(), environment);
  return imported;
}

/// One `state import`.
class RecordImporter {
 public:
  RecordImporter(EnvironmentContext& context, const GlobalOptions& global,
                 const StateImportCommand& command, Streams& streams)
      : context_(context), global_(global), command_(command), streams_(streams) {}

  Result<ExitStatus> run() {
    auto imported = open_imported(command_, context_, global_);
    if (!imported) return std::move(imported).error();
    Store& target = *context_.state;
    auto compared = compare_record(imported->source, target);
    if (!compared) return refused(std::move(compared).error(), imported->name);
    const RecordedState& state = compared->source.state;
    if (auto may = check_place(*compared); !may) return std::move(may).error();
    if (auto kept = keep_out_of_git(context_.repository, context_.settings); !kept)
      return std::move(kept).error();
    auto written = copy_record(imported->source, *compared, target);
    if (!written) {
      return std::move(written).error().with_hint(
          "the same command again goes on where this one was cut short");
    }
    streams_.out << fmt::format("Imported the record of environment '{}' into '{}'\n{}",
                                state.environment, target.address(),
                                describe_record(compared->source.counts, state))
                 << fmt::format("  written: {}\n", count_of(*written, "object"));
    if (state.closed) return open(compared->source);
    if (!compared->goes_further) note_open_source(compared->source);
    return ExitStatus::done;
  }

 private:
  static Error refused(Error error, const std::string& name) {
    if (error.code() == ErrorCode::conflict) return error;
    return std::move(error).while_doing(fmt::format("'{}'", name)).with_hint("nothing was written");
  }

  /// A closed log goes on in one place alone, lest it go on in two.
  Result<void> check_place(const ComparedRecord& compared) const {
    const auto& closed = compared.source.state.closed;
    const std::string here = context_.state->address();
    if (!closed || compared.goes_further || command_.here || is_one_place(closed->to, here))
      return {};
    return Error(ErrorCode::conflict,
                 fmt::format("the log was closed to go on in '{}', and the environment's state "
                             "store is '{}'; nothing was written",
                             closed->to, here))
        .with_hint(fmt::format("name the former under 'stores:' in environments/{}.yaml, or add "
                               "--here if it shall go on in the latter",
                               compared.source.state.environment));
  }

  /// The log goes on from its closing, unless it has done so already.
  Result<ExitStatus> open(const ReadRecord& record) {
    auto reading = read_log(*context_.state, record.state.environment, context_.cache);
    if (!reading) return std::move(reading).error();
    if (reading->state.head != record.state.head) return ExitStatus::done;
    auto opened = append_opening(
        *context_.state, *reading, this_writer(std::nullopt),
        LogOpened{record.from, context_.state->address(), record.state.closed->word.why});
    if (!opened && opened.error().code() == ErrorCode::stale) return ExitStatus::done;
    if (!opened) return std::move(opened).error();
    streams_.out << fmt::format("The log goes on here, from log entry {}.\n", reading->state.seq());
    return ExitStatus::done;
  }

  void note_open_source(const ReadRecord& record) {
    const RecordedState& state = record.state;
    streams_.err << fmt::format(
        "note: the log in '{}' was not closed; record nothing here before it is, and what it got "
        "since is imported, too:\n  cemli state export -e {} --close --to '{}' --why TEXT\n",
        record.from, state.environment, context_.state->address());
    if (state.active_run)
      streams_.err << fmt::format("note: run {} was active in it\n", state.active_run->started.run);
  }

  EnvironmentContext& context_;
  const GlobalOptions& global_;
  const StateImportCommand& command_;
  Streams& streams_;
};

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& global, const StateExportCommand& command,
                               Streams& streams) {
  auto session = OperatorSession::open_record(global, streams);
  if (!session) return std::move(session).error();
  return RecordExporter(*std::move(session), command).run();
}

Result<ExitStatus> run_command(const GlobalOptions& global, const StateImportCommand& command,
                               Streams& streams) {
  auto context = open_record(global, streams);
  if (!context) return std::move(context).error();
  return RecordImporter(*context, global, command, streams).run();
}

}  // namespace cemli
