#include "reconciler/cli/head_signing.h"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <variant>

#include "reconciler/cli/opening_stores.h"
#include "reconciler/cli/signing.h"
#include "reconciler/desired/signer_files.h"
#include "state/base/clock.h"
#include "state/base/signature_checker.h"
#include "state/signed_head.h"

namespace cemli {

Result<void> sign_head(Store& results, const RecordedState& recorded) {
  const auto key = environment_variable("CEMLI_HEAD_KEY");
  if (!key || !recorded.head || !recorded.log) return {};
  const HeadStatement statement{recorded.environment, *recorded.log, *recorded.head, wall_now()};
  auto signature = make_signature(encode_head(statement), *key, kHeadNamespace, Questions::never);
  if (!signature) return std::move(signature).error();
  return keep_head(results, statement, *signature);
}

Result<std::optional<Anchor>> find_signed_head(const EnvironmentContext& context) {
  constexpr int kMostLookedAt = 20;
  if (!context.commit) return std::optional<Anchor>();
  const auto tree = context.repository.files_at(*context.commit);
  if (!tree) return Error(tree.error());
  const auto signers = read_signers(**tree);
  if (!signers) return Error(signers.error());
  const auto files = files_of(*signers);
  if (!files) return std::optional<Anchor>();
  std::optional<Anchor> anchor;
  int seen = 0;
  const auto look = [&](const SignedHead& head) -> Result<KeyWalk> {
    const HeadStatement& statement = head.statement;
    const auto verdict =
        check_signature({head.bytes, head.signature, kHeadNamespace}, *files, statement.time);
    if (!verdict) return Error(verdict.error());
    if (const auto* signer = std::get_if<Signer>(&*verdict)) {
      anchor = Anchor{statement.head, fmt::format("the head that {} has signed", describe(*signer)),
                      statement.log};
      return KeyWalk::stop;
    }
    return ++seen < kMostLookedAt ? KeyWalk::go_on : KeyWalk::stop;
  };
  auto looked = look_at_heads(*context.results, context.settings.environment, look);
  if (!looked) return std::move(looked).error().while_doing("reading the signed heads");
  return anchor;
}

}  // namespace cemli
