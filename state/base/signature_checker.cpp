#include "state/base/signature_checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>
#include <vector>

#include "state/base/ascii.h"
#include "state/base/base64.h"
#include "state/base/file.h"
#include "state/base/ssh_keygen.h"
#include "state/base/sshsig.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

std::string verify_time(Timestamp time) {
  std::string compact = format_compact_timestamp(time);
  std::erase(compact, 'T');
  return "-Overify-time=" + compact;
}

bool is_pattern(std::string_view name) {
  return name.find_first_of("*?!") != std::string_view::npos;
}

/// What stands behind the first word, which may be in quotes.
std::string_view behind_principals(std::string_view line) {
  line = trimmed(line);
  bool in_quotes = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') in_quotes = !in_quotes;
    if (!in_quotes && (line[i] == ' ' || line[i] == '\t')) return trimmed(line.substr(i));
  }
  return {};
}

/// Our words for what ssh-keygen says of a key that a line does not let through; empty where it
/// says nothing that is known.
std::string reason_in(std::string_view said, std::string_view name_space) {
  const auto says = [said](std::string_view words) {
    return said.find(words) != std::string_view::npos;
  };
  const auto time_behind = [said](std::string_view word) {
    const std::size_t at = said.find(word);
    return at == std::string_view::npos
               ? std::string()
               : fmt::format(" ({})", last_line_of(said.substr(at, said.find('\n', at) - at)));
  };
  if (says("key has expired")) return "has expired" + time_behind("valid-before");
  if (says("key is not yet valid")) return "is not valid yet" + time_behind("valid-after");
  if (says("Certificate invalid: expired")) return "has a certificate that has expired";
  if (says("Certificate invalid: not yet valid")) return "has a certificate that is not valid yet";
  if (says("name is not a listed principal") || says("lacks principal list"))
    return "has a certificate with no name that its authority's line allows";
  if (says("not permitted for use in signature namespace"))
    return fmt::format("may not sign for '{}', by 'namespaces' of its line", name_space);
  if (says("bad options")) return "has a line with options that ssh-keygen does not know";
  return {};
}

}  // namespace

struct SignatureChecker::Judge {
  /// A line of `allowed_signers` that may be about a key.
  struct Line {
    /// That line alone.
    fs::path file;
    /// What stands behind its principals.
    std::string rest;
    /// The names in it that are no patterns.
    std::vector<std::string> names = {};
    /// What ssh-keygen said of it, and whether it has patterns instead of names.
    std::string said = {};
    bool has_patterns = false;
  };

  SignerFiles files;
  Timestamp time;
  TemporaryFolder folder;
  /// By the key's bytes: the lines that may be about it.
  std::map<std::string, std::vector<Line>> lines = {};
  std::size_t line_files = 0;

  [[nodiscard]] fs::path signature_file() const { return folder.path() / "signature"; }
  [[nodiscard]] fs::path revoked_file() const { return folder.path() / "revoked_keys"; }

  Result<SignatureVerdict> check(const SignedBytes& subject);
  Result<std::vector<Line>*> lines_of(const SshSignature& signature);
  Result<Line> read_line(std::string_view text);
  enum class Revoked { counts, is_ignored };
  [[nodiscard]] Result<ProgramEnd> verify(const SignedBytes& subject, const fs::path& allowed,
                                          const std::string& name, Revoked revoked) const;
  Result<SignatureVerdict> explain(const SignedBytes& subject, const SshSignature& signature,
                                   const std::vector<Line>& known);
  Result<std::string> reason_of(const SignedBytes& subject, const Line& line);
  [[nodiscard]] bool can_be_revoked(const SshSignature& signature) const;
};

/// The line alone in a file, and the names that ssh-keygen finds in it for the signature at hand.
Result<SignatureChecker::Judge::Line> SignatureChecker::Judge::read_line(std::string_view text) {
  Line line{folder.path() / fmt::format("allowed_signers-{}", ++line_files),
            std::string(behind_principals(text))};
  if (auto done = write_scratch_file(line.file, fmt::format("{}\n", text), 0600); !done)
    return std::move(done).error();
  const auto found = run_ssh_keygen({}, {"find-principals", "-f", line.file.string(), "-s",
                                         signature_file().string(), verify_time(time)});
  if (!found) return found.error();
  line.said = found->err;
  if (found->exit_code != 0) return line;
  std::string_view names = found->out;
  while (!names.empty()) {
    const std::string_view name = take_until(names, '\n');
    if (name.empty()) continue;
    // A pattern is nobody's name: who may hold the key would be open.
    if (is_pattern(name)) {
      line.has_patterns = true;
    } else {
      line.names.emplace_back(name);
    }
  }
  return line;
}

/// Each line is judged alone, as ssh-keygen looks for names in the first that fits, whatever it
/// allows.
Result<std::vector<SignatureChecker::Judge::Line>*> SignatureChecker::Judge::lines_of(
    const SshSignature& signature) {
  const auto known = lines.find(signature.key);
  if (known != lines.end()) return &known->second;
  const std::string key = to_base64(signature.key);
  std::vector<Line> found;
  std::string_view rest = files.allowed_signers;
  while (!rest.empty()) {
    const std::string_view text = trimmed(take_until(rest, '\n'));
    if (text.empty() || text.starts_with('#')) continue;
    const bool is_authority =
        signature.is_certified() && lower_case(text).find("cert-authority") != std::string::npos;
    if (!is_authority && text.find(key) == std::string_view::npos) continue;
    auto line = read_line(text);
    if (!line) return std::move(line).error();
    found.push_back(*std::move(line));
  }
  return &lines.emplace(signature.key, std::move(found)).first->second;
}

Result<ProgramEnd> SignatureChecker::Judge::verify(const SignedBytes& subject,
                                                   const fs::path& allowed, const std::string& name,
                                                   Revoked revoked) const {
  ProgramCall call;
  call.input = subject.bytes;
  std::vector<std::string> arguments{"verify",
                                     "-f",
                                     allowed.string(),
                                     "-I",
                                     name,
                                     "-n",
                                     std::string(subject.name_space),
                                     "-s",
                                     signature_file().string(),
                                     verify_time(time)};
  if (files.revoked_keys && revoked == Revoked::counts)
    arguments.insert(arguments.end(), {"-r", revoked_file().string()});
  return run_ssh_keygen(call, std::move(arguments));
}

Result<SignatureVerdict> SignatureChecker::Judge::check(const SignedBytes& subject) {
  const auto signature = read_ssh_signature(subject.signature);
  if (!signature)
    return SignatureVerdict(NoSigner{"what should be a signature is none of ssh-keygen's"});
  if (signature->name_space != subject.name_space) {
    return SignatureVerdict(NoSigner{fmt::format("the signature is for '{}', not for '{}'",
                                                 signature->name_space, subject.name_space)});
  }
  if (auto done = replace_file(signature_file(), subject.signature, Durability::relaxed); !done)
    return std::move(done).error();
  const auto known = lines_of(*signature);
  if (!known) return known.error();
  for (const Line& line : **known) {
    for (const std::string& name : line.names) {
      const auto end = verify(subject, line.file, name, Revoked::counts);
      if (!end) return end.error();
      if (end->exit_code != 0) continue;
      Signer signer{name, {name}, fingerprint_in(end->out)};
      for (const Line& other : **known) {
        for (const std::string& more : other.names) {
          if (std::find(signer.names.begin(), signer.names.end(), more) == signer.names.end())
            signer.names.push_back(more);
        }
      }
      return SignatureVerdict(std::move(signer));
    }
  }
  return explain(subject, *signature, **known);
}

/// Whether what `revoked_keys` says of the key can be more than that the file cannot be read.
bool SignatureChecker::Judge::can_be_revoked(const SshSignature& signature) const {
  return files.revoked_keys->starts_with("SSHKRL") || signature.is_certified() ||
         files.revoked_keys->find(to_base64(signature.key)) != std::string::npos;
}

Result<std::string> SignatureChecker::Judge::reason_of(const SignedBytes& subject,
                                                       const Line& line) {
  for (const std::string& name : line.names) {
    const auto end = verify(subject, line.file, name, Revoked::is_ignored);
    if (!end) return end.error();
    // Nothing else was in its way.
    if (end->exit_code == 0) return fmt::format("of {} is revoked", name);
    if (auto reason = reason_in(end->err, subject.name_space); !reason.empty()) return reason;
  }
  if (line.has_patterns)
    return std::string("has a line with patterns alone: it must be written out whose key it is");
  if (auto reason = reason_in(line.said, subject.name_space); !reason.empty()) return reason;
  // Of a certificate without a name that fits ssh-keygen says more where any would.
  const fs::path anybody = folder.path() / "anybody";
  if (auto done = replace_file(anybody, fmt::format("* {}\n", line.rest), Durability::relaxed);
      !done)
    return std::move(done).error();
  const auto end = verify(subject, anybody, "anybody", Revoked::is_ignored);
  if (!end) return end.error();
  return reason_in(end->err, subject.name_space);
}

Result<SignatureVerdict> SignatureChecker::Judge::explain(const SignedBytes& subject,
                                                          const SshSignature& signature,
                                                          const std::vector<Line>& known) {
  const auto key = key_of_signature(subject);
  if (!key && key.error().code() == ErrorCode::invalid_input) {
    return SignatureVerdict(
        NoSigner{"the signature is of other bytes: they were changed after they were signed"});
  }
  if (!key) return key.error();
  for (const Line& line : known) {
    auto reason = reason_of(subject, line);
    if (!reason) return std::move(reason).error();
    if (reason->empty()) continue;
    if (reason->ends_with("is revoked") && !can_be_revoked(signature)) {
      return SignatureVerdict(
          NoSigner{"'revoked_keys' is neither a KRL nor a list of public keys, so no key counts"});
    }
    return SignatureVerdict(NoSigner{fmt::format("the key {} {}", *key, *reason)});
  }
  return SignatureVerdict(NoSigner{
      fmt::format("the key {} is not in 'allowed_signers'{}", *key,
                  signature.is_certified() ? ", nor is the authority of its certificate" : "")});
}

SignatureChecker::SignatureChecker(std::unique_ptr<Judge> judge) : judge_(std::move(judge)) {}
SignatureChecker::SignatureChecker(SignatureChecker&&) noexcept = default;
SignatureChecker& SignatureChecker::operator=(SignatureChecker&&) noexcept = default;
SignatureChecker::~SignatureChecker() = default;

Result<SignatureChecker> SignatureChecker::make(const SignerFiles& files, Timestamp time) {
  auto folder = TemporaryFolder::make(temporary_root(), "cemli-signers-");
  if (!folder) return std::move(folder).error();
  auto judge = std::make_unique<Judge>(Judge{files, time, *std::move(folder)});
  if (files.revoked_keys) {
    if (auto done = write_scratch_file(judge->revoked_file(), *files.revoked_keys, 0600); !done)
      return std::move(done).error();
  }
  return SignatureChecker(std::move(judge));
}

Result<SignatureVerdict> SignatureChecker::check(const SignedBytes& subject) {
  return judge_->check(subject);
}

Result<SignatureVerdict> check_signature(const SignedBytes& subject, const SignerFiles& files,
                                         Timestamp time) {
  auto checker = SignatureChecker::make(files, time);
  if (!checker) return std::move(checker).error();
  return checker->check(subject);
}

}  // namespace cemli
