#include "reconciler/forge/forge_flows.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace cemli {

using nlohmann::json;

Result<json> keep_comment(ForgeSender& sender, const KeptComment& comment,
                          const CommentCalls& calls) {
  const auto find = [&]() -> Result<json> {
    auto all = sender.list(calls.path + calls.query);
    if (!all) return std::move(all).error();
    for (json& one : *all) {
      const auto text = text_in(one, "body");
      if (text && text->starts_with(comment.marker) && calls.is_own(one)) return std::move(one);
    }
    return json();
  };
  const std::string body = json{{"body", comment.text}}.dump();
  const bool may_add = comment.if_absent == KeptComment::IfAbsent::add;
  auto there = may_add ? sender.find_or_add(find, {"POST", calls.path, body}) : find();
  if (!there || there->is_null()) return there;
  const auto text = text_in(*there, "body");
  if (text && *text == comment.text) return there;
  const auto id = number_in(*there, "id");
  if (!id) return Error(id.error());
  return sender.ask(calls.change(*id, body));
}

Result<OpenedRequest> open_or_find(ForgeSender& sender, const RequestCalls& calls) {
  auto fate = OpenedRequest::Fate::opened;
  const auto find = [&]() -> Result<json> {
    auto open = sender.list(calls.list);
    if (!open) return std::move(open).error();
    if (open->empty()) return json();
    fate = OpenedRequest::Fate::was_open;
    return std::move(open->front());
  };
  const auto opened = sender.find_or_add(find, calls.addition);
  if (!opened) return Error(opened.error());
  const auto number = number_in(*opened, calls.number);
  if (!number) return Error(number.error());
  auto address = text_in(*opened, calls.address);
  if (!address) return std::move(address).error();
  return OpenedRequest{*number, *std::move(address), fate};
}

}  // namespace cemli
