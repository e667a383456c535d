#include "reconciler/cli/signing.h"

#include <fmt/format.h>

#include <utility>

#include "reconciler/cli/opening_stores.h"
#include "reconciler/cli/wiring.h"
#include "reconciler/desired/signer_files.h"
#include "state/base/file.h"
#include "state/base/ssh_signature.h"

namespace cemli {

namespace fs = std::filesystem;

Result<fs::path> choose_signing_key(const std::optional<fs::path>& named) {
  if (named) return *named;
  if (auto key = environment_variable("CEMLI_SIGNING_KEY")) return fs::path(*std::move(key));
  return Error(ErrorCode::usage, "no key to sign with is named")
      .with_hint("name an SSH key: --key FILE, or set CEMLI_SIGNING_KEY");
}

IndexSigner sign_with(fs::path key) {
  return [key = std::move(key)](std::size_t,
                                std::string_view index) -> Result<std::optional<std::string>> {
    auto made = make_signature(index, key, kPackageNamespace);
    if (!made) return std::move(made).error();
    return std::optional(*std::move(made));
  };
}

Result<SignerFiles> read_named_signers(const fs::path& allowed_signers,
                                       const std::optional<fs::path>& revoked_keys) {
  auto allowed = read_file(allowed_signers);
  if (!allowed) return std::move(allowed).error();
  SignerFiles files{*std::move(allowed)};
  if (revoked_keys) {
    auto revoked = read_file(*revoked_keys);
    if (!revoked) return std::move(revoked).error();
    files.revoked_keys = *std::move(revoked);
  }
  return files;
}

Result<std::optional<SignerFiles>> read_committed_signers(const GlobalOptions& options) {
  const auto repository = open_repository(options);
  if (!repository) return repository.error();
  const auto commit = repository->resolve_commit("HEAD");
  // Packages may be published before anything is committed.
  if (!commit && commit.error().code() == ErrorCode::not_found) return std::optional<SignerFiles>();
  if (!commit) return commit.error();
  const auto tree = repository->files_at(*commit);
  if (!tree) return tree.error();
  const auto signers = read_signers(**tree);
  if (!signers) return signers.error();
  return files_of(*signers);
}

std::string describe(const Signer& signer) {
  return fmt::format("{} ({})", signer.principal, signer.key);
}

}  // namespace cemli
