#include "reconciler/desired/commit_signatures.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "reconciler/desired/git_verdicts.h"
#include "state/base/signature_checker.h"
#include "state/base/sshsig.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

SignatureVerdict nobody(std::string why) {
  return NoSigner{std::move(why)};
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

SignatureVerdict judge_openpgp(const GitVerdict& verdict) {
  if (auto objection = git_objection(verdict)) return nobody(*std::move(objection));
  std::string address = address_in(verdict.signer);
  return Signer{address, {address}, "openpgp:" + verdict.key};
}

/// Takes the word back of those that this user trusts too little.
Result<void> drop_distrusted(const fs::path& git_folder, std::span<const std::string> commits,
                             const std::map<std::string, GitVerdict>& said,
                             const std::vector<std::size_t>& openpgp,
                             std::vector<SignatureVerdict>& verdicts) {
  if (openpgp.empty()) return {};
  const auto strict = wants_trust(git_folder);
  if (!strict) return strict.error();
  std::vector<std::string> doubtful;
  for (const std::size_t place : openpgp) {
    const bool is_good = std::holds_alternative<Signer>(verdicts[place]);
    if (is_good && (*strict || said.at(commits[place]).status == 'U'))
      doubtful.push_back(commits[place]);
  }
  const auto distrusted = find_distrusted(git_folder, doubtful);
  if (!distrusted) return distrusted.error();
  for (const std::size_t place : openpgp) {
    if (!distrusted->contains(commits[place])) continue;
    verdicts[place] = nobody(
        fmt::format("the keyring trusts the key {} less than 'gpg.minTrustLevel' wants, or never",
                    said.at(commits[place]).key));
  }
  return {};
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
  for (const SignedCommit& commit : judgement->open) asked.push_back(commits[commit.place]);
  const auto answers = ask_git(repository.git_folder(), asked, signers);
  if (!answers) return answers.error();
  auto checker = SignatureChecker::make(signers, now);
  if (!checker) return std::move(checker).error();
  SshJudge ssh(repository, *std::move(checker));
  std::vector<std::size_t> openpgp;
  for (const auto& [place, ssh_key] : judgement->open) {
    const auto answer = answers->find(commits[place]);
    const GitVerdict said = answer == answers->end() ? GitVerdict() : answer->second;
    if (!ssh_key) {
      judgement->verdicts[place] = judge_openpgp(said);
      openpgp.push_back(place);
      continue;
    }
    auto verdict = ssh.judge(commits[place], *ssh_key, said);
    if (!verdict) return std::move(verdict).error();
    judgement->verdicts[place] = *std::move(verdict);
  }
  if (auto done =
          drop_distrusted(repository.git_folder(), commits, *answers, openpgp, judgement->verdicts);
      !done)
    return std::move(done).error();
  return std::move(judgement->verdicts);
}

}  // namespace cemli
