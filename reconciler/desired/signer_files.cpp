#include "reconciler/desired/signer_files.h"

#include <utility>

namespace cemli {

Result<std::optional<SignerFiles>> read_signer_files(const FileTree& tree) {
  auto allowed = tree.read(kAllowedSigners);
  if (!allowed) return std::move(allowed).error();
  if (!*allowed) return std::optional<SignerFiles>();
  auto revoked = tree.read(kRevokedKeys);
  if (!revoked) return std::move(revoked).error();
  return std::optional(SignerFiles{**std::move(allowed), *std::move(revoked)});
}

}  // namespace cemli
