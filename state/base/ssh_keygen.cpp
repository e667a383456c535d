#include "state/base/ssh_keygen.h"

#include <utility>

#include "state/base/ascii.h"

namespace cemli {

Result<ProgramEnd> run_ssh_keygen(ProgramCall call, std::vector<std::string> arguments) {
  call.argv = std::move(arguments);
  call.argv.insert(call.argv.begin(), {"ssh-keygen", "-Y"});
  call.variables.emplace_back("LC_ALL", "C");
  call.variables.emplace_back("TZ", "UTC");
  auto end = run_program(call);
  if (end || end.error().message().find("starting") == std::string::npos) return end;
  return std::move(end).error().with_hint(
      "install OpenSSH's client: apt-get install openssh-client");
}

std::string fingerprint_in(std::string_view said) {
  const std::size_t at = said.rfind(" key ");
  if (at == std::string_view::npos) return {};
  return std::string(trimmed(said.substr(at + 5)));
}

std::string last_line_of(std::string_view said) {
  said = trimmed(said);
  const std::size_t line = said.rfind('\n');
  return std::string(trimmed(line == std::string_view::npos ? said : said.substr(line + 1)));
}

}  // namespace cemli
