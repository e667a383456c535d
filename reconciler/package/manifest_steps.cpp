#include "reconciler/package/manifest_steps.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "reconciler/package/rule_packs.h"
#include "reconciler/package/success_rules.h"
#include "state/base/address.h"
#include "state/base/clock.h"

namespace cemli {
namespace {

/// In the order they run in.
constexpr std::array<std::string_view, 7> kStepNames{"pre_check", "run",   "post_check", "rollback",
                                                     "uninstall", "check", "dry_run"};
constexpr std::int64_t kMostRetries = 100;
constexpr std::size_t kMostSuggestions = 10;

std::string place_of(std::string_view step) {
  return fmt::format("steps/{}.sh", step);
}

bool is_path_in_package(std::string_view program) {
  return program.find('/') != std::string_view::npos;
}

/// Whether every segment of `path` names something below the package's root.
bool stays_inside(std::string_view path) {
  for (;;) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (segment.empty() || segment == "." || segment == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

class StepReader {
 public:
  explicit StepReader(ProblemList& problems) : problems_(problems) {}

  /// The programs of a step: one, or a list of them.
  std::vector<StepSpec> read(const Field& field, std::string_view name) {
    std::vector<StepSpec> programs;
    if (!field.value().is_array()) {
      if (auto program = read_step(field, name, {})) programs.push_back(*std::move(program));
      return programs;
    }
    const std::vector<Field> items = field.items();
    if (items.empty()) problems_.add(field, "a list of programs needs a program");
    std::set<std::string> parts;
    for (const Field& item : items) {
      auto program = read_step(item, name, "name");
      if (!program) continue;
      read_part(item, parts, *program);
      programs.push_back(*std::move(program));
    }
    return programs;
  }

 private:
  std::optional<StepSpec> read_step(const Field& field, std::string_view name,
                                    std::optional<std::string_view> own_key) {
    if (!problems_.expect_object(field)) return std::nullopt;
    std::vector<std::string_view> keys{"program", "args",    "timeout", "grace",
                                       "retries", "backoff", "success"};
    if (own_key) keys.push_back(*own_key);
    problems_.check_keys(field, keys);
    StepSpec step{std::string(name), read_program(field)};
    read_args(field, step);
    if (const auto timeout = read_duration(field, "timeout")) step.timeout = *timeout;
    if (const auto grace = read_duration(field, "grace")) step.grace = *grace;
    if (const auto backoff = read_duration(field, "backoff")) step.backoff = *backoff;
    read_retries(field, step);
    if (const auto success = field.member("success")) read_success(*success, step);
    return step;
  }

  /// The name of a program in a list, by which evidence and the record know it.
  void read_part(const Field& item, std::set<std::string>& before, StepSpec& step) {
    const auto field = problems_.required(item, "name");
    auto part = field ? problems_.line(*field) : std::nullopt;
    if (!part) return;
    if (!is_name(*part)) {
      problems_.add(*field, fmt::format("'{}' is not a program's name: lower-case letters, digits "
                                        "and '-', at most 63, not '-' first",
                                        *part));
    }
    const bool is_new = before.insert(*part).second;
    if (!is_new) problems_.add(*field, fmt::format("the name '{}' stands there twice", *part));
    step.part = *std::move(part);
  }

  void read_retries(const Field& step, StepSpec& spec) {
    const auto field = step.member("retries");
    const auto number = field ? problems_.integer(*field) : std::nullopt;
    if (!number) return;
    if (*number < 0 || *number > kMostRetries) {
      problems_.add(*field,
                    fmt::format("{} is not a number of retries, 0 to {}", *number, kMostRetries));
    } else {
      spec.retries = static_cast<unsigned>(*number);
    }
  }

  std::string read_program(const Field& step) {
    const auto field = problems_.required(step, "program");
    if (!field) return {};
    auto program = problems_.line(*field);
    if (!program) return {};
    if (program->empty()) problems_.add(*field, "a program needs a name");
    if (is_path_in_package(*program) && !stays_inside(*program)) {
      problems_.add(*field,
                    fmt::format("'{}' is not a path in the package, such as 'steps/run.sh', "
                                "or a name on PATH, such as 'sqlplus'",
                                *program));
    }
    return *std::move(program);
  }

  void read_args(const Field& step, StepSpec& spec) {
    const auto args = step.member("args");
    if (!args || !problems_.expect_array(*args)) return;
    for (const Field& field : args->items()) {
      if (auto argument = problems_.argument(field)) spec.args.push_back(*std::move(argument));
    }
  }

  std::optional<std::chrono::milliseconds> read_duration(const Field& step, std::string_view key) {
    const auto field = step.member(key);
    if (!field) return std::nullopt;
    const auto text = problems_.line(*field);
    if (!text) return std::nullopt;
    const auto duration = parse_duration(*text);
    if (duration) return *duration;
    problems_.add(*field, duration.error().message());
    return std::nullopt;
  }

  void read_success(const Field& field, StepSpec& step) {
    if (!problems_.expect_object(field)) return;
    problems_.check_keys(field,
                         {"exit_codes", "rules", "fail", "allow", "warn", "must_see", "logs"});
    SuccessSpec& success = step.success;
    read_exit_codes(field, success);
    success.rules = read_rules(field);
    success.fail = read_patterns(field, "fail");
    success.allow = read_patterns(field, "allow");
    success.warn = read_patterns(field, "warn");
    success.must_see = read_patterns(field, "must_see");
    success.logs = read_logs(field);
    if (const auto logs = field.member("logs"); logs && !success.logs.empty() &&
                                                success.rules.empty() && success.fail.empty() &&
                                                success.warn.empty() && success.must_see.empty()) {
      problems_.add(*logs, "logs are read for nothing: there are no rules, fail, warn or must_see");
    }
  }

  void read_exit_codes(const Field& field, SuccessSpec& success) {
    const auto codes = field.member("exit_codes");
    if (!codes || !problems_.expect_array(*codes)) return;
    const std::vector<Field> fields = codes->items();
    if (fields.empty()) problems_.add(*codes, "without an exit code nothing could succeed");
    success.exit_codes.clear();
    for (const Field& item : fields) {
      const auto code = problems_.integer(item);
      if (!code) continue;
      if (*code < 0 || *code > 255) {
        problems_.add(item, fmt::format("{} is not an exit code, 0 to 255", *code));
      } else {
        success.exit_codes.push_back(static_cast<int>(*code));
      }
    }
  }

  /// The items of a list of texts for which `problem` finds nothing.
  template <typename Problem>
  std::vector<std::string> read_list(const Field& success, std::string_view key, Problem problem) {
    std::vector<std::string> texts;
    const auto list = success.member(key);
    if (!list || !problems_.expect_array(*list)) return texts;
    for (const Field& item : list->items()) {
      auto text = problems_.argument(item);
      if (!text) continue;
      if (const std::optional<std::string> why = problem(*text)) {
        problems_.add(item, *why);
      } else {
        texts.push_back(*std::move(text));
      }
    }
    return texts;
  }

  std::vector<std::string> read_rules(const Field& success) {
    const std::vector<std::string> known = rule_words();
    return read_list(success, "rules", [&known](const std::string& word) {
      std::optional<std::string> why;
      if (std::find(known.begin(), known.end(), word) != known.end()) return why;
      const auto meant = nearest(word, known);
      why = fmt::format("there are no rules '{}'{}", word,
                        meant ? fmt::format("; did you mean '{}'?", *meant)
                              : fmt::format("; there are {}", fmt::join(known, ", ")));
      return why;
    });
  }

  std::vector<std::string> read_patterns(const Field& success, std::string_view key) {
    return read_list(success, key, problem_of_pattern);
  }

  std::vector<std::string> read_logs(const Field& success) {
    return read_list(success, "logs", [](const std::string& path) {
      std::optional<std::string> why;
      if (!stays_inside(path)) {
        why = fmt::format("'{}' is not a path in the working directory, such as '*.log'", path);
      }
      return why;
    });
  }

  ProblemList& problems_;
};

/// Where a step's program stands in the manifest.
std::string pointer_of(const Manifest& manifest, const StepSpec& step) {
  if (step.part.empty()) return fmt::format("/steps/{}/program", step.name);
  const auto first = std::find_if(manifest.steps.begin(), manifest.steps.end(),
                                  [&](const StepSpec& other) { return other.name == step.name; });
  return fmt::format("/steps/{}/{}/program", step.name, &step - &*first);
}

}  // namespace

bool has_step(const Manifest& manifest, std::string_view name) {
  return std::any_of(manifest.steps.begin(), manifest.steps.end(),
                     [name](const StepSpec& step) { return step.name == name; });
}

std::vector<StepSpec> read_steps(const Field& manifest, ProblemList& problems) {
  std::vector<StepSpec> steps;
  const auto object = manifest.member("steps");
  if (!object || !problems.expect_object(*object)) return steps;
  problems.check_keys(*object, {kStepNames.begin(), kStepNames.end()});
  for (const std::string_view name : kStepNames) {
    const auto field = object->member(name);
    if (!field) continue;
    for (StepSpec& step : StepReader(problems).read(*field, name)) steps.push_back(std::move(step));
  }
  return steps;
}

Result<void> complete_steps(Manifest& manifest, const std::vector<std::string>& paths,
                            std::string_view file) {
  std::vector<Problem> problems;
  const std::set<std::string_view> known(paths.begin(), paths.end());
  const auto is_there = [&](const std::string& path) { return known.contains(path); };
  std::vector<StepSpec> in_order;
  for (const std::string_view name : kStepNames) {
    const auto end = std::stable_partition(manifest.steps.begin(), manifest.steps.end(),
                                           [&](const StepSpec& step) { return step.name == name; });
    if (end == manifest.steps.begin() && is_there(place_of(name)))
      in_order.push_back(StepSpec{std::string(name), place_of(name)});
    std::move(manifest.steps.begin(), end, std::back_inserter(in_order));
    manifest.steps.erase(manifest.steps.begin(), end);
  }
  manifest.steps = std::move(in_order);
  for (const StepSpec& step : manifest.steps) {
    if (!is_path_in_package(step.program) || is_there(step.program)) continue;
    // Comparing with all paths takes long; whoever wrote so many wrong ones did not mistype them.
    const auto meant =
        problems.size() < kMostSuggestions ? nearest(step.program, paths) : std::nullopt;
    problems.push_back({fmt::format("{}: {}", file, pointer_of(manifest, step)),
                        fmt::format("'{}' is not in the package{}", step.program,
                                    meant ? fmt::format("; did you mean '{}'?", *meant) : "")});
  }
  if (!has_step(manifest, "run")) {
    problems.push_back({std::string(file),
                        "nothing to run: there is neither 'steps/run.sh' nor a "
                        "step 'run' in the manifest"});
  }
  if (!problems.empty()) return error_of(problems);
  return {};
}

}  // namespace cemli
