#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "state/base/clock.h"
#include "state/base/result.h"
#include "state/store/oci_config.h"
#include "state/store/oci_signer.h"
#include "state/store/store_surroundings.h"

namespace cemli {

/// Key and key id, which belong together and are only ever replaced together.
struct OciCredential {
  OciSigningKey signing;
  /// Who that is, for people: without the token.
  std::string who;
  /// Nothing where it does not end by itself.
  std::optional<Timestamp> expires = std::nullopt;
  /// The region that its source names.
  std::optional<std::string> region = std::nullopt;
};

/// Gets the credential anew from wherever it comes. May block.
using FetchOciCredential = std::function<Result<OciCredential>()>;

/// The credential that requests are signed with, fetched when it is first needed, again shortly
/// before it ends, and once it was refused. Shared by threads.
class OciCredentials {
 public:
  using Shared = std::shared_ptr<const OciCredential>;

  explicit OciCredentials(FetchOciCredential fetch, std::function<Timestamp()> now = &wall_now)
      : fetch_(std::move(fetch)), now_(std::move(now)) {}

  /// One that has not ended. Where a new one cannot be had, the old one serves as long as it lasts.
  [[nodiscard]] Result<Shared> current();
  /// Another one than `refused`, which a service has refused; the same where there is no other.
  [[nodiscard]] Result<Shared> renew(const Shared& refused);

 private:
  [[nodiscard]] Result<Shared> fetch(Timestamp now);

  const FetchOciCredential fetch_;
  const std::function<Timestamp()> now_;
  std::mutex mutex_;
  Shared current_;
  Timestamp fetch_again_at_{};
};

/// The credentials that stores of one program have in common. Used by several threads.
class OciCredentialPool {
 public:
  /// Those that the address of a store, the environment and the configuration file lead to, the
  /// same each time. Asks no service yet.
  [[nodiscard]] Result<std::shared_ptr<OciCredentials>> find(
      const std::optional<std::string>& auth, const std::optional<std::string>& profile,
      const StoreSurroundings& surroundings);

 private:
  using Name = std::pair<std::optional<std::string>, std::optional<std::string>>;
  std::mutex mutex_;
  std::map<Name, std::shared_ptr<OciCredentials>> found_;
};

/// When a security token (a JSON Web Token, RFC 7519) ends; nothing where it does not say.
[[nodiscard]] std::optional<Timestamp> oci_token_expiry(std::string_view token);

}  // namespace cemli
