#pragma once

#include <memory>

#include "reconciler/desired/file_tree.h"

namespace cemli {

/// The files of three commits of which a merge is made. All outlive the merge.
struct MergeSides {
  /// What the other two come from.
  const FileTree& ancestor;
  /// What is merged into.
  const FileTree& base;
  /// What is merged.
  const FileTree& head;
};

/// The files as a merge would leave them, worked out when they are read; nothing is written.
/// `conflict` from `read` where both sides changed the same lines. Its commit is the head's.
[[nodiscard]] std::unique_ptr<FileTree> make_merged_tree(const MergeSides& sides);

}  // namespace cemli
