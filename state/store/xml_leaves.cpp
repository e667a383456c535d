#include "state/store/xml_leaves.h"

#include <expat.h>
#include <fmt/format.h>

#include <memory>
#include <type_traits>

namespace cemli {
namespace {

struct FreeParser {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};
using Parser = std::unique_ptr<std::remove_pointer_t<XML_Parser>, FreeParser>;

class LeafReader {
 public:
  LeafReader() : parser_(XML_ParserCreate(nullptr)) {
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(
        parser_.get(),
        [](void* self, const char* name, const char**) {
          static_cast<LeafReader*>(self)->enter(name);
        },
        [](void* self, const char*) { static_cast<LeafReader*>(self)->leave(); });
    XML_SetCharacterDataHandler(parser_.get(), [](void* self, const char* text, int size) {
      static_cast<LeafReader*>(self)->text_.append(text, static_cast<std::size_t>(size));
    });
    // Declared entities can make gigabytes of a short document.
    XML_SetStartDoctypeDeclHandler(
        parser_.get(), [](void* self, const char*, const char*, const char*, int) {
          XML_StopParser(static_cast<LeafReader*>(self)->parser_.get(), XML_FALSE);
        });
  }

  Result<std::vector<XmlLeaf>> read(std::string_view document) {
    const auto status =
        XML_Parse(parser_.get(), document.data(), static_cast<int>(document.size()), XML_TRUE);
    if (status == XML_STATUS_OK) return std::move(leaves_);
    return Error(ErrorCode::corrupt, fmt::format("it is not the XML that was expected: {}",
                                                 XML_ErrorString(XML_GetErrorCode(parser_.get()))));
  }

 private:
  void enter(std::string_view name) {
    starts_.push_back(path_.size());
    if (!path_.empty()) path_ += '/';
    path_ += name.substr(name.find(':') == name.npos ? 0 : name.find(':') + 1);
    text_.clear();
    is_leaf_ = true;
  }

  void leave() {
    if (is_leaf_) leaves_.push_back({path_, text_});
    is_leaf_ = false;
    path_.resize(starts_.back());
    starts_.pop_back();
  }

  Parser parser_;
  std::string path_;
  std::vector<std::size_t> starts_;
  std::string text_;
  bool is_leaf_ = false;
  std::vector<XmlLeaf> leaves_;
};

}  // namespace

Result<std::vector<XmlLeaf>> read_xml_leaves(std::string_view document) {
  return LeafReader().read(document);
}

}  // namespace cemli
