#pragma once

#include "state/base/readable_bytes.h"

struct zip_source;  // of libzip

namespace cemli {

/// What libzip reads an archive from: nothing is read before it asks. Whoever takes it frees it, or
/// hands it to an archive, which does.
[[nodiscard]] zip_source* make_zip_input(const ReadableBytes& bytes);

}  // namespace cemli
