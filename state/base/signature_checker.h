#pragma once

#include <memory>

#include "state/base/clock.h"
#include "state/base/result.h"
#include "state/base/signer.h"
#include "state/base/ssh_signature.h"

namespace cemli {

/// Judges signatures by one set of signer files at one time, with `ssh-keygen -Y`: a process a
/// signature, and one more for each key. All times are in UTC, also those of `allowed_signers`
/// without a Z. Not for several threads at once.
class SignatureChecker {
 public:
  [[nodiscard]] static Result<SignatureChecker> make(const SignerFiles& files, Timestamp time);
  SignatureChecker(SignatureChecker&&) noexcept;
  SignatureChecker& operator=(SignatureChecker&&) noexcept;
  ~SignatureChecker();

  /// Who signed, or why it does not count: another's bytes or namespace, a key that is not allowed,
  /// has no name, is revoked, has expired or is not valid yet. An error only where that could not
  /// be found out.
  [[nodiscard]] Result<SignatureVerdict> check(const SignedBytes& subject);

 private:
  struct Judge;
  explicit SignatureChecker(std::unique_ptr<Judge> judge);

  std::unique_ptr<Judge> judge_;
};

/// One signature, judged as by `SignatureChecker`.
[[nodiscard]] Result<SignatureVerdict> check_signature(const SignedBytes& subject,
                                                       const SignerFiles& files, Timestamp time);

}  // namespace cemli
