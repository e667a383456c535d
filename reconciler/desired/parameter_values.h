#pragma once

#include <string_view>

#include "reconciler/desired/environment_file.h"
#include "reconciler/package/manifest.h"
#include "state/base/result.h"

namespace cemli {

/// What a written value means where a package declares `spec`. `invalid_input` says why `subject`
/// cannot have it.
[[nodiscard]] Result<ParameterValue> read_value(const WrittenValue& written,
                                                const ParameterSpec& spec,
                                                std::string_view subject);

}  // namespace cemli
