#pragma once

#include <filesystem>
#include <memory>

#include "state/store/store.h"

namespace cemli {

/// A store in a local folder, made when the first object is written. An object is a file that is
/// linked into place from a synced temporary one (whose name starts with `.`), so no reader sees a
/// part of it, and `link(2)` decides who created it.
[[nodiscard]] std::unique_ptr<Store> make_directory_store(std::filesystem::path root);

}  // namespace cemli
