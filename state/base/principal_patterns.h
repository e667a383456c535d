#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cemli {

/// Whether a name is meant by a list of patterns as OpenSSH reads them: `*` is any text, `?` any
/// one character, and a name that a pattern behind `!` matches is out whatever the others say. Each
/// text may itself be such a list, with commas. Letters count as they are; an empty list means
/// nobody.
[[nodiscard]] bool matches_principal(std::string_view name, std::span<const std::string> patterns);

/// The same of somebody with several names: one of them is meant, and none is out.
[[nodiscard]] bool matches_principals(std::span<const std::string> names,
                                      std::span<const std::string> patterns);

}  // namespace cemli
