#include "state/base/ssh_signature.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <utility>

#include "state/base/file.h"
#include "state/base/ssh_keygen.h"
#include "state/base/sshsig.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes kPatience{2};

bool has_terminal() {
  return UniqueFd(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)).is_open();
}

Error signing_failure(const fs::path& key, const std::string& said) {
  Error error(ErrorCode::unavailable,
              fmt::format("signing with '{}'{}", key.string(),
                          said.empty() ? ": ssh-keygen could not" : ": " + last_line_of(said)));
  if (said.find("incorrect passphrase") != std::string::npos) {
    if (has_terminal()) return error;
    return std::move(error).with_hint(
        fmt::format("there is no terminal to ask for the key's passphrase: let an agent hold the "
                    "key (ssh-add '{}')",
                    key.string()));
  }
  if (said.find("No private key found") != std::string::npos) {
    return std::move(error).with_hint(
        "its private half is neither beside it nor in an agent: ssh-add -l lists what that holds");
  }
  if (said.find("Couldn't load public key") == std::string::npos) return error;
  return std::move(error).with_hint(
      "name a private key, or a public one whose private half an agent holds; ssh-keygen -t "
      "ed25519 makes one");
}

}  // namespace

Result<std::string> make_signature(std::string_view bytes, const fs::path& key,
                                   std::string_view name_space, Questions questions) {
  ProgramCall call;
  call.input = bytes;
  if (questions == Questions::never) {
    call.timeout = std::chrono::seconds(10);
    call.variables.emplace_back("SSH_ASKPASS", "/bin/false");
    call.variables.emplace_back("SSH_ASKPASS_REQUIRE", "force");
  } else if (has_terminal()) {
    // A device that waits for a touch says so on standard error. Without a terminal as its input
    // ssh-keygen would ask a window for the passphrase.
    if (::isatty(STDERR_FILENO) != 0) call.error_output = ProgramCall::ErrorOutput::passed_on;
    if (::getenv("SSH_ASKPASS_REQUIRE") == nullptr)
      call.variables.emplace_back("SSH_ASKPASS_REQUIRE", "never");
  } else {
    call.timeout = kPatience;
  }
  auto end =
      run_ssh_keygen(call, {"sign", "-q", "-f", key.string(), "-n", std::string(name_space)});
  if (!end)
    return std::move(end).error().while_doing(fmt::format("signing with '{}'", key.string()));
  if (end->exit_code != 0 || end->out.empty()) return signing_failure(key, end->err);
  return std::move(end->out);
}

Result<std::string> key_of_signature(const SignedBytes& subject) {
  const auto refused = [](std::string why) {
    return Error(ErrorCode::invalid_input, std::move(why));
  };
  const auto signature = read_ssh_signature(subject.signature);
  if (!signature) return refused("it is no signature of ssh-keygen's");
  if (signature->name_space != subject.name_space) {
    return refused(fmt::format("it is a signature for '{}', not for '{}'", signature->name_space,
                               subject.name_space));
  }
  auto folder = TemporaryFolder::make(temporary_root(), "cemli-signature-");
  if (!folder) return std::move(folder).error();
  const fs::path file = folder->path() / "signature";
  if (auto done = write_scratch_file(file, subject.signature, 0600); !done)
    return std::move(done).error();
  ProgramCall call;
  call.input = subject.bytes;
  auto end = run_ssh_keygen(
      call, {"check-novalidate", "-n", std::string(subject.name_space), "-s", file.string()});
  if (!end) return std::move(end).error();
  if (end->exit_code != 0) return refused("it is a signature of other bytes");
  return fingerprint_in(end->out);
}

}  // namespace cemli
