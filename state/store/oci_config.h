#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "state/base/result.h"
#include "state/base/variables.h"
#include "state/store/rsa_key.h"

/// `~/.oci/config` as Oracle's CLI reads it: "SDK and CLI Configuration File" in its documentation.
namespace cemli {

/// What kind of credential is used.
enum class OciAuth { api_key, security_token, instance_principal, resource_principal };

/// Reads the words of `OCI_CLI_AUTH` and `--auth`: `api_key`, `security_token`,
/// `instance_principal` and `resource_principal`.
[[nodiscard]] Result<OciAuth> parse_oci_auth(std::string_view word);
/// The word for it.
[[nodiscard]] std::string_view describe(OciAuth auth);

/// A value, and where it was written, for messages: `/home/a/.oci/config:12`, `OCI_CLI_USER`.
struct OciSetting {
  std::string value;
  std::string where;
};

/// One profile of the file, with what it inherits from `DEFAULT` and what the environment says
/// instead. Holds secrets: it is never shown.
struct OciProfile {
  std::string name;
  std::string file;  ///< empty where there is no file
  std::map<std::string, OciSetting> settings = {};

  /// Nothing where it is missing or empty.
  [[nodiscard]] const OciSetting* find(const std::string& key) const;
  /// `invalid_input` where it is missing, which names the file, the profile and the key.
  [[nodiscard]] Result<OciSetting> require(const std::string& key) const;
};

/// Reads one profile of a file's text. `invalid_input` names file and line of what is no setting,
/// and the profiles that there are where this one is missing. Keys of other programs are left.
[[nodiscard]] Result<OciProfile> parse_oci_profile(std::string_view text, const std::string& file,
                                                   const std::string& profile);

/// The profile that is asked for or that the environment names, from the file that it names
/// (`OCI_CLI_CONFIG_FILE`, else
/// `~/.oci/config`, else `OCI_CONFIG_FILE`, else `~/.oraclebmc/config`), under the `OCI_CLI_*`
/// overrides. Without any file it holds only those.
[[nodiscard]] Result<OciProfile> read_oci_profile(
    const Variables& variables, const std::optional<std::string>& asked_for = std::nullopt);

/// Which kind of credential to use: the one asked for (an option, else `OCI_CLI_AUTH`), else the
/// one that the profile or the environment has. `invalid_input` where it has none or two.
[[nodiscard]] Result<OciAuth> choose_oci_auth(const OciProfile& profile,
                                              std::optional<OciAuth> asked_for,
                                              const Variables& variables);

/// The private key that the profile names, opened with its passphrase.
[[nodiscard]] Result<RsaKey> read_oci_key(const OciProfile& profile, const Variables& variables);
/// The content of the profile's `security_token_file`, without the space around it.
[[nodiscard]] Result<std::string> read_oci_session_token(const OciProfile& profile,
                                                         const Variables& variables);

}  // namespace cemli
