#include "reconciler/cli/commands/request_planning.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "reconciler/cli/commands/planning.h"
#include "reconciler/desired/lock_memory.h"
#include "reconciler/desired/merged_tree.h"

namespace cemli {
namespace {

using Names = std::set<std::string>;

constexpr std::string_view kFolder = "environments";

/// The files of a request: of the base, and as merging leaves them.
struct RequestFiles {
  std::string base_commit;
  std::string head_commit;
  /// The newest commit that both come from.
  std::string ancestor_commit;
  std::shared_ptr<const FileTree> ancestor = nullptr;
  std::shared_ptr<const FileTree> base = nullptr;
  std::shared_ptr<const FileTree> head = nullptr;
  /// As merging leaves them: the head, where that has all that the base has.
  std::shared_ptr<const FileTree> after = nullptr;
};

Result<RequestFiles> read_files(const GitRepository& repository, const MergeRevisions& revisions) {
  auto base = repository.resolve_commit(revisions.base);
  if (!base) return std::move(base).error().while_doing("--base");
  auto head = repository.resolve_commit(revisions.head);
  if (!head) return std::move(head).error().while_doing("--head");
  auto ancestor = repository.merge_base(*base, *head);
  if (!ancestor) return std::move(ancestor).error();
  RequestFiles files{*std::move(base), *std::move(head), *std::move(ancestor)};
  for (const auto& [tree, commit] :
       {std::pair(&files.ancestor, &files.ancestor_commit),
        std::pair(&files.base, &files.base_commit), std::pair(&files.head, &files.head_commit)}) {
    auto opened = repository.files_at(*commit);
    if (!opened) return std::move(opened).error();
    *tree = *std::move(opened);
  }
  files.after = files.ancestor_commit == files.base_commit
                    ? files.head
                    : make_merged_tree({files.ancestor, files.base, files.head});
  return files;
}

/// The environment that a file of the folder belongs to; nothing where it is none's.
std::optional<std::string> environment_of(std::string_view file) {
  for (const std::string_view ending : {".lock.json", ".yaml"}) {
    if (!file.ends_with(ending)) continue;
    std::string name(file.substr(0, file.size() - ending.size()));
    if (is_name(name)) return name;
  }
  return std::nullopt;
}

Result<Names> names_of_environments(const FileTree& files) {
  const auto all = environments_in(files);
  if (!all) return all.error();
  return Names(all->begin(), all->end());
}

/// Who may sign goes for all of them.
Names touched_by(const std::vector<std::string>& changed, const Names& before, const Names& after) {
  Names touched;
  for (const std::string& file : changed) {
    if (file == "allowed_signers" || file == "revoked_keys") {
      touched.insert(after.begin(), after.end());
    } else if (auto name = environment_of(file);
               name && (before.contains(*name) || after.contains(*name))) {
      touched.insert(*std::move(name));
    }
  }
  return touched;
}

/// Plans environments as a request leaves them, beside what they are without it.
class RequestPlanner {
 public:
  RequestPlanner(const GlobalOptions& options, const GitRepository& repository,
                 const RequestFiles& files, Streams& streams)
      : options_(options), repository_(repository), files_(files), streams_(streams) {}

  void plan(RequestedEnvironment& requested) {
    auto planned = plan_both(requested);
    if (planned) {
      requested.outcome = *std::move(planned);
    } else {
      requested.outcome = std::move(planned).error();
    }
  }

 private:
  Result<RequestPlan> plan_both(RequestedEnvironment& requested) {
    auto reading = read_environment(files_.after, requested.environment, cache_, &locks_);
    if (!reading) return std::move(reading).error();
    auto context = open_environment_of(options_, repository_, *std::move(reading));
    if (!context) return std::move(context).error();
    auto planning = plan_environment(*context, {}, streams_);
    if (!planning) return std::move(planning).error();
    if (requested.is_new) return make_request_plan(nullptr, std::move(planning->plan));
    auto base = plan_base(*context, *planning);
    if (base) return make_request_plan(&*base, std::move(planning->plan));
    requested.notes.push_back(
        "what was pending without the request cannot be told, so all of it counts as its own: " +
        base.error().message());
    return make_request_plan(nullptr, std::move(planning->plan));
  }

  /// On the same reading of the same stores.
  Result<Plan> plan_base(EnvironmentContext& context, Planning& planning) {
    auto reading = read_environment(files_.base, context.settings.environment, cache_, &locks_);
    if (!reading) return std::move(reading).error();
    if (reading->settings.stores != context.settings.stores)
      return Error(ErrorCode::conflict, "the request moves the environment to other stores");
    context.settings = std::move(reading->settings);
    context.source = std::move(reading->source);
    context.commit = files_.base_commit;
    auto desired = load_desired(context);
    if (!desired) return std::move(desired).error();
    return plan_instead(context, *desired, planning);
  }

  const GlobalOptions& options_;
  const GitRepository& repository_;
  const RequestFiles& files_;
  Streams& streams_;
  DesiredCache cache_ = desired_cache();
  LockMemory locks_;
};

Error no_environments(const FileTree& files) {
  return Error(ErrorCode::not_found,
               fmt::format("there is no environment: no file '{}/NAME.yaml' in {}", kFolder,
                           files.description()))
      .with_hint("--head must name a commit of the repository that holds the environments");
}

}  // namespace

Result<ChangeRequest> plan_request(const GlobalOptions& options, const GitRepository& repository,
                                   const MergeRevisions& revisions, Streams& streams) {
  auto files = read_files(repository, revisions);
  if (!files) return std::move(files).error();
  const auto before = names_of_environments(*files->base);
  if (!before) return Error(before.error());
  const auto after = names_of_environments(*files->after);
  if (!after) return Error(after.error());
  if (after->empty()) return no_environments(*files->after);
  const auto changed =
      repository.changed_names(files->ancestor_commit, files->head_commit, std::string(kFolder));
  if (!changed) return Error(changed.error());
  const std::optional<std::string>& only = options.environment;
  if (only && !before->contains(*only) && !after->contains(*only)) {
    return Error(ErrorCode::not_found, fmt::format("no '{}' in {}", environment_path(*only),
                                                   files->after->description()));
  }
  ChangeRequest request{revisions.base, files->base_commit, revisions.head, files->head_commit};
  RequestPlanner planner(options, repository, *files, streams);
  for (const std::string& name : touched_by(*changed, *before, *after)) {
    if (only && name != *only) continue;
    RequestedEnvironment requested{name, !before->contains(name), RequestedEnvironment::Removed{}};
    if (after->contains(name)) planner.plan(requested);
    request.environments.push_back(std::move(requested));
  }
  const std::size_t all = only ? 1 : after->size();
  const auto there = static_cast<std::size_t>(
      std::count_if(request.environments.begin(), request.environments.end(),
                    [&](const auto& one) { return after->contains(one.environment); }));
  request.untouched = all > there ? all - there : 0;
  return request;
}

}  // namespace cemli
