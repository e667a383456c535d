#include "reconciler/cli/doctor_checks.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "reconciler/cli/diagnosis.h"
#include "reconciler/desired/remote_repository.h"
#include "state/base/clock.h"
#include "state/base/program.h"
#include "state/store/oci_credentials.h"
#include "state/store/oci_principal.h"
#include "state/store/s3_credentials.h"

namespace cemli {
namespace {

constexpr const char* kProgram = "program";
constexpr const char* kCredentials = "credentials";

/// The first line of what the program prints about itself; nothing where it cannot be started.
std::optional<std::string> first_words(const std::vector<std::string>& argv) {
  ProgramCall call{argv};
  call.timeout = std::chrono::seconds(10);
  const auto ended = run_program(call);
  if (!ended) return std::nullopt;
  const std::string& said = ended->out.empty() ? ended->err : ended->out;
  return said.substr(0, said.find_first_of(",\n"));
}

Check check_git(const GlobalOptions& options) {
  Check check{kProgram, "git"};
  if (auto said = first_words({"git", "--version"})) {
    constexpr std::string_view kBefore = "git version ";
    check.says = said->starts_with(kBefore) ? said->substr(kBefore.size()) : *std::move(said);
    return check;
  }
  const bool is_needed = is_remote_repository(options.repository);
  check.health = is_needed ? Health::wrong : Health::note;
  check.says = "not found on PATH";
  check.hint = "repositories elsewhere (--repo URL) are fetched by it";
  return check;
}

Check check_ssh_keygen() {
  Check check{kProgram, "ssh-keygen"};
  // It has no option that tells its version; its sibling has.
  if (first_words({"ssh-keygen", "-l", "-f", "/dev/null"})) {
    check.says = first_words({"ssh", "-V"}).value_or("found");
    return check;
  }
  check.health = Health::note;
  check.says = "not found on PATH";
  check.hint = "nothing needs it yet; signatures will";
  return check;
}

/// A credential that is not there.
Check missing_check(std::string name, const Error& error, Missing missing) {
  Check check = wrong_check(kCredentials, std::move(name), error);
  if (missing == Missing::is_noted) check.health = Health::note;
  return check;
}

Check check_s3(const S3Address& address, Missing missing, const StoreSurroundings& surroundings) {
  std::string name = address.profile ? fmt::format("S3 '{}'", *address.profile) : "S3";
  const auto found = find_s3_credentials(surroundings.variables, address.profile);
  if (!found) return missing_check(std::move(name), found.error(), missing);
  Check check{kCredentials, std::move(name)};
  check.says =
      fmt::format("access key {} from {}", abbreviated_key_id(found->key.id), found->origin);
  if (found->key.session_token) check.facts.emplace_back("kind", "temporary, with a session token");
  return check;
}

Check check_oci(const OciAddress& address, Missing missing, const StoreSurroundings& surroundings) {
  std::string name = address.profile ? fmt::format("OCI '{}'", *address.profile) : "OCI";
  auto source = surroundings.oci_credentials->find(address.auth, address.profile, surroundings);
  if (!source) return missing_check(std::move(name), source.error(), missing);
  const auto found = (*source)->current();
  if (!found) return missing_check(std::move(name), found.error(), missing);
  const OciCredential& credential = **found;
  Check check{kCredentials, std::move(name), Health::good, credential.who};
  check.facts = oci_principal(credential);
  if (credential.region) check.facts.emplace_back("region", *credential.region);
  if (credential.expires) check.facts.emplace_back("until", describe_minute(*credential.expires));
  return check;
}

}  // namespace

std::vector<Check> check_programs(const GlobalOptions& options) {
  return {{kProgram, "cemli", Health::good, CEMLI_VERSION}, check_git(options), check_ssh_keygen()};
}

std::vector<Check> check_credential(const StoreAddress& address, Missing missing,
                                    const StoreSurroundings& surroundings) {
  if (const auto* s3 = std::get_if<S3Address>(&address))
    return {check_s3(*s3, missing, surroundings)};
  if (const auto* oci = std::get_if<OciAddress>(&address))
    return {check_oci(*oci, missing, surroundings)};
  return {};
}

}  // namespace cemli
