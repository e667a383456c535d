#pragma once

#include <optional>
#include <string>

#include "state/base/result.h"
#include "state/base/variables.h"
#include "state/store/sigv4.h"

namespace cemli {

/// A key with the place where it was found, for people.
struct S3Credentials {
  AwsKey key;
  std::string origin;
};

/// What signs requests to S3: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`,
/// unless a `profile` is asked for; else the profile (or `AWS_PROFILE`, or `default`) in the shared
/// credentials file or the shared config file, where their variables or `~/.aws` say they are.
/// `denied` where there is none, and where a profile gets its key in another way than from a file.
[[nodiscard]] Result<S3Credentials> find_s3_credentials(const Variables& variables,
                                                        const std::optional<std::string>& profile);

/// The region that `AWS_REGION`, `AWS_DEFAULT_REGION` or the profile names.
[[nodiscard]] Result<std::optional<std::string>> find_s3_region(
    const Variables& variables, const std::optional<std::string>& profile);

}  // namespace cemli
