#include "reconciler/desired/commit_signatures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "reconciler/desired/git_verdicts.h"
#include "state/base/signature_checker.h"
#include "state/base/sshsig.h"

namespace cemli {
namespace {

SignatureVerdict nobody(std::string why) {
  return NoSigner{std::move(why)};
}

/// Higher means more.
std::size_t rank_of(std::string_view trust) {
  constexpr std::array<std::string_view, 5> kLevels{"undefined", "never", "marginal", "fully",
                                                    "ultimate"};
  return static_cast<std::size_t>(std::find(kLevels.begin(), kLevels.end(), trust) -
                                  kLevels.begin());
}

/// Why git does not accept a signature; nothing where it does.
std::optional<std::string> git_objection(const GitVerdict& verdict) {
  switch (verdict.status) {
    case 'G':
    case 'U':
      return std::nullopt;
    case 'B':
      return "the signature is of other bytes: they were changed after they were signed";
    case 'X':
      return "the signature has expired";
    case 'Y':
      return fmt::format("the key {} has expired", verdict.key);
    case 'R':
      return fmt::format("the key {} is revoked", verdict.key);
    case 'E':
      return "the key that made the signature is not in the keyring, or gpg is not there";
    default:
      return "git finds no signature that it could check";
  }
}

/// The e-mail address in `Name <name@example.com>`.
std::string address_in(const std::string& owner) {
  const std::size_t begin = owner.rfind('<');
  const std::size_t end = owner.rfind('>');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return owner;
  return owner.substr(begin + 1, end - begin - 1);
}

SignatureVerdict judge_openpgp(const GitVerdict& verdict, std::string_view least) {
  if (auto objection = git_objection(verdict)) return nobody(*std::move(objection));
  if (verdict.trust == "never")
    return nobody(fmt::format("the keyring says never to trust the key {}", verdict.key));
  if (!least.empty() && rank_of(verdict.trust) < rank_of(least)) {
    return nobody(fmt::format("the key {} has trust '{}', and 'gpg.minTrustLevel' wants '{}'",
                              verdict.key, verdict.trust, least));
  }
  std::string address = address_in(verdict.signer);
  return Signer{address, {address}, "openpgp:" + verdict.key};
}

/// A signed commit that git is asked for.
struct SignedCommit {
  std::size_t place;
  /// The SSH key that its signature names; nothing of an OpenPGP signature.
  std::optional<std::string> ssh_key;
};

/// Commits, and what can be said of them without git.
struct Judgement {
  std::vector<SignatureVerdict> verdicts;
  std::vector<SignedCommit> open = {};
};

Result<Judgement> judge_alone(const GitRepository& repository,
                              std::span<const std::string> commits) {
  Judgement judgement{std::vector<SignatureVerdict>(commits.size())};
  for (std::size_t i = 0; i < commits.size(); ++i) {
    SignatureVerdict& verdict = judgement.verdicts[i];
    const auto signature = repository.signature_of(commits[i]);
    if (!signature) return signature.error();
    if (!*signature) {
      verdict = NoSigner{"it is not signed"};
    } else if (const auto ssh = read_ssh_signature((*signature)->signature)) {
      judgement.open.push_back({i, ssh->key});
    } else if ((*signature)->signature.starts_with("-----BEGIN PGP ")) {
      judgement.open.push_back({i, std::nullopt});
    } else {
      verdict = NoSigner{"its signature is neither of SSH nor of OpenPGP"};
    }
  }
  return judgement;
}

/// Judges commits that were signed with SSH keys, by what git says and by the present time.
class SshJudge {
 public:
  SshJudge(const GitRepository& repository, SignatureChecker checker)
      : repository_(repository), checker_(std::move(checker)) {}

  Result<SignatureVerdict> judge(const std::string& commit, const std::string& key,
                                 const GitVerdict& said) {
    auto now = present_verdict(commit, key, said);
    if (!now) return std::move(now).error().while_doing("commit " + commit);
    const auto* const signer = std::get_if<Signer>(&*now);
    if (signer == nullptr) return now;
    if (auto objection = git_objection(said)) return nobody(*std::move(objection));
    // Good, and by a key that counted for nobody then.
    if (said.status == 'U')
      return nobody(fmt::format("the key {} was not valid at the commit's own time", signer->key));
    if (said.key != signer->key) {
      return nobody(fmt::format("git sees a signature of the key {}, and there is one of {}",
                                said.key, signer->key));
    }
    return now;
  }

 private:
  /// Where git has found the signature good, what is left to be said is of its key alone.
  Result<SignatureVerdict> present_verdict(const std::string& commit, const std::string& key,
                                           const GitVerdict& said) {
    const bool is_good = said.status == 'G' || said.status == 'U';
    if (const auto known = keys_.find(key); is_good && known != keys_.end()) return known->second;
    const auto signature = repository_.signature_of(commit);
    if (!signature) return signature.error();
    if (!*signature) return nobody("it is not signed");
    auto verdict = checker_.check({(*signature)->bytes, (*signature)->signature, kCommitNamespace});
    if (verdict && is_good) keys_.emplace(key, *verdict);
    return verdict;
  }

  const GitRepository& repository_;
  SignatureChecker checker_;
  std::map<std::string, SignatureVerdict> keys_;
};

}  // namespace

Result<std::vector<SignatureVerdict>> judge_commits(const GitRepository& repository,
                                                    std::span<const std::string> commits,
                                                    const SignerFiles& signers, Timestamp now) {
  auto judgement = judge_alone(repository, commits);
  if (!judgement) return std::move(judgement).error();
  std::vector<std::string> asked;
  bool has_openpgp = false;
  for (const SignedCommit& commit : judgement->open) {
    asked.push_back(commits[commit.place]);
    has_openpgp = has_openpgp || !commit.ssh_key;
  }
  const auto answers = ask_git(repository.git_folder(), asked, signers);
  if (!answers) return answers.error();
  auto least = has_openpgp ? least_trust(repository.git_folder()) : Result<std::string>("");
  if (!least) return std::move(least).error();
  auto checker = SignatureChecker::make(signers, now);
  if (!checker) return std::move(checker).error();
  SshJudge ssh(repository, *std::move(checker));
  for (const auto& [place, ssh_key] : judgement->open) {
    const auto answer = answers->find(commits[place]);
    const GitVerdict said = answer == answers->end() ? GitVerdict() : answer->second;
    if (!ssh_key) {
      judgement->verdicts[place] = judge_openpgp(said, *least);
      continue;
    }
    auto verdict = ssh.judge(commits[place], *ssh_key, said);
    if (!verdict) return std::move(verdict).error();
    judgement->verdicts[place] = *std::move(verdict);
  }
  return std::move(judgement->verdicts);
}

}  // namespace cemli
