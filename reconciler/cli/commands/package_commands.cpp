#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/commands/package_zips.h"
#include "reconciler/cli/signing.h"
#include "reconciler/package/package_archive.h"
#include "reconciler/package/package_store.h"
#include "state/base/dump_json.h"
#include "state/base/file.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

void note_skipped(const std::vector<std::string>& skipped, Streams& streams) {
  for (const std::string& path : skipped) streams.err << "note: left out: " << path << '\n';
}

/// The signature that lies beside a zip, `ZIP.sig`.
std::optional<fs::path> signature_beside(const fs::path& zip) {
  fs::path file = zip.string() + ".sig";
  std::error_code ignored;
  if (fs::is_regular_file(file, ignored)) return file;
  return std::nullopt;
}

/// The paths without the signatures of zips that are among them: those are taken along anyway.
std::vector<fs::path> packages_among(const std::vector<fs::path>& paths) {
  std::vector<fs::path> packages;
  for (const fs::path& path : paths) {
    const std::string text = path.string();
    const bool is_signature =
        text.ends_with(".sig") &&
        std::find(paths.begin(), paths.end(), text.substr(0, text.size() - 4)) != paths.end();
    if (!is_signature) packages.push_back(path);
  }
  return packages;
}

/// Hands on the signatures that lie beside zips.
IndexSigner take_along(std::vector<std::optional<fs::path>> signatures) {
  return [files = std::move(signatures)](std::size_t place,
                                         std::string_view) -> Result<std::optional<std::string>> {
    if (!files[place]) return std::optional<std::string>();
    auto text = read_file(*files[place]);
    if (!text) return std::move(text).error();
    return std::optional(*std::move(text));
  };
}

Result<IndexSigner> choose_signer(const PackagePublishCommand& command,
                                  std::vector<std::optional<fs::path>> signatures) {
  if (command.signatures == PackagePublishCommand::Signatures::made) {
    auto key = choose_signing_key(command.key);
    if (!key) return std::move(key).error();
    return sign_with(*std::move(key));
  }
  const bool any = std::any_of(signatures.begin(), signatures.end(),
                               [](const auto& file) { return file.has_value(); });
  return any ? take_along(std::move(signatures)) : IndexSigner();
}

std::string signature_text(const std::optional<KeptSignature>& signature) {
  if (!signature) return "";
  const bool is_new = signature->outcome == KeptSignature::Outcome::added;
  return fmt::format(", {} {}", is_new ? "signed with" : "already signed with", signature->key);
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
  PackageZips zips;
  std::vector<fs::path> files;
  std::vector<std::optional<fs::path>> signatures;
  for (const fs::path& path : packages_among(command.paths)) {
    auto zip = zips.of(path);
    if (!zip) return std::move(zip).error().while_doing(path.string());
    note_skipped(zip->skipped, streams);
    signatures.push_back(signature_beside(path));
    files.push_back(std::move(zip->file));
  }
  auto sign = choose_signer(command, std::move(signatures));
  if (!sign) return std::move(sign).error();
  auto store = choose_packages(global, command.store, StoreUse::write);
  if (!store) return std::move(store).error();
  PackageStore packages(**store);
  std::optional<Error> failure;
  for (auto& result : packages.publish_all(files, *sign)) {
    if (!result) {
      if (failure) streams.err << "error: " << failure->message() << '\n';
      failure = std::move(result).error();
      continue;
    }
    const bool is_new = result->publication == Publication::published;
    streams.out << fmt::format("{}: {}, content {}{}\n", title(result->package.manifest),
                               is_new ? "published" : "already published",
                               result->package.content.abbreviated(),
                               signature_text(result->signature));
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
  auto versions = PackageStore(**store).list_signed();
  if (!versions) return std::move(versions).error();
  if (command.name) {
    std::erase_if(*versions, [&](const ListedVersion& listed) {
      return listed.package.name != *command.name;
    });
  }
  if (command.output == Output::json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const auto& [item, is_signed] : *versions) {
      list.push_back(
          {{"name", item.name}, {"version", item.version.text()}, {"signed", is_signed}});
    }
    streams.out << dump_pretty({{"format", 1}, {"packages", list}});
    return ExitStatus::done;
  }
  if (versions->empty())
    streams.err << "note: nothing is published in " << (*store)->address() << '\n';
  for (const auto& [item, is_signed] : *versions) {
    streams.out << fmt::format("{} {}{}\n", item.name, item.version.text(),
                               is_signed ? " signed" : "");
  }
  return ExitStatus::done;
}

}  // namespace cemli
