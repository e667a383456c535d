#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "state/base/file.h"
#include "tests/cli/command.h"

namespace cemli::test {

/// A package to publish. Its scripts know the folder for their effects as `$E`.
struct PackageSource {
  std::string name;
  std::string version = "1.0.0";
  /// The body of `steps/run.sh`.
  std::string run = ":";
  /// Members of the manifest beside name, version and type.
  nlohmann::json manifest = nlohmann::json::object();
  /// More files by path; the scripts among them (`steps/*.sh`) know `$E`, too.
  std::map<std::string, std::string> files = {};
};

/// A world of its own for cemli: a Git repository with the environment `dev`, and folders for its
/// user's home, its temporary files and what steps leave.
class Sandbox {
 public:
  Sandbox();

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  [[nodiscard]] std::filesystem::path repository() const { return root_ / "repository"; }
  /// Where steps leave their effects: `$E`.
  [[nodiscard]] std::filesystem::path effects() const { return root_ / "effects"; }
  /// The embedded store of packages, results and state.
  [[nodiscard]] std::filesystem::path store() const { return repository() / ".cemli"; }
  /// What commands see as environment variables.
  std::map<std::string, std::string>& environment() { return environment_; }

  /// Writes a file of the repository.
  void write(const std::filesystem::path& path, std::string_view text) const;
  /// Runs git in the repository, which must succeed. Returns what it printed, without line's end.
  std::string git(const std::vector<std::string>& arguments);
  /// Commits all there is. Returns the commit's id.
  std::string commit(const std::string& message = "Change");

  /// Writes a package's folder outside the repository. Returns its path.
  [[nodiscard]] std::filesystem::path write_package(const PackageSource& source) const;
  void publish(const std::vector<PackageSource>& sources);
  /// Commits an environment file that desires `packages` (YAML lines, indented by the caller where
  /// they are nested), with `head` (more top-level lines) before them.
  void desire(const std::string& packages, const std::string& head = "");
  /// Publishes the packages and desires them all, without parameters.
  void publish_and_desire(const std::vector<PackageSource>& sources, const std::string& head = "");

  /// How a command is started; `words` are separated by single spaces.
  [[nodiscard]] Invocation invocation(const std::vector<std::string>& arguments);
  [[nodiscard]] Command start(const std::string& words);
  /// Runs cemli, which must exit with `exit_code`.
  Ended cemli(int exit_code, const std::string& words);
  Ended cemli(int exit_code, const std::vector<std::string>& arguments);
  /// Runs cemli, which must exit with 0, and parses what it printed.
  [[nodiscard]] nlohmann::json json_of(const std::string& words);

  /// All events of the log, each with its entry's number as `seq`.
  [[nodiscard]] std::vector<nlohmann::json> events() const;
  [[nodiscard]] std::vector<nlohmann::json> events(const std::string& type) const;
  /// An address's status, as `state list --json` tells it; empty where there is none.
  [[nodiscard]] std::string status_of(const std::string& address);
  /// The evidence of an address's last attempt in the last run.
  [[nodiscard]] nlohmann::json evidence_of(const std::string& address);

  /// The lines of an effects file; none where it does not exist.
  [[nodiscard]] std::vector<std::string> effect(const std::string& name) const;
  [[nodiscard]] bool has_effect(const std::string& name) const;
  /// The living processes that were started as steps here, or by them.
  [[nodiscard]] std::vector<pid_t> step_processes() const;
  /// The folder's files by path, with their bytes.
  [[nodiscard]] static std::map<std::string, std::string> contents(
      const std::filesystem::path& folder);

 private:
  TemporaryFolder folder_;
  std::filesystem::path root_;
  std::map<std::string, std::string> environment_;
  int commands_ = 0;
};

/// The words between single spaces.
[[nodiscard]] std::vector<std::string> split_words(const std::string& text, char separator = ' ');

/// Processes that carry `name=value` in the environment they were started with.
[[nodiscard]] std::vector<pid_t> processes_with(const std::string& name, const std::string& value);

}  // namespace cemli::test
