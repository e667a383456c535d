#include "reconciler/cli/head_signing.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>
#include <variant>

#include "reconciler/cli/opening_stores.h"
#include "reconciler/cli/signing.h"
#include "state/base/clock.h"
#include "state/base/signature_checker.h"
#include "state/signed_head.h"

namespace cemli {

Result<void> sign_head(Store& results, const RecordedState& recorded) {
  const auto key = environment_variable("CEMLI_SIGNING_KEY");
  if (!key || !recorded.head || !recorded.log) return {};
  const HeadStatement statement{recorded.environment, *recorded.log, *recorded.head, wall_now()};
  auto signature = make_signature(encode_head(statement), *key, kHeadNamespace);
  if (!signature) return std::move(signature).error();
  return keep_head(results, statement, *signature);
}

Result<std::optional<Anchor>> find_signed_head(const GlobalOptions& global, Store& results,
                                               const std::string& environment) {
  const auto files = read_committed_signers(global);
  if (!files) return Error(files.error());
  if (!*files) return std::optional<Anchor>();
  std::optional<Anchor> anchor;
  const auto counts = [&](const SignedHead& head) -> Result<bool> {
    const auto statement = decode_head(head.statement);
    if (!statement || statement->environment != environment) return false;
    const auto verdict =
        check_signature({head.statement, head.signature, kHeadNamespace}, **files, statement->time);
    if (!verdict) return Error(verdict.error());
    const auto* signer = std::get_if<Signer>(&*verdict);
    if (signer == nullptr) return false;
    anchor = Anchor{statement->head, fmt::format("the head that {} has signed", describe(*signer)),
                    statement->log};
    return true;
  };
  if (auto found = find_newest_head(results, environment, counts); !found)
    return std::move(found).error().while_doing("reading the signed heads");
  return anchor;
}

}  // namespace cemli
