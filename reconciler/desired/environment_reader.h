#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/desired/environment_file.h"
#include "reconciler/desired/text_position.h"
#include "reconciler/desired/yaml_events.h"
#include "state/base/result.h"

namespace cemli {

/// Builds an `EnvironmentFile` from the events of its YAML, one after the other, so that no tree of
/// a long file is ever held. Use `parse_environment_file`.
class EnvironmentReader {
 public:
  explicit EnvironmentReader(std::string_view file);

  void take(const YamlEvent& event);
  /// What was read, or all its problems together with those of the YAML.
  [[nodiscard]] Result<EnvironmentFile> finish(std::vector<TextProblem> yaml_problems) &&;
  /// `environment`, `stores` and `promote_from` alone, where nothing that was found wrong leaves
  /// them in doubt.
  [[nodiscard]] std::optional<EnvironmentSettings> record_part() const;

 private:
  /// What an open mapping or list is; `ignored` is anything below something wrong.
  enum class Section {
    root,
    stores,
    parameters,
    runner,
    runner_pass,
    runner_set,
    secrets,
    policy,
    packages,
    package,
    package_parameters,
    instances,
    instance,
    parameter_list,
    ignored
  };
  struct Frame {
    Section section = Section::ignored;
    TextPosition at = {};
    std::string key = {};
    TextPosition key_at = {};
    /// The key is wrong, which was said: its value does not matter.
    bool drops_value = false;
    bool has_keys = false;
  };
  /// A package, until its end.
  struct PackageDraft {
    TextPosition at = {};
    bool names_version = false;
    std::optional<WantedVersion> version = std::nullopt;
    TextPosition version_at = {};
    WrittenParameters parameters = {};
    std::optional<bool> assume_idempotent = std::nullopt;
    std::map<std::string, InstanceEntry> instances = {};
  };

  void problem(TextPosition at, std::string what);
  void open(const YamlEvent& event);
  [[nodiscard]] Section section_below(const Frame& frame, const YamlEvent& event);
  void close();
  [[nodiscard]] bool accepts_key(Section section, const YamlEvent& event);
  [[nodiscard]] bool accepts_name(Section section, const YamlEvent& event);
  [[nodiscard]] bool accepts_variable(const std::string& name, TextPosition at);
  /// Where the parameters of an open mapping belong; null where it holds none.
  [[nodiscard]] WrittenParameters* parameters_of(Section section);
  void take_policy(const YamlEvent& event);
  void finish_policy();
  void take_scalar(const YamlEvent& event);
  void take_item(const Frame& list, const YamlEvent& event);
  void take_value(const Frame& frame, const YamlEvent& event);
  void take_root(const Frame& frame, const YamlEvent& event);
  void take_store(const Frame& frame, const YamlEvent& event);
  void take_package(const Frame& frame, const YamlEvent& event);
  void take_format(const YamlEvent& event);
  void take_environment(const YamlEvent& event);
  void take_lease(const YamlEvent& event);
  void take_promote_from(const YamlEvent& event);
  void take_track(const YamlEvent& event);
  void take_home(const YamlEvent& event);
  void take_secret(const Frame& frame, const YamlEvent& event);
  [[nodiscard]] std::optional<bool> boolean(const Frame& frame, const YamlEvent& event);
  [[nodiscard]] std::optional<WantedVersion> version(std::string_view package,
                                                     const YamlEvent& event);
  void finish_package();
  void check_required(const Frame& root);
  void check_promotion();
  void check_stores(const Frame& stores);
  void check_runner(const Frame& runner);

  EnvironmentFile result_;
  std::vector<TextProblem> problems_;
  /// A problem is about which environment this is, or where its stores are.
  bool record_in_doubt_ = false;
  /// Set where the file is of a newer format, of which nothing else can be judged.
  std::optional<TextProblem> newer_format_;
  std::vector<Frame> frames_;
  std::set<std::string, std::less<>> root_keys_;
  std::set<std::string, std::less<>> store_keys_;
  StoreAddresses stores_;
  PackageDraft draft_;
  /// Variables that steps see as they are.
  std::set<std::string> passed_;
  /// The items of the open list of a parameter.
  std::vector<WrittenValue> items_;
  /// The rules so far, and how deep in them this is.
  std::vector<YamlEvent> policy_events_;
  std::size_t policy_depth_ = 0;
  std::optional<TextPosition> promoted_at_;
};

}  // namespace cemli
