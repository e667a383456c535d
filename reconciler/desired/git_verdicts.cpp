#include "reconciler/desired/git_verdicts.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "reconciler/desired/git_program.h"
#include "state/base/ascii.h"
#include "state/base/file.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

using Verdicts = std::map<std::string, GitVerdict>;

/// How many commits one git is asked for: enough to be worth its start, and few enough for what is
/// printed of them to be kept.
constexpr std::size_t kFewest = 16;
constexpr std::size_t kMost = 1024;
/// With NUL behind each.
constexpr const char* kFields = "--format=tformat:%H%x00%G?%x00%GF%x00%GP%x00%GS";
constexpr std::size_t kFieldCount = 5;

/// `verify-commit` of several commits does not say which of them it speaks of; `log` checks them in
/// the same way, and does.
std::vector<std::string> arguments_for(const fs::path& git_folder, const fs::path& signers) {
  return {"--git-dir=" + git_folder.string(),
          "--no-replace-objects",
          "-c",
          "gpg.ssh.program=ssh-keygen",
          "-c",
          "gpg.ssh.allowedSignersFile=" + (signers / "allowed_signers").string(),
          "-c",
          "gpg.ssh.revocationFile=" + (signers / "revoked_keys").string(),
          "log",
          "-z",
          "--no-walk=unsorted",
          "--no-show-signature",
          "--no-notes",
          "--no-color",
          "--stdin",
          kFields};
}

Result<void> read_verdicts(std::string_view out, Verdicts& verdicts) {
  std::vector<std::string> fields;
  while (!out.empty()) {
    fields.emplace_back(take_until(out, '\0'));
    if (fields.size() < kFieldCount) continue;
    const bool is_openpgp = !fields[3].empty();
    verdicts[fields[0]] = {fields[1].empty() ? 'N' : fields[1].front(),
                           is_openpgp ? fields[3] : fields[2], fields[4]};
    fields.clear();
  }
  if (fields.empty()) return {};
  return Error(ErrorCode::unavailable, "what git says of signatures cannot be read");
}

Error git_failed(const ProgramEnd& end, std::string_view what) {
  const std::string_view said = trimmed(end.err);
  return {ErrorCode::unavailable,
          fmt::format("{}: {}", what, said.empty() ? "git said nothing" : said)};
}

Result<Verdicts> ask_one_git(std::vector<std::string> arguments,
                             std::span<const std::string> commits) {
  std::string ids;
  for (const std::string& id : commits) ids += id + "\n";
  ProgramCall call = git_call(std::move(arguments));
  call.variables.emplace_back("TZ", "UTC");
  call.input = ids;
  const auto end = run_program(call);
  if (!end) return end.error();
  if (end->exit_code != 0) return git_failed(*end, "checking the signatures of commits");
  Verdicts verdicts;
  if (auto read = read_verdicts(end->out, verdicts); !read) return std::move(read).error();
  return verdicts;
}

Result<bool> are_trusted(const fs::path& git_folder, std::span<const std::string> commits) {
  std::vector<std::string> arguments{"--git-dir=" + git_folder.string(), "--no-replace-objects",
                                     "verify-commit", "--raw"};
  arguments.insert(arguments.end(), commits.begin(), commits.end());
  const auto end = run_program(git_call(std::move(arguments)));
  if (!end) return end.error();
  return end->exit_code == 0 && end->err.find("[GNUPG:] TRUST_NEVER") == std::string::npos;
}

}  // namespace

Result<Verdicts> ask_git(const fs::path& git_folder, std::span<const std::string> commits,
                         const SignerFiles& signers) {
  Verdicts verdicts;
  if (commits.empty()) return verdicts;
  auto folder = TemporaryFolder::make(temporary_root(), "cemli-signers-");
  if (!folder) return std::move(folder).error();
  // Without one, git would take the user's own.
  const std::pair<const char*, std::string_view> files[] = {
      {"allowed_signers", signers.allowed_signers},
      {"revoked_keys", signers.revoked_keys ? std::string_view(*signers.revoked_keys) : ""}};
  for (const auto& [name, bytes] : files) {
    if (auto done = write_scratch_file(folder->path() / name, bytes, 0600); !done)
      return std::move(done).error();
  }
  // Nearly all the time goes into the programs that git starts for each commit, one after the
  // other.
  const std::size_t at_once = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t share = std::clamp((commits.size() + at_once - 1) / at_once, kFewest, kMost);
  for (std::size_t at = 0; at < commits.size();) {
    std::vector<std::future<Result<Verdicts>>> answers;
    for (; at < commits.size() && answers.size() < at_once; at += share) {
      answers.push_back(std::async(std::launch::async, ask_one_git,
                                   arguments_for(git_folder, folder->path()),
                                   commits.subspan(at, std::min(share, commits.size() - at))));
    }
    std::optional<Error> failure;
    for (auto& answer : answers) {
      auto some = answer.get();
      if (some) {
        verdicts.merge(*some);
      } else {
        failure = std::move(some).error();
      }
    }
    if (failure) return *std::move(failure);
  }
  return verdicts;
}

Result<std::set<std::string>> find_distrusted(const fs::path& git_folder,
                                              std::span<const std::string> commits) {
  std::set<std::string> distrusted;
  for (std::size_t at = 0; at < commits.size(); at += kMost) {
    const auto some = commits.subspan(at, std::min(kMost, commits.size() - at));
    const auto all = are_trusted(git_folder, some);
    if (!all) return all.error();
    if (*all) continue;
    // Of which it does not say.
    for (const std::string& id : some) {
      const auto alone = are_trusted(git_folder, std::span(&id, 1));
      if (!alone) return alone.error();
      if (!*alone) distrusted.insert(id);
    }
  }
  return distrusted;
}

Result<bool> wants_trust(const fs::path& git_folder) {
  const auto end = run_program(
      git_call({"--git-dir=" + git_folder.string(), "config", "--get", "gpg.minTrustLevel"}));
  if (!end) return end.error();
  // 1: it is not set.
  if (end->exit_code > 1) return git_failed(*end, "reading 'gpg.minTrustLevel'");
  return end->exit_code == 0;
}

}  // namespace cemli
