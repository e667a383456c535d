#include "reconciler/package/success_rules.h"

#include <fmt/format.h>
#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <utility>

#include "reconciler/package/rule_packs.h"

namespace cemli {
namespace {

/// How much of a line is quoted.
constexpr std::size_t kLongestQuote = 500;

re2::RE2::Options options() {
  re2::RE2::Options options;
  // Over bytes: logs come in any encoding.
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  return options;
}

struct Span {
  std::size_t begin;
  std::size_t end;
};

/// The next match at or behind `from`.
std::optional<Span> find(const re2::RE2& pattern, std::string_view line, std::size_t from) {
  const re2::StringPiece text(line.data(), line.size());
  re2::StringPiece match;
  if (from > line.size() ||
      !pattern.Match(text, from, line.size(), re2::RE2::UNANCHORED, &match, 1)) {
    return std::nullopt;
  }
  const auto begin = static_cast<std::size_t>(match.data() - line.data());
  return Span{begin, begin + match.size()};
}

bool overlap(const re2::RE2& pattern, std::string_view line, Span hit) {
  std::size_t from = 0;
  while (const auto span = find(pattern, line, from)) {
    if (span->begin >= hit.end) return false;
    if (span->end > hit.begin) return true;
    from = std::max(span->end, span->begin + 1);
  }
  return false;
}

std::string quote(std::string_view line, bool is_cut) {
  if (line.size() > kLongestQuote) return std::string(line.substr(0, kLongestQuote)) + " …";
  return std::string(line) + (is_cut ? " …" : "");
}

}  // namespace

struct SuccessRules::Pattern {
  std::string rule;
  std::unique_ptr<const re2::RE2> regex;
};

/// Patterns that are looked for together.
struct SuccessRules::Group {
  std::vector<Pattern> fail;
  std::vector<Pattern> allow;
  std::vector<Pattern> warn;
  /// Finds in one pass whether a line is worth to be looked at: few are.
  re2::RE2::Set screen{options(), re2::RE2::UNANCHORED};

  static Pattern compiled(const std::string& rule, const std::string& pattern) {
    return {rule, std::make_unique<const re2::RE2>(pattern, options())};
  }
  bool compile_screen() {
    for (const std::vector<Pattern>* patterns : {&fail, &warn}) {
      for (const Pattern& pattern : *patterns) screen.Add(pattern.regex->pattern(), nullptr);
    }
    return screen.Compile();
  }
  [[nodiscard]] bool is_worth_a_look(std::string_view line) const {
    if (fail.empty() && warn.empty()) return false;
    re2::RE2::Set::ErrorInfo error{re2::RE2::Set::kNoError};
    const bool found = screen.Match(re2::StringPiece(line.data(), line.size()), nullptr, &error);
    // Where the screen gave up (it ran out of memory), nothing is known.
    return found || error.kind != re2::RE2::Set::kNoError;
  }
};

namespace {

using Group = SuccessRules::Group;

std::shared_ptr<const Group> group_of(const std::string& name, const RulePack& pack) {
  auto group = std::make_shared<Group>();
  const auto add = [&name](const std::map<std::string, std::string>& from,
                           std::vector<SuccessRules::Pattern>& to) {
    for (const auto& [rule, pattern] : from)
      to.push_back(Group::compiled(fmt::format("{}/{}", name, rule), pattern));
  };
  add(pack.fail, group->fail);
  add(pack.allow, group->allow);
  add(pack.warn, group->warn);
  group->compile_screen();
  return group;
}

/// Compiling a pack takes longer than most programs run, so it is done once.
const std::map<std::string, std::shared_ptr<const Group>>& pack_groups() {
  static const auto groups = [] {
    std::map<std::string, std::shared_ptr<const Group>> all;
    for (const auto& [name, pack] : rule_packs()) all.emplace(name, group_of(name, pack));
    return all;
  }();
  return groups;
}

std::shared_ptr<const Group> own_group(const SuccessSpec& success) {
  if (success.fail.empty() && success.allow.empty() && success.warn.empty()) return nullptr;
  auto group = std::make_shared<Group>();
  for (const auto& pattern : success.fail) group->fail.push_back(Group::compiled(pattern, pattern));
  for (const auto& pattern : success.allow)
    group->allow.push_back(Group::compiled(pattern, pattern));
  for (const auto& pattern : success.warn) group->warn.push_back(Group::compiled(pattern, pattern));
  return group->compile_screen() ? group : nullptr;
}

bool is_excused(const SuccessRules& rules, std::string_view line, Span hit) {
  for (const auto& group : rules.groups()) {
    for (const SuccessRules::Pattern& allow : group->allow) {
      if (overlap(*allow.regex, line, hit)) return true;
    }
  }
  return false;
}

/// A pattern may hit a line more than once, and each hit needs its excuse.
bool fails(const SuccessRules& rules, const SuccessRules::Pattern& pattern, std::string_view line) {
  std::size_t from = 0;
  while (const auto hit = find(*pattern.regex, line, from)) {
    if (!is_excused(rules, line, *hit)) return true;
    from = std::max(hit->end, hit->begin + 1);
  }
  return false;
}

}  // namespace

std::optional<std::string> problem_of_pattern(const std::string& pattern) {
  const re2::RE2 compiled(pattern, options());
  if (!compiled.ok()) return fmt::format("'{}' is not a pattern: {}", pattern, compiled.error());
  if (re2::RE2::FullMatch("", compiled))
    return fmt::format("'{}' matches every line, even an empty one", pattern);
  return std::nullopt;
}

SuccessRules::SuccessRules() = default;
SuccessRules::~SuccessRules() = default;

Result<std::shared_ptr<const SuccessRules>> SuccessRules::compile(const SuccessSpec& success) {
  std::shared_ptr<SuccessRules> rules(new SuccessRules());
  std::vector<std::string> packs;
  for (const std::string& word : success.rules) {
    const std::string pack = word.substr(0, word.find(':'));
    const auto known = rule_packs().find(pack);
    if (known == rule_packs().end())
      return Error(ErrorCode::internal, fmt::format("there are no rules '{}'", word));
    if (std::count(packs.begin(), packs.end(), pack) == 0) {
      packs.push_back(pack);
      rules->groups_.push_back(pack_groups().at(pack));
    }
    if (pack == word) continue;
    const auto line = known->second.must_see.find(word.substr(pack.size() + 1));
    if (line == known->second.must_see.end())
      return Error(ErrorCode::internal, fmt::format("there are no rules '{}'", word));
    rules->must_see_.push_back(Group::compiled(word, line->second));
  }
  for (const std::string& pattern : success.must_see)
    rules->must_see_.push_back(Group::compiled(pattern, pattern));
  if (auto own = own_group(success)) rules->groups_.push_back(std::move(own));
  if (rules->groups_.empty() && rules->must_see_.empty())
    return std::shared_ptr<const SuccessRules>();
  return std::shared_ptr<const SuccessRules>(std::move(rules));
}

OutputJudge::OutputJudge(std::shared_ptr<const SuccessRules> rules)
    : rules_(std::move(rules)), seen_(rules_ ? rules_->must_see().size() : 0) {}

void OutputJudge::begin_at(const std::string& file, std::uint64_t line) {
  lines_[file].number = line;
}

void OutputJudge::add(const std::string& file, std::string_view bytes) {
  if (!rules_) return;
  Line& line = lines_[file];
  for (;;) {
    const std::size_t line_break = bytes.find('\n');
    extend(line, bytes.substr(0, line_break));
    if (line_break == std::string_view::npos) return;
    end_line(file, line);
    bytes.remove_prefix(line_break + 1);
  }
}

void OutputJudge::extend(Line& line, std::string_view part) {
  const std::size_t room = kLongestJudgedLine - line.text.size();
  line.text += part.substr(0, room);
  line.is_cut = line.is_cut || part.size() > room;
}

void OutputJudge::end_line(const std::string& file, Line& line) {
  if (line.text.ends_with('\r')) line.text.pop_back();
  judge(file, line);
  line.text.clear();
  line.is_cut = false;
  ++line.number;
}

void OutputJudge::judge(const std::string& file, const Line& line) {
  const std::string_view text = line.text;
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    if (!seen_[i]) seen_[i] = find(*rules_->must_see()[i].regex, text, 0).has_value();
  }
  if (line.is_cut) {
    keep({RuleHit::Kind::warn, "cemli/long-line", file, line.number,
          quote(text.substr(0, kLongestQuote / 2), true)});
  }
  for (const auto& group : rules_->groups()) {
    if (!group->is_worth_a_look(text)) continue;
    const auto failed =
        std::find_if(group->fail.begin(), group->fail.end(),
                     [&](const auto& pattern) { return fails(*rules_, pattern, text); });
    if (failed != group->fail.end())
      keep({RuleHit::Kind::fail, failed->rule, file, line.number, quote(text, line.is_cut)});
    const auto warned =
        std::find_if(group->warn.begin(), group->warn.end(),
                     [&](const auto& pattern) { return find(*pattern.regex, text, 0); });
    if (warned != group->warn.end())
      keep({RuleHit::Kind::warn, warned->rule, file, line.number, quote(text, line.is_cut)});
  }
}

void OutputJudge::report(RuleHit hit) {
  keep(std::move(hit));
}

void OutputJudge::keep(RuleHit hit) {
  if (++kept_[hit.kind] > kMostRuleHits) {
    ++findings_.more;
  } else {
    findings_.hits.push_back(std::move(hit));
  }
}

RuleFindings OutputJudge::finish() {
  for (auto& [file, line] : lines_) {
    if (!line.text.empty()) end_line(file, line);
  }
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    if (!seen_[i]) keep({RuleHit::Kind::missing, rules_->must_see()[i].rule});
  }
  return std::move(findings_);
}

}  // namespace cemli
