#include "reconciler/desired/policy_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "reconciler/desired/core_schema.h"
#include "reconciler/package/parameter_check.h"
#include "state/base/address.h"
#include "state/base/clock.h"

namespace cemli {
namespace {

using Kind = YamlEvent::Kind;

constexpr std::int64_t kMostApprovals = 100;
constexpr std::string_view kTags = "tags.";

/// The fields of a manifest that are one word or text each; what `tags` holds is named one by one.
const std::vector<std::string>& requirable_fields() {
  static const std::vector<std::string> fields{
      "change_ticket", "description", "idempotent", "owner", "resume", "reversible", "tags.NAME"};
  return fields;
}

constexpr std::array kTypes{PackageType::configuration, PackageType::extension,
                            PackageType::modification, PackageType::localization,
                            PackageType::integration};

/// A value, with the key before it where it stands in a mapping. Rules are short.
struct Node {
  Kind kind = Kind::null;
  TextPosition at = {};
  std::string text = {};
  std::string key = {};
  TextPosition key_at = {};
  std::vector<Node> children = {};
};

/// How deep YAML may be nested, and so this recursion, is bounded by who reads it.
class TreeBuilder {
 public:
  explicit TreeBuilder(std::span<const YamlEvent> events) : events_(events) {}

  Node take() {
    const YamlEvent& event = events_[next_++];
    Node node{event.kind, event.at, event.text};
    if (event.kind == Kind::mapping_start) take_members(node);
    if (event.kind == Kind::list_start) take_items(node);
    return node;
  }

 private:
  void take_members(Node& mapping) {
    while (next_ < events_.size() && events_[next_].kind == Kind::key) {
      const YamlEvent& key = events_[next_++];
      if (next_ == events_.size()) return;
      Node member = take();
      member.key = key.text;
      member.key_at = key.at;
      mapping.children.push_back(std::move(member));
    }
    ++next_;
  }

  void take_items(Node& list) {
    while (next_ < events_.size() && events_[next_].kind != Kind::list_end)
      list.children.push_back(take());
    ++next_;
  }

  std::span<const YamlEvent> events_;
  std::size_t next_ = 0;
};

class PolicyReader {
 public:
  PolicyReader(const RulesToCome& to_come, const ProblemSink& problem)
      : to_come_(to_come), problem_(problem) {}

  WrittenPolicy read(const Node& mapping) {
    for (const Node& rule : mapping.children) {
      const auto found = readers().find(rule.key);
      if (to_come_.contains(rule.key)) {
        problem_(rule.key_at, fmt::format("'{}' {}", rule.key, kNotSupportedYet));
      } else if (found == readers().end()) {
        problem_(rule.key_at, unknown_key(rule.key, known_rules()));
      } else {
        (this->*found->second)(rule);
      }
    }
    return std::move(written_);
  }

 private:
  using Reader = void (PolicyReader::*)(const Node&);

  static const std::map<std::string_view, Reader>& readers() {
    static const std::map<std::string_view, Reader> all{
        {"allow_removal", &PolicyReader::allow_removal},
        {"mutable_versions", &PolicyReader::mutable_versions},
        {"exact_versions", &PolicyReader::exact_versions},
        {"locked", &PolicyReader::locked},
        {"promoted", &PolicyReader::promoted},
        {"require", &PolicyReader::require},
        {"types", &PolicyReader::types},
        {"signed_packages", &PolicyReader::signed_packages},
        {"signed_commits", &PolicyReader::signed_commits},
        {"approvals", &PolicyReader::approvals},
        {"max_changes", &PolicyReader::max_changes}};
    return all;
  }

  [[nodiscard]] std::vector<std::string> known_rules() const {
    std::vector<std::string> names(to_come_.begin(), to_come_.end());
    for (const auto& reader : readers()) names.emplace_back(reader.first);
    return names;
  }

  void allow_removal(const Node& rule) { policy().allow_removal = is_on(rule); }
  void mutable_versions(const Node& rule) { policy().mutable_versions = is_on(rule); }
  void exact_versions(const Node& rule) { policy().exact_versions = is_on(rule); }
  void locked(const Node& rule) { policy().locked = is_on(rule); }
  void promoted(const Node& rule) {
    if (is_on(rule)) written_.promoted_at = rule.key_at;
  }

  void require(const Node& rule) {
    if (!is_filled(rule, Kind::mapping_start, "fields of manifests")) return;
    for (const Node& field : rule.children) {
      if (!is_requirable(field)) continue;
      if (field.kind == Kind::plain && core_boolean(field.text)) {
        if (*core_boolean(field.text)) {
          policy().require.emplace(field.key, std::nullopt);
        } else {
          problem_(field.at,
                   fmt::format("'{}' must be true or a pattern, not '{}'", field.key, field.text));
        }
      } else if (is_scalar(field)) {
        if (auto checked = check_pattern(field.text); !checked) {
          problem_(field.at, checked.error().message());
        } else {
          policy().require.emplace(field.key, field.text);
        }
      }
    }
  }

  [[nodiscard]] bool is_requirable(const Node& field) const {
    const auto& known = requirable_fields();
    const bool is_tag = field.key.starts_with(kTags) && field.key.size() > kTags.size();
    if (is_tag || std::find(known.begin(), known.end(), field.key) != known.end()) {
      if (field.key != known.back()) return true;
    }
    const auto meant = nearest(field.key, known);
    problem_(field.key_at,
             fmt::format("'{}' is no field of a manifest that can be required{}", field.key,
                         meant ? fmt::format("; did you mean '{}'?", *meant)
                               : fmt::format(": there are {}", fmt::join(known, ", "))));
    return false;
  }

  void types(const Node& rule) {
    if (!is_filled(rule, Kind::list_start, "types of packages")) return;
    std::vector<std::string> known;
    for (const PackageType type : kTypes) known.emplace_back(word_of(type));
    for (const Node* item : words_in(rule)) {
      const auto found = std::find(known.begin(), known.end(), item->text);
      if (found != known.end()) {
        policy().types.insert(kTypes.at(static_cast<std::size_t>(found - known.begin())));
        continue;
      }
      const auto meant = nearest(item->text, known);
      problem_(item->at,
               fmt::format("'{}' is no type of package{}", item->text,
                           meant ? fmt::format("; did you mean '{}'?", *meant)
                                 : fmt::format(": there are {}", fmt::join(known, ", "))));
    }
  }

  void signed_packages(const Node& rule) { policy().signed_packages = signer_rule(rule); }
  void signed_commits(const Node& rule) { policy().signed_commits = signer_rule(rule); }

  /// `true`, or a mapping with `by`.
  std::optional<SignerRule> signer_rule(const Node& rule) {
    if (rule.kind != Kind::mapping_start)
      return is_on(rule) ? std::optional(SignerRule{}) : std::nullopt;
    SignerRule read;
    for (const Node& member : rule.children) {
      if (member.key == "by") {
        read.by = patterns_in(member);
      } else {
        problem_(member.key_at, unknown_key(member.key, {"by"}));
      }
    }
    if (rule.children.empty())
      problem_(rule.at, fmt::format("'{}' must be true, or name 'by' whom", rule.key));
    return read;
  }

  void approvals(const Node& rule) {
    if (!is_filled(rule, Kind::mapping_start, "'count'")) return;
    ApprovalRule read;
    bool has_count = false;
    for (const Node& member : rule.children) {
      if (member.key == "count") {
        has_count = true;
        read.count = number(member, 1, kMostApprovals).value_or(1);
      } else if (member.key == "not_author") {
        not_author(member, read);
      } else if (member.key == "expire") {
        read.expire = expiry(member).value_or(read.expire);
      } else if (member.key == "by") {
        read.by = patterns_in(member);
      } else {
        problem_(member.key_at, unknown_key(member.key, {"by", "count", "expire", "not_author"}));
      }
    }
    if (!has_count) problem_(rule.key_at, "'approvals' does not say how many: 'count' is missing");
    policy().approvals = std::move(read);
  }

  void not_author(const Node& member, ApprovalRule& read) {
    if (member.kind != Kind::list_start) {
      read.not_commit_author = read.not_package_author = is_on(member);
      return;
    }
    for (const Node* item : words_in(member)) {
      if (item->text == "commit") {
        read.not_commit_author = true;
      } else if (item->text == "package") {
        read.not_package_author = true;
      } else {
        problem_(item->at, fmt::format("'not_author' is about the author of a commit or a package, "
                                       "not of '{}'",
                                       item->text));
      }
    }
  }

  std::optional<std::chrono::milliseconds> expiry(const Node& member) {
    if (!is_scalar(member)) return std::nullopt;
    auto duration = parse_duration(member.text);
    if (!duration) {
      problem_(member.at, duration.error().message());
      return std::nullopt;
    }
    if (*duration >= std::chrono::minutes(1) && *duration <= std::chrono::hours(366 * 24))
      return *duration;
    problem_(member.at, fmt::format("'expire' must be from 1m to 366d, not '{}'", member.text));
    return std::nullopt;
  }

  void max_changes(const Node& rule) {
    policy().max_changes = number(rule, 1, std::numeric_limits<std::int64_t>::max());
  }

  // Values.

  Policy& policy() { return written_.policy; }

  /// A problem where it is no scalar, or nothing at all.
  [[nodiscard]] bool is_scalar(const Node& node) const {
    if (node.kind == Kind::plain || node.kind == Kind::quoted) return true;
    if (node.kind == Kind::null) {
      problem_(node.key_at, fmt::format("'{}' has no value", node.key));
    } else {
      problem_(node.at, fmt::format("'{}' must not be a {}", node.key,
                                    node.kind == Kind::list_start ? "list" : "mapping"));
    }
    return false;
  }

  [[nodiscard]] bool is_on(const Node& node) const {
    if (!is_scalar(node)) return false;
    const auto value = core_boolean(node.text);
    if (value && node.kind == Kind::plain) return *value;
    problem_(node.at,
             value ? fmt::format("'{}' must be true or false without quotes", node.key)
                   : fmt::format("'{}' must be true or false, not '{}'", node.key, node.text));
    return false;
  }

  [[nodiscard]] std::optional<std::uint64_t> number(const Node& node, std::int64_t least,
                                                    std::int64_t most) const {
    if (!is_scalar(node)) return std::nullopt;
    const auto value = core_integer(node.text);
    if (node.kind == Kind::plain && value && *value >= least && *value <= most)
      return static_cast<std::uint64_t>(*value);
    problem_(node.at, most == std::numeric_limits<std::int64_t>::max()
                          ? fmt::format("'{}' must be a whole number from {} on, not '{}'",
                                        node.key, least, node.text)
                          : fmt::format("'{}' must be a whole number from {} to {}, not '{}'",
                                        node.key, least, most, node.text));
    return std::nullopt;
  }

  /// Whether it is of the kind, and has something in it.
  [[nodiscard]] bool is_filled(const Node& node, Kind kind, std::string_view what) const {
    if (node.kind == kind && !node.children.empty()) return true;
    if (node.kind == Kind::null) {
      problem_(node.key_at, fmt::format("'{}' has no value", node.key));
    } else if (node.kind == kind) {
      problem_(node.at, fmt::format("'{}' names no {}", node.key, what));
    } else {
      problem_(node.at, fmt::format("'{}' must be a {} of {}", node.key,
                                    kind == Kind::list_start ? "list" : "mapping", what));
    }
    return false;
  }

  [[nodiscard]] std::vector<const Node*> words_in(const Node& list) const {
    std::vector<const Node*> words;
    std::set<std::string_view> seen;
    for (const Node& item : list.children) {
      const bool is_word = item.kind == Kind::plain || item.kind == Kind::quoted;
      if (!is_word || item.text.empty()) {
        problem_(item.at, fmt::format("an item of '{}' must be a word", list.key));
      } else if (!seen.insert(item.text).second) {
        problem_(item.at, fmt::format("'{}' stands there twice", item.text));
      } else {
        words.push_back(&item);
      }
    }
    return words;
  }

  [[nodiscard]] std::vector<std::string> patterns_in(const Node& list) const {
    if (!is_filled(list, Kind::list_start, "principals")) return {};
    std::vector<std::string> patterns;
    for (const Node* item : words_in(list)) patterns.push_back(item->text);
    std::sort(patterns.begin(), patterns.end());
    return patterns;
  }

  const RulesToCome& to_come_;
  const ProblemSink& problem_;
  WrittenPolicy written_;
};

}  // namespace

const RulesToCome& rules_to_come() {
  static const RulesToCome rules{"commands", "freezes", "max_parallel", "windows"};
  return rules;
}

WrittenPolicy read_policy(std::span<const YamlEvent> events, const RulesToCome& to_come,
                          const ProblemSink& problem) {
  if (events.empty()) return {};
  return PolicyReader(to_come, problem).read(TreeBuilder(events).take());
}

}  // namespace cemli
