#include <fmt/format.h>

#include <array>
#include <ostream>
#include <set>
#include <utility>

#include "reconciler/cli/commands/commands.h"
#include "reconciler/cli/diagnosis.h"
#include "reconciler/cli/doctor_checks.h"
#include "reconciler/cli/opening_stores.h"
#include "reconciler/cli/secret_sources.h"
#include "state/store/oci_vault.h"
#include "state/store/open_store.h"
#include "state/store/store_clock.h"

namespace cemli {
namespace {

constexpr std::chrono::seconds kPatience{10};

/// Looks at one thing after the other; what is wrong with one does not keep it from the others.
class Doctor {
 public:
  Doctor(const GlobalOptions& global, const DoctorCommand& command, StoreSurroundings surroundings)
      : global_(global), command_(command), surroundings_(std::move(surroundings)) {}

  Diagnosis run() {
    diagnosis_.environment = global_.environment;
    add(check_programs(global_));
    auto repository = look_at_repository();
    if (!global_.environment) {
      add(check_credential(S3Address{}, Missing::is_noted, surroundings_));
      add(check_credential(OciAddress{}, Missing::is_noted, surroundings_));
      return std::move(diagnosis_);
    }
    if (!repository) return std::move(diagnosis_);
    if (const auto file = read_file_of(*repository)) look_at_environment(*repository, *file);
    return std::move(diagnosis_);
  }

 private:
  void add(std::vector<Check> checks) {
    for (Check& check : checks) diagnosis_.checks.push_back(std::move(check));
  }
  void add(Check check) { diagnosis_.checks.push_back(std::move(check)); }

  std::optional<GitRepository> look_at_repository() {
    constexpr const char* kSubject = "repository";
    auto repository = open_repository(global_);
    if (!repository) {
      Check check = wrong_check(kSubject, "open", repository.error());
      if (!global_.environment) check.health = Health::note;
      add(std::move(check));
      return std::nullopt;
    }
    const auto root = repository->work_tree();
    add({kSubject, "work tree", Health::good, root ? root->string() : "none: it is bare"});
    if (auto head = repository->resolve_commit("HEAD")) {
      add({kSubject, "HEAD", Health::good, head->substr(0, 12)});
    } else {
      Check check = wrong_check(kSubject, "HEAD", head.error());
      check.hint = "plans and runs read commits: git commit";
      if (!global_.environment) check.health = Health::note;
      add(std::move(check));
    }
    return *std::move(repository);
  }

  /// As the working tree has it: what is not committed can be looked at, too.
  Result<EnvironmentFile> read_environment(const GitRepository& repository) const {
    if (repository.work_tree()) return read_working_environment(repository, *global_.environment);
    auto head = repository.resolve_commit("HEAD");
    if (!head) return std::move(head).error();
    return read_environment_at(repository, *head, *global_.environment);
  }

  std::optional<EnvironmentFile> read_file_of(const GitRepository& repository) {
    const std::string path = environment_path(*global_.environment);
    auto file = read_environment(repository);
    if (!file) {
      add(wrong_check("environment", path, file.error()));
      return std::nullopt;
    }
    Check check{"environment", path, Health::good, "can be read"};
    const auto head = repository.resolve_commit("HEAD");
    const auto differs = head ? repository.work_tree_differs(*head, path) : Result<bool>(false);
    if (differs && *differs) {
      check.health = Health::note;
      check.says = "differs from the commit, which is what counts";
      check.hint = fmt::format("git add {} && git commit", path);
    }
    add(std::move(check));
    return *std::move(file);
  }

  void look_at_environment(const GitRepository& repository, const EnvironmentFile& file) {
    const auto addresses = find_store_addresses(repository, file);
    if (!addresses) return add(wrong_check("environment", "stores", addresses.error()));
    if (command_.role != Role::planner) {
      // The probe's object is no more for Git than a run's record is.
      if (auto kept = keep_out_of_git(repository, file); !kept)
        return add(wrong_check("environment", "stores", kept.error()));
    }
    const std::array<std::pair<StoreKind, const StoreAddress*>, 3> stores{
        {{StoreKind::packages, &addresses->packages},
         {StoreKind::results, &addresses->results},
         {StoreKind::state, &addresses->state}}};
    look_at_credentials(stores);
    for (const auto& [kind, address] : stores) look_at_store(kind, *address);
    look_at_secrets(repository, file, addresses->state);
  }

  template <typename Stores>
  void look_at_credentials(const Stores& stores) {
    std::set<std::string> seen;
    for (const auto& [kind, address] : stores) {
      if (need_of(command_.role, kind) == StoreNeed::nothing) continue;
      for (Check& check : check_credential(*address, Missing::is_wrong, surroundings_)) {
        if (check.health == Health::wrong) without_credential_.insert(kind);
        if (seen.insert(check.name + check.says).second) add(std::move(check));
      }
    }
  }

  void look_at_store(StoreKind kind, const StoreAddress& address) {
    const std::string subject = fmt::format("{} store", word_of(kind));
    const StoreNeed need = need_of(command_.role, kind);
    add({subject, "address", Health::good, format_store_address(address)});
    if (need == StoreNeed::nothing)
      return add({subject, "access", Health::untried, "not needed for this role"});
    if (without_credential_.contains(kind))
      return add({subject, "access", Health::untried, "not tried without a credential"});
    const auto store = open_store(address, surroundings_, {kPatience, kPatience});
    if (!store) return add(wrong_check(subject, "open", store.error()));
    if (!std::holds_alternative<FolderAddress>(address)) {
      add(judge_clock(subject, ask_clock_lead(address, surroundings_),
                      accepted_clock_lead(address)));
    }
    add(judge_store(subject, need, probe_store(**store, probing_for(command_.role))));
  }

  /// Only who runs steps needs them.
  void look_at_secrets(const GitRepository& repository, const EnvironmentFile& file,
                       const StoreAddress& state) {
    if (command_.role != Role::executor || file.secrets.empty()) return;
    auto root = repository.main_work_tree();
    if (!root) return add(wrong_check("secrets", "all", root.error()));
    const auto vault = make_vault(surroundings_, state);
    for (const auto& [name, source] : file.secrets) {
      const auto read = read_secrets(file.secrets, {name}, {*root, *vault});
      if (!read) {
        add(wrong_check("secrets", name, read.error()));
        continue;
      }
      add({"secrets", name, Health::good,
           "can be read: " + secret_references(file.secrets, read->versions).at(name)});
    }
  }

  const GlobalOptions& global_;
  const DoctorCommand& command_;
  const StoreSurroundings surroundings_;
  Diagnosis diagnosis_;
  std::set<StoreKind> without_credential_;
};

}  // namespace

Result<ExitStatus> run_command(const GlobalOptions& global, const DoctorCommand& command,
                               Streams& streams) {
  auto surroundings = make_surroundings(kPatience, global.auth);
  if (!surroundings) return std::move(surroundings).error();
  const Diagnosis diagnosis = Doctor(global, command, *std::move(surroundings)).run();
  streams.out << (command.output == Output::json ? doctor_json(diagnosis)
                                                 : doctor_text(diagnosis, streams.out_style));
  return diagnosis.is_well() ? ExitStatus::done : ExitStatus::error;
}

}  // namespace cemli
