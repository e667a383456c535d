#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "state/base/address.h"
#include "state/base/clock.h"
#include "state/base/digest.h"
#include "state/base/result.h"

namespace cemli {

/// The value as a signed integer of 64 bits; nothing where it is none or does not fit.
[[nodiscard]] std::optional<std::int64_t> exact_integer(const nlohmann::json& value);

/// Reads the members of one JSON object of a stored format. The first thing wrong is kept (with its
/// JSON pointer) and everything read after it is a neutral value, so that a decoder reads straight
/// on and asks once, with `finish`. The JSON value must outlive the reader.
class JsonReader {
 public:
  /// The root of a document; `failure` receives the first problem and must outlive the reader.
  JsonReader(const nlohmann::json& value, std::optional<Error>& failure);

  [[nodiscard]] std::string text(std::string_view name);
  [[nodiscard]] std::optional<std::string> optional_text(std::string_view name);
  [[nodiscard]] std::uint64_t number(std::string_view name);
  [[nodiscard]] std::optional<std::uint64_t> optional_number(std::string_view name);
  [[nodiscard]] std::optional<std::int64_t> optional_integer(std::string_view name);
  [[nodiscard]] bool boolean(std::string_view name);
  [[nodiscard]] Digest digest(std::string_view name);
  [[nodiscard]] std::optional<Digest> optional_digest(std::string_view name);
  [[nodiscard]] Timestamp timestamp(std::string_view name);
  [[nodiscard]] std::optional<Timestamp> optional_timestamp(std::string_view name);
  [[nodiscard]] Address address(std::string_view name);
  [[nodiscard]] std::vector<std::string> texts(std::string_view name);
  [[nodiscard]] std::vector<Address> addresses(std::string_view name);
  /// The member as it is, an empty object where it is missing.
  [[nodiscard]] const nlohmann::json& any(std::string_view name);
  /// A reader of the object under `name`.
  [[nodiscard]] JsonReader object(std::string_view name);
  /// Nothing where it is null.
  [[nodiscard]] std::optional<JsonReader> optional_object(std::string_view name);
  /// Readers of the objects in the array under `name`.
  [[nodiscard]] std::vector<JsonReader> objects(std::string_view name);

  /// Reads `format` and fails where it is not the one that this version knows.
  void expect_format(std::uint64_t known);
  /// Says that the value of `name` is wrong.
  void fail(std::string_view name, std::string_view what);
  /// Fails on members that nobody read: a stored format has no unknown ones.
  void finish();
  [[nodiscard]] bool failed() const { return failure_->has_value(); }

 private:
  JsonReader(const nlohmann::json& value, std::optional<Error>& failure, std::string pointer);
  [[nodiscard]] const nlohmann::json* find(std::string_view name);
  [[nodiscard]] bool is_null(std::string_view name);

  const nlohmann::json* value_;
  std::optional<Error>* failure_;
  std::string pointer_;
  std::set<std::string, std::less<>> seen_;
};

}  // namespace cemli
