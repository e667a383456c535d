#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <ostream>
#include <utility>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/signing.h"
#include "reconciler/package/package_store.h"
#include "reconciler/package/published_codec.h"
#include "state/base/file.h"
#include "state/base/ssh_signature.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

/// Signs a zip's `.json`-to-be into a file beside it. One of the same zip that another key made
/// stays.
Result<std::string> sign_zip(const fs::path& zip, const fs::path& key) {
  std::error_code ignored;
  if (fs::is_directory(zip, ignored)) {
    return Error(ErrorCode::usage, "only a zip or a published version can be signed")
        .with_hint(
            fmt::format("cemli package build '{}' makes a zip; or publish --sign", zip.string()));
  }
  const auto package = published_form(zip);
  if (!package) return package.error();
  const std::string index = encode_published(*package);
  auto text = make_signature(index, key, kPackageNamespace);
  if (!text) return std::move(text).error();
  const auto signature = check_package_signature(index, *std::move(text));
  if (!signature) return signature.error();
  const fs::path file = zip.string() + ".sig";
  if (auto there = read_file(file)) {
    const auto theirs = check_package_signature(index, *std::move(there));
    if (theirs && theirs->key != signature->key) {
      return Error(ErrorCode::conflict, fmt::format("'{}' is a signature by the key {} already",
                                                    file.string(), theirs->key))
          .with_hint("remove it, if yours is to be there instead");
    }
  }
  if (auto written = write_named_file(file, signature->text); !written)
    return std::move(written).error();
  return fmt::format("{}: signed with {}", file.string(), signature->key);
}

Result<std::string> sign_version(PackageStore& packages, const std::string& subject, std::size_t at,
                                 const fs::path& key) {
  const auto version = Version::parse(subject.substr(at + 1));
  if (!version) return version.error();
  const std::string name = subject.substr(0, at);
  const auto kept = packages.sign(name, *version, sign_with(key));
  if (!kept) return kept.error();
  using Outcome = KeptSignature::Outcome;
  if ((*kept)->outcome == Outcome::from_other_key) {
    return Error(ErrorCode::conflict,
                 fmt::format("it is signed with the key {} already, and a signature is never "
                             "overwritten",
                             (*kept)->key));
  }
  const bool is_new = (*kept)->outcome == Outcome::added;
  return fmt::format("{}: {} {}", subject, is_new ? "signed with" : "already signed with",
                     (*kept)->key);
}

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& global, const PackageSignCommand& command,
                               Streams& streams) {
  const auto key = choose_signing_key(command.key);
  if (!key) return key.error();
  std::unique_ptr<Store> store;
  for (const std::string& subject : command.subjects) {
    const std::size_t at = subject.find('@');
    std::error_code ignored;
    const bool is_file = at == std::string::npos || fs::exists(subject, ignored);
    if (!is_file && !store) {
      auto chosen = choose_packages(global, command.store, StoreUse::write);
      if (!chosen) return std::move(chosen).error();
      store = *std::move(chosen);
    }
    Result<std::string> done = "";
    if (is_file) {
      done = sign_zip(subject, *key);
    } else {
      PackageStore packages(*store);
      done = sign_version(packages, subject, at, *key);
    }
    if (!done) return std::move(done).error().while_doing(subject);
    streams.out << *done << '\n';
  }
  return ExitStatus::done;
}

}  // namespace cemli
