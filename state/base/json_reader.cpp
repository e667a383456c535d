#include "state/base/json_reader.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace cemli {

using nlohmann::json;

std::optional<std::int64_t> exact_integer(const json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > kLargest) return std::nullopt;
  return value.get<std::int64_t>();
}

JsonReader::JsonReader(const json& value, std::optional<Error>& failure)
    : JsonReader(value, failure, "") {}

JsonReader::JsonReader(const json& value, std::optional<Error>& failure, std::string pointer)
    : value_(&value), failure_(&failure), pointer_(std::move(pointer)) {
  if (value.is_object() || failure) return;
  const std::string where = pointer_.empty() ? "" : pointer_ + ": ";
  failure = Error(ErrorCode::corrupt, where + "expected an object");
}

void JsonReader::expect_format(std::uint64_t known) {
  if (const std::uint64_t format = number("format"); format != known)
    fail("format", fmt::format("{} is newer than this version of cemli reads", format));
}

void JsonReader::fail(std::string_view name, std::string_view what) {
  if (failed()) return;
  *failure_ = Error(ErrorCode::corrupt, fmt::format("{}/{}: {}", pointer_, name, what));
}

const json* JsonReader::find(std::string_view name) {
  if (failed()) return nullptr;
  seen_.emplace(name);
  const auto found = value_->find(name);
  if (found != value_->end()) return &*found;
  fail(name, "missing");
  return nullptr;
}

bool JsonReader::is_null(std::string_view name) {
  const json* value = find(name);
  return value == nullptr || value->is_null();
}

std::string JsonReader::text(std::string_view name) {
  const json* value = find(name);
  if (value != nullptr && value->is_string()) return value->get<std::string>();
  fail(name, "expected a string");
  return {};
}

std::optional<std::string> JsonReader::optional_text(std::string_view name) {
  if (is_null(name)) return std::nullopt;
  return text(name);
}

std::uint64_t JsonReader::number(std::string_view name) {
  const json* value = find(name);
  if (value != nullptr && value->is_number_unsigned()) return value->get<std::uint64_t>();
  fail(name, "expected a whole number");
  return 0;
}

std::optional<std::uint64_t> JsonReader::optional_number(std::string_view name) {
  if (is_null(name)) return std::nullopt;
  return number(name);
}

std::optional<std::int64_t> JsonReader::optional_integer(std::string_view name) {
  if (is_null(name)) return std::nullopt;
  if (const auto integer = exact_integer(*find(name))) return integer;
  fail(name, "expected an integer or null");
  return std::nullopt;
}

bool JsonReader::boolean(std::string_view name) {
  const json* value = find(name);
  if (value != nullptr && value->is_boolean()) return value->get<bool>();
  fail(name, "expected true or false");
  return false;
}

Digest JsonReader::digest(std::string_view name) {
  const std::string hex = text(name);
  if (auto digest = Digest::parse(hex)) return *digest;
  fail(name, "expected a SHA-256 digest");
  return Digest::of("");
}

std::optional<Digest> JsonReader::optional_digest(std::string_view name) {
  if (is_null(name)) return std::nullopt;
  return digest(name);
}

Timestamp JsonReader::timestamp(std::string_view name) {
  const std::string written = text(name);
  if (auto time = parse_timestamp(written)) return *time;
  fail(name, "expected a time like 2026-11-23T06:41:05.123Z");
  return {};
}

std::optional<Timestamp> JsonReader::optional_timestamp(std::string_view name) {
  if (is_null(name)) return std::nullopt;
  return timestamp(name);
}

namespace {

Address any_address() {
  return *Address::parse("none");
}

}  // namespace

Address JsonReader::address(std::string_view name) {
  const std::string written = text(name);
  if (auto address = Address::parse(written)) return *std::move(address);
  fail(name, "expected NAME or NAME[INSTANCE]");
  return any_address();
}

std::vector<std::string> JsonReader::texts(std::string_view name) {
  std::vector<std::string> texts;
  const json* value = find(name);
  if (value == nullptr || !value->is_array()) {
    fail(name, "expected a list of strings");
    return texts;
  }
  for (const json& item : *value) {
    if (item.is_string()) {
      texts.push_back(item.get<std::string>());
    } else {
      fail(name, "expected a list of strings");
    }
  }
  return texts;
}

std::vector<Address> JsonReader::addresses(std::string_view name) {
  std::vector<Address> addresses;
  for (const std::string& written : texts(name)) {
    if (auto address = Address::parse(written)) {
      addresses.push_back(*std::move(address));
    } else {
      fail(name, "expected a list of addresses");
    }
  }
  return addresses;
}

namespace {

const json& empty_object() {
  static const json empty = json::object();
  return empty;
}

}  // namespace

const json& JsonReader::any(std::string_view name) {
  const json* value = find(name);
  return value == nullptr ? empty_object() : *value;
}

JsonReader JsonReader::object(std::string_view name) {
  const json* value = find(name);
  return {value == nullptr ? empty_object() : *value, *failure_,
          fmt::format("{}/{}", pointer_, name)};
}

std::optional<JsonReader> JsonReader::optional_object(std::string_view name) {
  if (is_null(name)) return std::nullopt;
  return object(name);
}

std::vector<JsonReader> JsonReader::objects(std::string_view name) {
  std::vector<JsonReader> readers;
  const json* value = find(name);
  if (value == nullptr || !value->is_array()) {
    fail(name, "expected a list of objects");
    return readers;
  }
  readers.reserve(value->size());
  for (std::size_t i = 0; i < value->size(); ++i)
    readers.push_back(
        JsonReader((*value)[i], *failure_, fmt::format("{}/{}/{}", pointer_, name, i)));
  return readers;
}

void JsonReader::finish() {
  if (failed()) return;
  for (const auto& item : value_->items()) {
    if (!seen_.contains(item.key())) {
      fail(item.key(), "unknown to this version of cemli");
      return;
    }
  }
}

}  // namespace cemli
