#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "state/base/result.h"

namespace cemli {

/// An element without elements in it: its path from the root (`ListBucketResult/Contents/Key`) and
/// its text. Namespaces are left out.
struct XmlLeaf {
  std::string path;
  std::string text;
  friend bool operator==(const XmlLeaf&, const XmlLeaf&) = default;
};

/// All leaves of a document, in its order. `corrupt` where it is not XML or declares a document
/// type, which no store's answer does.
[[nodiscard]] Result<std::vector<XmlLeaf>> read_xml_leaves(std::string_view document);

}  // namespace cemli
