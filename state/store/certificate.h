#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "state/base/result.h"

namespace cemli {

/// What is read of an X.509 certificate.
struct Certificate {
  std::string base64;                ///< the DER, without line ends
  std::string sha256;                ///< of the DER, `AA:BB:…`
  std::vector<std::string> subject;  ///< the values of the subject's name, in their order
};

/// Reads the first certificate's PEM block (RFC 7468) in `pem`. Nothing is verified.
[[nodiscard]] Result<Certificate> parse_certificate(std::string_view pem);

}  // namespace cemli
