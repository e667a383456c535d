#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "reconciler/package/manifest.h"
#include "state/base/result.h"

namespace cemli {

/// The bytes of a version's `.json`: canonical JSON, the same for the same package.
[[nodiscard]] std::string encode_published(const PublishedPackage& package);
/// Reads a version's `.json`; `corrupt` says what is wrong, and a newer format is refused.
[[nodiscard]] Result<PublishedPackage> decode_published(std::string_view bytes);

/// The members of such a document beside its format: `zip_sha256`, `zip_size`, `content_digest`,
/// `programs` and `manifest`. Lock files have them, too.
[[nodiscard]] nlohmann::json members_of(const PublishedPackage& package);
/// Reads an object of just these members.
[[nodiscard]] Result<PublishedPackage> read_published(const nlohmann::json& members);

}  // namespace cemli
