#include "reconciler/desired/signer_files.h"

#include <utility>

namespace cemli {

Result<Signers> read_signers(const FileTree& tree) {
  auto allowed = tree.read(kAllowedSigners);
  if (!allowed) return std::move(allowed).error();
  auto revoked = tree.read(kRevokedKeys);
  if (!revoked) return std::move(revoked).error();
  return Signers{*std::move(allowed), *std::move(revoked)};
}

}  // namespace cemli
