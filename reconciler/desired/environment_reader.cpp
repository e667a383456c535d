#include "reconciler/desired/environment_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "reconciler/desired/policy_reader.h"
#include "state/base/address.h"

namespace cemli {
namespace {

using Kind = YamlEvent::Kind;

/// What may stand behind a key.
enum class Shape { scalar, mapping, list };
using KnownKeys = std::map<std::string_view, Shape>;

const KnownKeys& root_keys() {
  static const KnownKeys keys{{"format", Shape::scalar},      {"environment", Shape::scalar},
                              {"description", Shape::scalar}, {"stores", Shape::mapping},
                              {"lease", Shape::scalar},       {"parameters", Shape::mapping},
                              {"packages", Shape::mapping},   {"assume_idempotent", Shape::scalar},
                              {"track", Shape::scalar},       {"promote_from", Shape::scalar},
                              {"runner", Shape::mapping},     {"secrets", Shape::mapping},
                              {"policy", Shape::mapping}};
  return keys;
}

const KnownKeys& store_keys() {
  static const KnownKeys keys{
      {"packages", Shape::scalar}, {"results", Shape::scalar}, {"state", Shape::scalar}};
  return keys;
}

const KnownKeys& runner_keys() {
  static const KnownKeys keys{
      {"pass", Shape::list}, {"set", Shape::mapping}, {"home", Shape::scalar}};
  return keys;
}

const KnownKeys& package_keys() {
  static const KnownKeys keys{{"version", Shape::scalar},
                              {"parameters", Shape::mapping},
                              {"assume_idempotent", Shape::scalar},
                              {"instances", Shape::mapping}};
  return keys;
}

std::vector<std::string> names_of(const KnownKeys& known) {
  std::vector<std::string> names;
  for (const auto& key : known) names.emplace_back(key.first);
  return names;
}

std::string_view shown(Kind kind) {
  return kind == Kind::list_start ? "a list" : "a mapping";
}

}  // namespace

EnvironmentReader::EnvironmentReader(std::string_view file) {
  result_.file = file;
}

void EnvironmentReader::take(const YamlEvent& event) {
  if (policy_depth_ > 0) return take_policy(event);
  switch (event.kind) {
    case Kind::mapping_start:
    case Kind::list_start:
      return open(event);
    case Kind::mapping_end:
    case Kind::list_end:
      return close();
    case Kind::key: {
      Frame& frame = frames_.back();
      frame.key = event.text;
      frame.key_at = event.at;
      frame.has_keys = true;
      frame.drops_value = !accepts_key(frame.section, event);
      return;
    }
    case Kind::plain:
    case Kind::quoted:
    case Kind::null:
      return take_scalar(event);
  }
}

void EnvironmentReader::problem(TextPosition at, std::string what) {
  static const std::set<std::string_view> kOfRecord{"format", "environment", "stores"};
  record_in_doubt_ = record_in_doubt_ || frames_.empty() || kOfRecord.contains(frames_.front().key);
  problems_.push_back({at, std::move(what)});
}

bool EnvironmentReader::accepts_key(Section section, const YamlEvent& event) {
  const KnownKeys* known = nullptr;
  switch (section) {
    case Section::root:
      root_keys_.insert(event.text);
      known = &root_keys();
      break;
    case Section::stores:
      store_keys_.insert(event.text);
      known = &store_keys();
      break;
    case Section::runner:
      known = &runner_keys();
      break;
    case Section::package:
      known = &package_keys();
      break;
    default:
      return accepts_name(section, event);
  }
  if (known->contains(event.text)) return true;
  problem(event.at, unknown_key(event.text, names_of(*known)));
  // It may be a misspelt 'stores'.
  record_in_doubt_ = record_in_doubt_ || section == Section::root;
  return false;
}

bool EnvironmentReader::accepts_name(Section section, const YamlEvent& event) {
  const std::string& name = event.text;
  switch (section) {
    case Section::packages:
      if (is_name(name)) return true;
      problem(event.at, Address::make(name, std::nullopt).error().message());
      return false;
    case Section::parameters:
    case Section::package_parameters:
    case Section::instance:
      if (is_parameter_name(name)) return true;
      problem(event.at, fmt::format("'{}' is not a parameter name: lower-case letters, digits and "
                                    "'_', at most 63, a letter first",
                                    name));
      return false;
    case Section::instances:
      if (is_instance(name)) return true;
      problem(event.at, fmt::format("'{}' is not an instance's name: letters, digits, '_' and "
                                    "'-', at most 32",
                                    name));
      return false;
    case Section::secrets:
      if (is_secret_name(name)) return true;
      problem(event.at, fmt::format("'{}' is not a secret's name: letters, digits and '_', at "
                                    "most 63, a letter first",
                                    name));
      return false;
    case Section::runner_set:
      return accepts_variable(name, event.at);
    default:
      return false;
  }
}

bool EnvironmentReader::accepts_variable(const std::string& name, TextPosition at) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const bool is_valid = !name.empty() && is_letter(name.front()) &&
                        std::all_of(name.begin(), name.end(),
                                    [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
  if (!is_valid) {
    problem(at, fmt::format("'{}' is not the name of an environment variable", name));
  } else if (name.starts_with("CEMLI_")) {
    problem(at, fmt::format("'{}': cemli alone says what a variable of this name is", name));
  } else if (name == "HOME") {
    problem(at, "'HOME' is what 'home' says: private or inherit");
  } else {
    return true;
  }
  return false;
}

void EnvironmentReader::open(const YamlEvent& event) {
  Section section = Section::ignored;
  if (!frames_.empty()) {
    section = section_below(frames_.back(), event);
  } else if (event.kind == Kind::mapping_start) {
    section = Section::root;
  } else {
    problem(event.at, "an environment file is a mapping, not a list");
  }
  if (section == Section::policy) return take_policy(event);
  frames_.push_back({section, event.at});
}

void EnvironmentReader::take_policy(const YamlEvent& event) {
  policy_events_.push_back(event);
  if (event.kind == Kind::mapping_start || event.kind == Kind::list_start) ++policy_depth_;
  if (event.kind == Kind::mapping_end || event.kind == Kind::list_end) --policy_depth_;
  if (policy_depth_ == 0) finish_policy();
}

void EnvironmentReader::finish_policy() {
  const auto sink = [this](TextPosition at, std::string what) { problem(at, std::move(what)); };
  WrittenPolicy written = read_policy(std::exchange(policy_events_, {}), rules_to_come(), sink);
  result_.policy = std::move(written.policy);
  promoted_at_ = written.promoted_at;
}

EnvironmentReader::Section EnvironmentReader::section_below(const Frame& frame,
                                                            const YamlEvent& event) {
  using Place = std::pair<Section, std::string_view>;
  static const std::map<Place, Section> kMappings{
      {{Section::root, "stores"}, Section::stores},
      {{Section::root, "parameters"}, Section::parameters},
      {{Section::root, "runner"}, Section::runner},
      {{Section::root, "secrets"}, Section::secrets},
      {{Section::root, "packages"}, Section::packages},
      {{Section::runner, "set"}, Section::runner_set},
      {{Section::package, "parameters"}, Section::package_parameters},
      {{Section::package, "instances"}, Section::instances}};
  if (frame.section == Section::ignored || frame.drops_value) return Section::ignored;
  if (frame.section == Section::parameter_list || frame.section == Section::runner_pass) {
    problem(event.at, fmt::format("a list must not hold {}", shown(event.kind)));
    return Section::ignored;
  }
  if (event.kind == Kind::list_start) {
    if (frame.section == Section::runner && frame.key == "pass") return Section::runner_pass;
    if (parameters_of(frame.section) != nullptr) {
      items_.clear();
      return Section::parameter_list;
    }
  } else if (frame.section == Section::packages) {
    draft_ = {};
    draft_.at = frame.key_at;
    return Section::package;
  } else if (frame.section == Section::instances) {
    draft_.instances[frame.key].at = frame.key_at;
    return Section::instance;
  } else if (frame.section == Section::root && frame.key == "policy") {
    return Section::policy;
  } else if (const auto found = kMappings.find({frame.section, frame.key});
             found != kMappings.end()) {
    return found->second;
  }
  problem(event.at, fmt::format("'{}' must not be {}", frame.key, shown(event.kind)));
  return Section::ignored;
}

WrittenParameters* EnvironmentReader::parameters_of(Section section) {
  if (section == Section::parameters) return &result_.parameters;
  if (section == Section::package_parameters) return &draft_.parameters;
  // The mapping around an instance's has its name for a key.
  if (section == Section::instance)
    return &draft_.instances.at(frames_[frames_.size() - 2].key).parameters;
  return nullptr;
}

void EnvironmentReader::close() {
  const Frame frame = std::move(frames_.back());
  frames_.pop_back();
  if (frame.section == Section::root) check_required(frame);
  if (frame.section == Section::stores) check_stores(frames_.back());
  if (frame.section == Section::runner) check_runner(frames_.back());
  if (frame.section == Section::package) finish_package();
  if (frame.section == Section::instances && !frame.has_keys) {
    problem(frames_.back().key_at,
            "'instances' names none: nothing of this package would be desired");
  }
  if (frame.section == Section::parameter_list) {
    const Frame& around = frames_.back();
    (*parameters_of(around.section))[around.key] = {
        {}, WrittenValue::Style::list, frame.at, std::exchange(items_, {})};
  }
}

void EnvironmentReader::take_scalar(const YamlEvent& event) {
  if (frames_.empty()) {
    return problem(event.at, event.kind == Kind::null
                                 ? "the file is empty: it desires nothing, and does not say so"
                                 : "an environment file is a mapping, not a text");
  }
  const Frame& frame = frames_.back();
  if (frame.section == Section::ignored || frame.drops_value) return;
  if (frame.section == Section::parameter_list || frame.section == Section::runner_pass)
    return take_item(frame, event);
  if (event.kind == Kind::null) {
    return problem(frame.key_at,
                   fmt::format("'{}' has no value{}", frame.key,
                               frame.section == Section::instances ? "; write {} for none" : ""));
  }
  take_value(frame, event);
}

void EnvironmentReader::finish_package() {
  // The end of a package in either form: the key of the mapping around it is its name.
  const std::string& name = frames_.back().key;
  if (!draft_.names_version) {
    problem(draft_.at, fmt::format("'{}' has no 'version'", name));
  }
  if (!draft_.version) return;
  result_.packages.emplace(name,
                           PackageEntry{*std::move(draft_.version), draft_.at, draft_.version_at,
                                        std::move(draft_.parameters), draft_.assume_idempotent,
                                        std::move(draft_.instances)});
}

void EnvironmentReader::check_required(const Frame& root) {
  for (const std::string_view key : {"format", "environment", "packages"}) {
    if (root_keys_.contains(key)) continue;
    if (key == "packages" && result_.track == EnvironmentFile::Track::all) continue;
    problems_.push_back({root.at, fmt::format("'{}' is missing", key)});
    record_in_doubt_ = record_in_doubt_ || key != "packages";
  }
}

void EnvironmentReader::check_promotion() {
  if (!promoted_at_) return;
  result_.policy.promoted = result_.promote_from;
  if (!root_keys_.contains("promote_from")) {
    problems_.push_back({*promoted_at_,
                         "'promoted' needs to know from where: name an environment "
                         "under 'promote_from'"});
  }
}

void EnvironmentReader::check_stores(const Frame& root) {
  for (const auto& key : store_keys()) {
    if (store_keys_.contains(key.first)) continue;
    problem(root.key_at, fmt::format("'{}' is missing from 'stores': name all three stores, or "
                                     "leave 'stores' out",
                                     key.first));
  }
  result_.stores = stores_;
}

void EnvironmentReader::check_runner(const Frame& root) {
  result_.runner.pass.assign(passed_.begin(), passed_.end());
  for (const std::string& name : passed_) {
    if (result_.runner.set.contains(name))
      problem(root.key_at, fmt::format("'{}' is both passed on and set", name));
  }
}

std::optional<EnvironmentSettings> EnvironmentReader::record_part() const {
  if (record_in_doubt_ || newer_format_) return std::nullopt;
  EnvironmentSettings part{result_.file, result_.environment};
  part.stores = result_.stores;
  part.promote_from = result_.promote_from;
  return part;
}

Result<EnvironmentFile> EnvironmentReader::finish(std::vector<TextProblem> yaml_problems) && {
  if (newer_format_) return error_in(result_.file, {*newer_format_});
  // What stands before a syntax error is judged, too.
  if (policy_depth_ > 0) finish_policy();
  check_promotion();
  problems_.insert(problems_.end(), yaml_problems.begin(), yaml_problems.end());
  if (!problems_.empty()) return error_in(result_.file, std::move(problems_));
  return std::move(result_);
}

}  // namespace cemli
