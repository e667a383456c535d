#pragma once

#include <compare>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "state/base/result.h"

namespace cemli {

/// `file:DIR`; a relative folder counts from what its reader says.
struct FolderAddress {
  std::filesystem::path folder;
  friend bool operator==(const FolderAddress&, const FolderAddress&) = default;
};

/// `s3://BUCKET[/PREFIX]?endpoint=URL&region=REGION&style=path|virtual&profile=NAME`.
struct S3Address {
  /// Where the bucket's name stands in a URL.
  enum class Style { path, virtual_host };

  std::string bucket;
  /// Empty, or with a `/` at its end.
  std::string prefix = {};
  /// `http[s]://HOST[:PORT]`; absent: Amazon's own.
  std::optional<std::string> endpoint = std::nullopt;
  std::optional<std::string> region = std::nullopt;
  /// Absent: `path` with an endpoint, else `virtual_host`.
  std::optional<Style> style = std::nullopt;
  /// Of the shared configuration files.
  std::optional<std::string> profile = std::nullopt;
  friend bool operator==(const S3Address&, const S3Address&) = default;
};

/// `oci://NAMESPACE/BUCKET[/PREFIX]?region=REGION&endpoint=URL&auth=HOW&profile=NAME`.
struct OciAddress {
  std::string name_space;
  std::string bucket;
  /// Empty, or with a `/` at its end.
  std::string prefix = {};
  std::optional<std::string> region = std::nullopt;
  std::optional<std::string> endpoint = std::nullopt;
  /// Which credentials are used; who opens the store knows the words.
  std::optional<std::string> auth = std::nullopt;
  std::optional<std::string> profile = std::nullopt;
  friend bool operator==(const OciAddress&, const OciAddress&) = default;
};

/// Where a store is. Holds no secrets.
using StoreAddress = std::variant<FolderAddress, S3Address, OciAddress>;

/// Reads an address; `invalid_input` says what is wrong with it.
[[nodiscard]] Result<StoreAddress> parse_store_address(std::string_view text);

/// Whether both mean the same objects, whatever credentials they name. Regions and endpoints that
/// only one of them names are taken for the same.
[[nodiscard]] bool is_same_place(const StoreAddress& left, const StoreAddress& right);

/// Writes what `parse_store_address` reads.
[[nodiscard]] std::string format_store_address(const StoreAddress& address);

}  // namespace cemli
