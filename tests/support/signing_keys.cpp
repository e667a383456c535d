#include "tests/support/signing_keys.h"

#include <signal.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "state/base/program.h"

namespace cemli::test {

namespace fs = std::filesystem;

namespace {

TemporaryFolder make_folder() {
  auto folder = TemporaryFolder::make(fs::canonical(fs::temp_directory_path()), "cemli-keys-");
  REQUIRE(folder);
  return *std::move(folder);
}

std::string run(ProgramCall call) {
  auto end = run_program(call);
  INFO(call.argv.front() << ": " << (end ? end->err : end.error().message()));
  REQUIRE(end);
  REQUIRE(end->exit_code == 0);
  return std::move(end->out);
}

}  // namespace

SigningKeys::SigningKeys() : folder_(make_folder()) {}

fs::path SigningKeys::make(const std::string& name, const std::string& type,
                           const std::string& passphrase) const {
  fs::path key = folder() / name;
  run({{"ssh-keygen", "-q", "-t", type, "-N", passphrase, "-C", name, "-f", key.string()}});
  return key;
}

std::string SigningKeys::public_key(const std::string& name) const {
  const std::string line = read_file(folder() / (name + ".pub")).value();
  return line.substr(0, line.find(' ', line.find(' ') + 1));
}

fs::path SigningKeys::certify(const std::string& name, const std::string& authority,
                              const std::string& principals, const std::string& validity) const {
  run({{"ssh-keygen", "-q", "-s", (folder() / authority).string(), "-I", name, "-n", principals,
        "-V", validity, (folder() / (name + ".pub")).string()}});
  return folder() / (name + "-cert.pub");
}

std::string SigningKeys::revocation_list(const std::vector<std::string>& names) const {
  const fs::path file = folder() / ("krl-" + random_hex(4));
  std::vector<std::string> arguments{"ssh-keygen", "-q", "-k", "-f", file.string()};
  for (const std::string& name : names) arguments.push_back((folder() / (name + ".pub")).string());
  run({arguments});
  return read_file(file).value();
}

std::string SigningKeys::revoked_lines(const std::vector<std::string>& names) const {
  std::string lines = "# revoked\n";
  for (const std::string& name : names) lines += public_key(name) + " " + name + "\n";
  return lines;
}

std::string SigningKeys::fingerprint(const std::string& name) const {
  const std::string line = run({{"ssh-keygen", "-l", "-f", (folder() / (name + ".pub")).string()}});
  const std::size_t begin = line.find(' ') + 1;
  return line.substr(begin, line.find(' ', begin) - begin);
}

SigningAgent::SigningAgent(const fs::path& folder)
    : socket_((folder / ("agent-" + random_hex(4))).string()) {
  const std::string said = run({{"ssh-agent", "-s", "-a", socket_}});
  const std::size_t at = said.find("SSH_AGENT_PID=");
  REQUIRE(at != std::string::npos);
  pid_ = std::atoi(said.c_str() + at + 14);
  REQUIRE(pid_ > 1);
}

SigningAgent::~SigningAgent() {
  ::kill(pid_, SIGTERM);
}

void SigningAgent::add(const fs::path& key) const {
  run({{"ssh-add", "-q", key.string()}, {{"SSH_AUTH_SOCK", socket_}}});
}

}  // namespace cemli::test
