#pragma once

#include <memory>

#include "reconciler/desired/file_tree.h"

namespace cemli {

/// The files of three commits of one repository of which a merge is made.
struct MergeSides {
  /// What the other two come from.
  std::shared_ptr<const FileTree> ancestor;
  /// What is merged into.
  std::shared_ptr<const FileTree> base;
  /// What is merged.
  std::shared_ptr<const FileTree> head;
};

/// The files as a merge would leave them, worked out when they are read; nothing is written.
/// `conflict` from `read` and `id_of` where both sides changed the same lines. Its commit is the
/// head's.
[[nodiscard]] std::unique_ptr<FileTree> make_merged_tree(MergeSides sides);

}  // namespace cemli
