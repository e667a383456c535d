#include "state/base/dump_json.h"

namespace cemli {
namespace {

std::string dump(const OrderedJson& document, int indent) {
  return document.dump(indent, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

}  // namespace

std::string dump_line(const OrderedJson& document) {
  return dump(document, -1);
}

std::string dump_pretty(const OrderedJson& document) {
  return dump(document, 2);
}

}  // namespace cemli
