#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "state/base/result.h"

namespace cemli {

/// Bytes, and what is said to be their signature in a namespace: one that was made in another says
/// nothing here.
struct SignedBytes {
  std::string_view bytes;
  std::string_view signature;
  std::string_view name_space;
};

/// Whether a key's passphrase, or a touch, may be asked for.
enum class Questions { asked, never };

/// The signature of `bytes`, made by `ssh-keygen -Y sign`, armoured. `key` is a private key, or a
/// public key or certificate whose private half lies beside it, in an agent or in a device.
/// `ssh-keygen` itself asks for a passphrase or a touch, on the terminal; where there is none it
/// fails, and nothing waits longer than two minutes. Where questions are `never` asked it fails at
/// once, or after ten seconds. `unavailable` says why it could not be made.
[[nodiscard]] Result<std::string> make_signature(std::string_view bytes,
                                                 const std::filesystem::path& key,
                                                 std::string_view name_space,
                                                 Questions questions = Questions::asked);

/// The fingerprint of the key that made a signature, whoever may hold it; of a certificate, its
/// key's. `invalid_input` where it is no signature of these bytes in this namespace.
[[nodiscard]] Result<std::string> key_of_signature(const SignedBytes& subject);

}  // namespace cemli
