#include "state/store/xml_leaves.h"

#include <catch2/catch.hpp>

namespace cemli {

TEST_CASE("the leaves of a document come in its order, with their paths") {
  const auto leaves = read_xml_leaves(
      "<?xml version=\"1.0\"?>\n<List xmlns=\"http://s3.example.com/\">\n <Contents><Key>a&amp;b"
      "</Key><Size>1</Size></Contents>\n <x:Contents><Key>c</Key></x:Contents><Empty/></List>\n");
  REQUIRE(leaves);
  CHECK(*leaves == std::vector<XmlLeaf>{{"List/Contents/Key", "a&b"},
                                        {"List/Contents/Size", "1"},
                                        {"List/Contents/Key", "c"},
                                        {"List/Empty", ""}});
}

TEST_CASE("what is not XML, or cut off, or declares entities, is refused") {
  for (const char* document :
       {"", "oops", "<a><b>", "<a></b>", "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "{}"})
    CHECK_FALSE(read_xml_leaves(document));
}

}  // namespace cemli
