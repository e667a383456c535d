#pragma once

#include <string>
#include <utility>
#include <vector>

#include "state/store/oci_credentials.h"

namespace cemli {

/// Names and values, for people.
using Facts = std::vector<std::pair<std::string, std::string>>;

/// As whom a credential asks: `user`, `tenancy` and `fingerprint` of an API key; what the claims of
/// a security token (RFC 7519) say of `principal`, `tenancy` and `compartment`. Holds no secret:
/// not the token itself.
[[nodiscard]] Facts oci_principal(const OciCredential& credential);

}  // namespace cemli
