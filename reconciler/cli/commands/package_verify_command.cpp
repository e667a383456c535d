#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <ostream>
#include <utility>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/commands/package_zips.h"
#include "reconciler/cli/signing.h"
#include "reconciler/package/package_signatures.h"
#include "reconciler/package/package_store.h"
#include "reconciler/package/published_codec.h"
#include "state/base/clock.h"
#include "state/base/file.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

/// Checks packages and what is said to be their signatures, each in a line.
class Verification {
 public:
  /// Without a store there are zips and folders only. Without signers nobody's signature is asked
  /// for; `is_required` says that each package must have one of theirs.
  struct Signers {
    std::optional<SignatureChecker> checker = std::nullopt;
    bool is_required = false;
  };
  Verification(Store* store, Signers signers) : store_(store), signers_(std::move(signers)) {}

  Result<std::string> verify(const std::string& subject) {
    const std::size_t at = subject.find('@');
    std::error_code ignored;
    if (at == std::string::npos || fs::exists(subject, ignored)) return verify_file(subject);
    if (store_ == nullptr) {
      return Error(ErrorCode::usage, "no packages store is named")
          .with_hint("name an environment with -e ENV, or a store with --store file:DIR");
    }
    auto version = Version::parse(subject.substr(at + 1));
    if (!version) return std::move(version).error();
    const auto package = PackageStore(*store_).verify(subject.substr(0, at), *version);
    if (!package) return package.error();
    const PackageVersion sought[] = {{package->manifest.name, package->manifest.version}};
    const auto stored = read_signatures(*store_, sought);
    if (!stored) return stored.error();
    return line_of(*package, stored->front());
  }

 private:
  Result<std::string> verify_file(const fs::path& path) {
    const auto zip = PackageZips().of(path);
    if (!zip) return zip.error();
    std::error_code ignored;
    if (!fs::is_regular_file(path, ignored)) {
      if (signers_.is_required)
        return Error(ErrorCode::invalid_input, "only a zip or a published version can be signed");
      return fmt::format("{}: content {}", title(zip->package.manifest),
                         zip->package.content.hex());
    }
    const auto package = published_form(path);
    if (!package) return package.error();
    StoredSignature signature{encode_published(*package), std::nullopt};
    auto text = read_file(path.string() + ".sig");
    if (text) {
      signature.signature = *std::move(text);
    } else if (text.error().code() != ErrorCode::not_found) {
      return std::move(text).error();
    }
    return line_of(*package, signature);
  }

  Result<std::string> line_of(const PublishedPackage& package, const StoredSignature& stored) {
    const auto said = signature_text(package, stored);
    if (!said) return said.error();
    return fmt::format("{}: content {}{}", title(package.manifest), package.content.hex(), *said);
  }

  Result<std::string> signature_text(const PublishedPackage& package,
                                     const StoredSignature& stored) {
    std::string key;
    if (stored.signature) {
      // A signature of something else is damage, whoever is allowed to sign.
      auto checked = check_package_signature(stored.index.value_or(""), *stored.signature);
      if (!checked) return std::move(checked).error().while_doing("its signature");
      key = std::move(checked->key);
    }
    if (!signers_.checker)
      return stored.signature ? fmt::format(", signed with {}", key) : std::string();
    const auto verdict = judge_signature(wanted(package), stored, *signers_.checker);
    if (!verdict) return verdict.error();
    if (const auto* signer = std::get_if<Signer>(&*verdict))
      return fmt::format(", signed by {}", describe(*signer));
    const std::string& why = std::get<NoSigner>(*verdict).why;
    if (signers_.is_required) return Error(ErrorCode::refused, why);
    return stored.signature ? fmt::format(", signed by nobody who counts: {}", why)
                            : std::string(", not signed");
  }

  Store* store_;
  Signers signers_;
};

Result<Verification::Signers> choose_signers(const GlobalOptions& global,
                                             const PackageVerifyCommand& command) {
  SignerFiles files;
  if (command.signers) {
    auto named = read_named_signers(*command.signers, command.revoked);
    if (!named) return std::move(named).error();
    files = *std::move(named);
  } else {
    if (!global.environment) return Verification::Signers();
    auto committed = read_committed_signers(global);
    if (!committed) return std::move(committed).error();
    if (!*committed) return Verification::Signers();
    files = **std::move(committed);
  }
  auto checker = SignatureChecker::make(files, wall_now());
  if (!checker) return std::move(checker).error();
  return Verification::Signers{*std::move(checker), command.signers.has_value()};
}

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& global, const PackageVerifyCommand& command,
                               Streams& streams) {
  std::unique_ptr<Store> store;
  if (command.store || global.environment || command.subjects.empty()) {
    auto chosen = choose_packages(global, command.store, StoreUse::read);
    if (!chosen) return std::move(chosen).error();
    store = *std::move(chosen);
  }
  std::vector<std::string> subjects = command.subjects;
  if (subjects.empty()) {
    auto versions = PackageStore(*store).list();
    if (!versions) return std::move(versions).error();
    for (const PackageVersion& item : *versions)
      subjects.push_back(fmt::format("{}@{}", item.name, item.version.text()));
    if (subjects.empty())
      return Error(ErrorCode::not_found,
                   fmt::format("nothing is published in {}", store->address()));
  }
  auto signers = choose_signers(global, command);
  if (!signers) return std::move(signers).error();
  Verification verification(store.get(), *std::move(signers));
  bool sound = true;
  for (const std::string& subject : subjects) {
    auto verified = verification.verify(subject);
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
