#include "state/base/parse_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "state/base/canonical_json.h"

namespace cemli {
namespace {

using nlohmann::json;

/// Builds the tree from parse events and stops at what plain parsing lets through: duplicate names,
/// integers beyond 64 bits, and nesting that would exhaust the stack later.
class StrictBuilder : public nlohmann::json_sax<json> {
 public:
  StrictBuilder() = default;
  /// Hands the objects in the root's member `list` to `take` and keeps null in their places.
  StrictBuilder(std::string_view list, const TakeMember& take) : list_(list), take_(&take) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t& text) override {
    const bool is_integer = text.find_first_of(".eE") == std::string::npos;
    if (is_integer) {
      if (!open_.empty() && open_.back()->is_array()) name_next_item();
      return fail(fmt::format("the integer {} does not fit 64 bits", text));
    }
    return add(value);
  }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return fail("binary data"); }
  bool start_object(std::size_t /*elements*/) override { return open(json::object()); }
  bool key(string_t& name) override {
    auto& object = open_.back()->get_ref<json::object_t&>();
    names_.back() = name;
    const auto [member, is_new] = object.try_emplace(name);
    if (!is_new) return fail(fmt::format("the key '{}' stands there twice", name));
    slot_ = &member->second;
    return true;
  }
  bool end_object() override {
    if (take_ != nullptr && open_.size() == 3 && names_[0] == list_)
      (*take_)(names_[1], std::exchange(*open_.back(), nullptr));
    return close();
  }
  bool start_array(std::size_t /*elements*/) override { return open(json::array()); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    error_position_ = position;
    // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error …", or
    // "[json.exception.out_of_range.406] number overflow parsing '1e999'"
    const std::string_view text = error.what();
    const bool has_position = text.find("] parse error") != std::string_view::npos;
    const std::string_view end_of_place = has_position ? ": " : "] ";
    const std::size_t at = text.find(end_of_place);
    error_ = at == std::string_view::npos ? text : text.substr(at + end_of_place.size());
    return false;
  }

  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] std::optional<std::size_t> error_position() const { return error_position_; }
  [[nodiscard]] std::string pointer() const {
    std::string text;
    for (const std::string& name : names_) {
      text += '/';
      for (const char c : name) {  // escaped after RFC 6901
        if (c == '~') {
          text += "~0";
        } else if (c == '/') {
          text += "~1";
        } else {
          text += c;
        }
      }
    }
    return text;
  }
  json take() { return std::move(root_); }

 private:
  template <typename Value>
  json* place(Value&& value) {
    if (open_.empty()) {
      root_ = std::forward<Value>(value);
      return &root_;
    }
    if (open_.back()->is_array()) {
      name_next_item();
      open_.back()->push_back(std::forward<Value>(value));
      return &open_.back()->back();
    }
    *slot_ = std::forward<Value>(value);
    return slot_;
  }
  template <typename Value>
  bool add(Value&& value) {
    place(json(std::forward<Value>(value)));
    return true;
  }
  bool open(json container) {
    constexpr std::size_t kDeepest = 100;
    if (open_.size() >= kDeepest) return fail("nested more than 100 deep");
    open_.push_back(place(std::move(container)));
    names_.emplace_back();
    return true;
  }
  bool close() {
    open_.pop_back();
    names_.pop_back();
    return true;
  }
  void name_next_item() { names_.back() = std::to_string(open_.back()->size()); }
  bool fail(std::string why) {
    error_ = std::move(why);
    return false;
  }

  std::string_view list_;
  const TakeMember* take_ = nullptr;
  json root_;
  std::vector<json*> open_;
  json* slot_ = nullptr;
  std::vector<std::string> names_;
  std::string error_;
  std::optional<std::size_t> error_position_;
};

std::string line_and_column(std::string_view text, std::size_t position) {
  const std::string_view before =
      text.substr(0, std::min(position > 0 ? position - 1 : 0, text.size()));
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.rfind('\n');
  const std::size_t column =
      line_start == std::string_view::npos ? before.size() : before.size() - line_start - 1;
  return fmt::format("{}:{}", lines + 1, column + 1);
}

Result<json> build(std::string_view text, StrictBuilder builder) {
  if (!is_utf8(text)) return Error(ErrorCode::invalid_input, "not UTF-8");
  if (json::sax_parse(text.begin(), text.end(), &builder)) return builder.take();
  if (builder.error_position()) {
    return Error(
        ErrorCode::invalid_input,
        fmt::format("{}: {}", line_and_column(text, *builder.error_position()), builder.error()));
  }
  const std::string pointer = builder.pointer();
  if (pointer.empty()) return Error(ErrorCode::invalid_input, builder.error());
  return Error(ErrorCode::invalid_input, fmt::format("{}: {}", pointer, builder.error()));
}

}  // namespace

Result<json> parse_json(std::string_view text) {
  return build(text, {});
}

Result<json> parse_long_json(std::string_view text, std::string_view list, const TakeMember& take) {
  return build(text, {list, take});
}

}  // namespace cemli
