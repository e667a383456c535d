#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/package/package_archive.h"
#include "reconciler/package/package_store.h"
#include "state/base/dump_json.h"
#include "state/base/file.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

/// A package's zip, read and found good.
struct Zip {
  fs::path file;
  ArchivedPackage package;
  std::vector<std::string> skipped = {};
};

/// Takes in what cannot be read twice: a pipe.
Result<void> keep_stream(const fs::path& from, const fs::path& to) {
  const auto stream = open_file(from);
  if (!stream) return stream.error();
  return write_scratch_file(
      to, [&stream](int fd) { return copy_stream(stream->get(), fd); }, 0600);
}

/// Zips of packages for as long as a command needs them, those that it packs itself in a folder for
/// temporary files.
class Zips {
 public:
  /// Of a zip as it is, or of a folder packed.
  Result<Zip> of(const fs::path& path) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
      auto zip = next_file();
      if (!zip) return std::move(zip).error();
      auto built = build_archive(path, *zip);
      if (!built) return std::move(built).error();
      return Zip{*std::move(zip), std::move(built->package), std::move(built->skipped)};
    }
    fs::path zip = path;
    if (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored)) {
      auto kept = next_file();
      if (!kept) return std::move(kept).error();
      if (auto done = keep_stream(path, *kept); !done) return std::move(done).error();
      zip = *std::move(kept);
    }
    auto package = read_archive_file(zip);
    if (!package) return std::move(package).error();
    return Zip{std::move(zip), *std::move(package)};
  }

 private:
  Result<fs::path> next_file() {
    if (!folder_) {
      auto made = TemporaryFolder::make(temporary_root(), "cemli-zips-");
      if (!made) return std::move(made).error();
      folder_ = *std::move(made);
    }
    return folder_->path() / fmt::format("{}.zip", ++count_);
  }

  std::optional<TemporaryFolder> folder_;
  int count_ = 0;
};

void note_skipped(const std::vector<std::string>& skipped, Streams& streams) {
  for (const std::string& path : skipped) streams.err << "note: left out: " << path << '\n';
}

std::string title(const Manifest& manifest) {
  return fmt::format("{} {}", manifest.name, manifest.version.text());
}

Result<std::string> verify_subject(const std::string& subject, PackageStore* store) {
  const std::size_t at = subject.find('@');
  std::error_code ignored;
  if (at == std::string::npos || fs::exists(subject, ignored)) {
    const auto zip = Zips().of(subject);
    if (!zip) return zip.error();
    return fmt::format("{}: content {}", title(zip->package.manifest), zip->package.content.hex());
  }
  if (store == nullptr) {
    return Error(ErrorCode::usage, "no packages store is named")
        .with_hint("name an environment with -e ENV, or a store with --store file:DIR");
  }
  auto version = Version::parse(subject.substr(at + 1));
  if (!version) return std::move(version).error();
  auto package = store->verify(subject.substr(0, at), *version);
  if (!package) return std::move(package).error();
  return fmt::format("{}: content {}", title(package->manifest), package->content.hex());
}

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& /*global*/, const PackageBuildCommand& command,
                               Streams& streams) {
  auto folder = TemporaryFolder::make(temporary_root(), "cemli-zips-");
  if (!folder) return std::move(folder).error();
  const fs::path zip = folder->path() / "package.zip";
  auto built = build_archive(command.folder, zip);
  if (!built) return std::move(built).error();
  note_skipped(built->skipped, streams);
  const Manifest& manifest = built->package.manifest;
  const fs::path output =
      command.output.value_or(fmt::format("{}-{}.zip", manifest.name, manifest.version.text()));
  const auto file = open_file(zip);
  if (!file) return file.error();
  const auto bytes = whole_file(file->get());
  if (!bytes) return bytes.error();
  auto written = write_named_file(output, [&bytes](int fd) {
    return read_all(*bytes, [fd](std::string_view piece) { return write_all(fd, piece); });
  });
  if (!written) return std::move(written).error();
  streams.out << fmt::format("{}: {} bytes, content {}\n", output.string(), bytes->size,
                             built->package.content.hex());
  return ExitStatus::done;
}

Result<ExitStatus> run_command(const GlobalOptions& global, const PackagePublishCommand& command,
                               Streams& streams) {
  // Everything is read before anything is published: a bad package stops all of them.
  Zips zips;
  std::vector<fs::path> files;
  for (const fs::path& path : command.paths) {
    auto zip = zips.of(path);
    if (!zip) return std::move(zip).error().while_doing(path.string());
    note_skipped(zip->skipped, streams);
    files.push_back(std::move(zip->file));
  }
  auto store = choose_packages(global, command.store, StoreUse::write);
  if (!store) return std::move(store).error();
  PackageStore packages(**store);
  std::optional<Error> failure;
  for (auto& result : packages.publish_all(files)) {
    if (!result) {
      if (failure) streams.err << "error: " << failure->message() << '\n';
      failure = std::move(result).error();
      continue;
    }
    const bool is_new = result->publication == Publication::published;
    streams.out << fmt::format("{}: {}, content {}\n", title(result->package.manifest),
                               is_new ? "published" : "already published",
                               result->package.content.abbreviated());
  }
  if (failure) return *std::move(failure);
  return ExitStatus::done;
}

Result<ExitStatus> run_command(const GlobalOptions& global, const PackageAdoptCommand& command,
                               Streams& streams) {
  const bool is_one = command.scope == PackageAdoptCommand::Scope::one;
  if (command.name.has_value() != is_one || command.version.has_value() != is_one)
    return Error(ErrorCode::usage, "which zips to adopt is not clear")
        .with_hint("name one, as NAME VERSION, or say --all");
  auto store = choose_packages(global, command.store, StoreUse::write);
  if (!store) return std::move(store).error();
  PackageStore packages(**store);
  std::vector<PackageVersion> versions;
  if (is_one) {
    auto version = Version::parse(*command.version);
    if (!version) return std::move(version).error();
    versions.push_back({*command.name, *std::move(version)});
  } else {
    auto loose = packages.loose_zips();
    if (!loose) return std::move(loose).error();
    for (const std::string& key : loose->misplaced)
      streams.err << fmt::format("note: '{}' is not at NAME/VERSION.zip\n", key);
    if (loose->versions.empty()) {
      streams.err << "note: every zip in " << (*store)->address() << " is published\n";
      return ExitStatus::done;
    }
    versions = std::move(loose->versions);
  }
  std::optional<Error> failure;
  for (const PackageVersion& version : versions) {
    auto result = packages.adopt(version.name, version.version);
    if (!result) {
      if (failure) streams.err << "error: " << failure->message() << '\n';
      failure = std::move(result).error();
      continue;
    }
    const bool is_new = result->publication == Publication::published;
    streams.out << fmt::format("{}: {}, content {}\n", title(result->package.manifest),
                               is_new ? "adopted" : "already published",
                               result->package.content.abbreviated());
  }
  if (failure) return *std::move(failure);
  return ExitStatus::done;
}

Result<ExitStatus> run_command(const GlobalOptions& global, const PackageListCommand& command,
                               Streams& streams) {
  auto store = choose_packages(global, command.store, StoreUse::read);
  if (!store) return std::move(store).error();
  auto versions = PackageStore(**store).list();
  if (!versions) return std::move(versions).error();
  if (command.name)
    std::erase_if(*versions, [&](const PackageVersion& v) { return v.name != *command.name; });
  if (command.output == Output::json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const PackageVersion& item : *versions)
      list.push_back({{"name", item.name}, {"version", item.version.text()}});
    streams.out << dump_pretty({{"format", 1}, {"packages", list}});
    return ExitStatus::done;
  }
  if (versions->empty())
    streams.err << "note: nothing is published in " << (*store)->address() << '\n';
  for (const PackageVersion& item : *versions)
    streams.out << fmt::format("{} {}\n", item.name, item.version.text());
  return ExitStatus::done;
}

Result<ExitStatus> run_command(const GlobalOptions& global, const PackageVerifyCommand& command,
                               Streams& streams) {
  std::unique_ptr<Store> store;
  std::optional<PackageStore> packages;
  if (command.store || global.environment || command.subjects.empty()) {
    auto chosen = choose_packages(global, command.store, StoreUse::read);
    if (!chosen) return std::move(chosen).error();
    store = *std::move(chosen);
    packages.emplace(*store);
  }
  std::vector<std::string> subjects = command.subjects;
  if (subjects.empty()) {
    auto versions = packages->list();
    if (!versions) return std::move(versions).error();
    for (const PackageVersion& item : *versions)
      subjects.push_back(fmt::format("{}@{}", item.name, item.version.text()));
    if (subjects.empty())
      return Error(ErrorCode::not_found,
                   fmt::format("nothing is published in {}", store->address()));
  }
  bool sound = true;
  for (const std::string& subject : subjects) {
    auto verified = verify_subject(subject, packages ? &*packages : nullptr);
    if (verified) {
      streams.out << *verified << '\n';
    } else {
      sound = false;
      streams.err << "error: " << subject << ": " << verified.error().message() << '\n';
    }
  }
  return sound ? ExitStatus::done : ExitStatus::error;
}

}  // namespace cemli
