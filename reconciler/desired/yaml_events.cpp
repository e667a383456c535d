#include "reconciler/desired/yaml_events.h"

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

#include "state/base/ascii.h"
#include "state/base/canonical_json.h"

namespace cemli {
namespace {

using Kind = YamlEvent::Kind;

constexpr std::size_t kMostAliasNodes = 10'000;
constexpr std::size_t kLargestText = 64 * 1024 * 1024;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Thrown through the parser where reading on makes no sense; the problem is recorded already.
struct Stop {};

bool is_start(Kind kind) {
  return kind == Kind::mapping_start || kind == Kind::list_start;
}
bool is_end(Kind kind) {
  return kind == Kind::mapping_end || kind == Kind::list_end;
}

/// Turns the parser's marks (bytes, from 0) into positions (characters, from 1).
class Positions {
 public:
  explicit Positions(std::string_view text) : text_(text) {}

  TextPosition of(const YAML::Mark& mark) {
    const auto line = static_cast<std::uint32_t>(std::max(mark.line, 0));
    const auto bytes = static_cast<std::size_t>(std::max(mark.column, 0));
    const auto at = static_cast<std::size_t>(std::max(mark.pos, 0));
    if (at < bytes || at > text_.size()) return {line + 1, static_cast<std::uint32_t>(bytes) + 1};
    // Marks mostly rise, so that counting goes on from the last one: a long line is read once.
    if (line != line_ || at < counted_) {
      line_ = line;
      counted_ = at - bytes;
      characters_ = 0;
    }
    for (; counted_ < at; ++counted_) {
      const bool continues = (static_cast<unsigned char>(text_[counted_]) & 0xC0U) == 0x80U;
      if (!continues) ++characters_;
    }
    return {line + 1, characters_ + 1};
  }

 private:
  std::string_view text_;
  std::uint32_t line_ = 0;
  std::size_t counted_ = 0;
  std::uint32_t characters_ = 0;
};

/// Checks what YAML leaves to the application: keys, tags, aliases, one document.
class Reader : public YAML::EventHandler {
 public:
  /// `skipped` bytes stand before `text`.
  Reader(std::string_view text, std::size_t skipped,
         const std::function<void(const YamlEvent&)>& take)
      : text_(text), skipped_(skipped), positions_(text), take_(take) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 1) return;
    stop(positions_.of(mark), "a second document begins here; a file holds one");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    node({Kind::null, positions_.of(mark), {}, offset_of(mark)}, anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const TextPosition at = positions_.of(mark);
    const Kind kind = tag == "!" ? Kind::quoted : Kind::plain;
    if ((kind == Kind::plain && tag != "?") || (kind == Kind::quoted && is_bare_tag(mark))) {
      problem(at, "explicit tags are not supported; remove the tag");
    }
    if (value.find('\0') != std::string::npos) problem(at, "a text must not hold a NUL character");
    node({kind, at, value, offset_of(mark)}, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    start(Kind::list_start, mark, tag, anchor);
  }
  void OnSequenceEnd() override { end(Kind::list_end); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    start(Kind::mapping_start, mark, tag, anchor);
  }
  void OnMapEnd() override { end(Kind::mapping_end); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const Recording& recording = recordings_[anchor];
    if (!recording.end) stop(positions_.of(mark), "an alias stands inside of what it names");
    for (std::size_t i = recording.begin; i < *recording.end; ++i) {
      // A copy: recording may move the tape.
      YamlEvent event = tape_[i];
      // What is wrong with a key is wrong where it is one.
      if (i == recording.begin && expects_key()) event.at = positions_.of(mark);
      event.offset = offset_of(mark);
      event.through_alias = true;
      if (!is_end(event.kind) && ++alias_nodes_ > kMostAliasNodes) {
        stop(positions_.of(mark), "aliases add more than 10000 nodes to this file");
      }
      record(event);
      check(event);
    }
  }

  void problem(TextPosition at, std::string what) { problems_.push_back({at, std::move(what)}); }
  void syntax_error(const YAML::ParserException& error);
  std::vector<TextProblem> take_problems() { return std::move(problems_); }
  [[nodiscard]] TextPosition last() const { return last_; }

 private:
  /// Which events of the tape an anchor names.
  struct Recording {
    std::size_t begin = 0;
    std::optional<std::size_t> end = std::nullopt;
  };
  /// An open mapping or list.
  struct Frame {
    bool is_mapping = false;
    bool expects_key = false;
    bool drops_value = false;
    std::map<std::string, TextPosition> keys = {};
  };

  [[nodiscard]] bool expects_key() const {
    return dropped_depth_ == 0 && !frames_.empty() && frames_.back().expects_key;
  }

  [[nodiscard]] std::size_t offset_of(const YAML::Mark& mark) const {
    return skipped_ + static_cast<std::size_t>(std::max(mark.pos, 0));
  }

  [[noreturn]] void stop(TextPosition at, std::string what) {
    problem(at, std::move(what));
    throw Stop{};
  }

  /// Whether a scalar that the parser calls quoted has the tag `!` instead.
  [[nodiscard]] bool is_bare_tag(const YAML::Mark& mark) const {
    std::size_t at = static_cast<std::size_t>(mark.pos);
    if (at < text_.size() && text_[at] == '&') at = text_.find_first_of(" \t\r\n", at);
    at = text_.find_first_not_of(" \t\r\n", at);
    return at != std::string_view::npos && text_[at] == '!';
  }

  void start(Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    const TextPosition at = positions_.of(mark);
    if (tag != "?") problem(at, "explicit tags are not supported; remove the tag");
    open_anchors_.push_back(anchor);
    if (anchor != 0) ++recorders_;
    node({kind, at, {}, offset_of(mark)}, anchor);
  }

  void end(Kind kind) {
    const YamlEvent event{kind, last_, {}};
    record(event);
    if (const YAML::anchor_t anchor = open_anchors_.back(); anchor != 0) {
      recordings_[anchor].end = tape_.size();
      --recorders_;
    }
    open_anchors_.pop_back();
    check(event);
  }

  void node(const YamlEvent& event, YAML::anchor_t anchor) {
    last_ = event.at;
    if (anchor != 0) recordings_[anchor].begin = tape_.size();
    if (anchor != 0 && !is_start(event.kind)) {
      tape_.push_back(event);
      recordings_[anchor].end = tape_.size();
    } else {
      record(event);
    }
    check(event);
  }

  void record(const YamlEvent& event) {
    if (recorders_ > 0) tape_.push_back(event);
  }

  /// Passes an event on unless it belongs to a wrong key.
  void check(const YamlEvent& event) {
    if (dropped_depth_ > 0) {
      if (is_start(event.kind)) ++dropped_depth_;
      if (is_end(event.kind)) --dropped_depth_;
      return;
    }
    if (is_end(event.kind)) {
      frames_.pop_back();
      return take_(event);
    }
    if (!frames_.empty() && frames_.back().is_mapping) {
      Frame& mapping = frames_.back();
      mapping.expects_key = !mapping.expects_key;
      if (!mapping.expects_key) return check_key(mapping, event);
      if (std::exchange(mapping.drops_value, false)) {
        if (is_start(event.kind)) dropped_depth_ = 1;
        return;
      }
    }
    if (is_start(event.kind)) {
      const bool is_mapping = event.kind == Kind::mapping_start;
      frames_.push_back({is_mapping, is_mapping, false, {}});
    }
    take_(event);
  }

  void check_key(Frame& mapping, const YamlEvent& event) {
    mapping.drops_value = true;
    if (is_start(event.kind)) {
      dropped_depth_ = 1;
      return problem(event.at, "a key must be a text, not a mapping or a list");
    }
    if (event.kind == Kind::null) {
      return problem(event.at, "a key is missing here; a key such as 'null' needs quotes");
    }
    if (event.kind == Kind::plain && event.text == "<<") {
      return problem(event.at, "merge keys ('<<') are not supported; write the keys out");
    }
    const auto [known, is_new] = mapping.keys.try_emplace(event.text, event.at);
    if (!is_new) {
      return problem(event.at, fmt::format("duplicate key '{}'; it stands in line {} already",
                                           event.text, known->second.line));
    }
    mapping.drops_value = false;
    take_({Kind::key, event.at, event.text, event.offset, event.through_alias});
  }

  std::string_view text_;
  std::size_t skipped_;
  Positions positions_;
  const std::function<void(const YamlEvent&)>& take_;
  std::vector<TextProblem> problems_;
  int documents_ = 0;
  TextPosition last_;
  std::vector<Frame> frames_;
  std::size_t dropped_depth_ = 0;
  /// All nodes with an anchor, and how many of those are open now.
  std::vector<YamlEvent> tape_;
  std::map<YAML::anchor_t, Recording> recordings_;
  std::vector<YAML::anchor_t> open_anchors_;
  std::size_t recorders_ = 0;
  std::size_t alias_nodes_ = 0;
};

void Reader::syntax_error(const YAML::ParserException& error) {
  struct Translation {
    std::string_view theirs;
    std::string_view ours;
  };
  static constexpr std::array<Translation, 6> kTranslations{{
      {"end of map not found", "a key was expected here; is the indentation right?"},
      {"end of sequence not found", "'- ' was expected here; is the indentation right?"},
      {"illegal map value",
       "':' is not expected here; is the indentation right, or are quotes "
       "missing?"},
      {"unexpected character in block scalar", "a text that begins with '>' or '|' needs quotes"},
      {"unknown token", "a text that begins with this character needs quotes"},
      {"the referenced anchor is not defined", "this alias names no anchor"},
  }};
  const bool at_end = static_cast<std::size_t>(error.mark.pos) >= text_.size();
  if (at_end && error.msg == YAML::ErrorMsg::DOC_IN_SCALAR) {
    return problem(last_, "a quoted text behind this is never closed");
  }
  std::string what = error.msg;
  for (const Translation& translation : kTranslations) {
    if (error.msg == translation.theirs) what = translation.ours;
  }
  problem(positions_.of(error.mark), "not YAML: " + what);
}

/// What makes the parser read something else than what a person sees.
std::optional<TextProblem> unreadable(std::string_view text) {
  if (text.size() > kLargestText) return TextProblem{{}, "larger than 64 MiB"};
  const auto is_control = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') ||
           c == 0x7F;
  };
  std::uint32_t line = 1;
  while (!text.empty()) {
    const std::string_view content = take_until(text, '\n');
    if (!is_utf8(content)) return TextProblem{{line, 1}, "this line is not UTF-8"};
    const auto control = std::find_if(content.begin(), content.end(), is_control);
    if (control != content.end()) {
      return TextProblem{{line, 1},
                         fmt::format("this line holds the control character 0x{:02X}", *control)};
    }
    ++line;
  }
  return std::nullopt;
}

}  // namespace

std::vector<TextProblem> read_yaml(std::string_view text,
                                   const std::function<void(const YamlEvent&)>& take) {
  if (auto problem = unreadable(text)) return {std::move(*problem)};
  const std::size_t skipped = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  text.remove_prefix(skipped);
  // The parser takes the end of the text for the end of a quoted scalar. A document's end it does
  // not: that is an error inside quotes, and changes nothing elsewhere.
  std::string closed(text);
  if (!closed.empty() && closed.back() != '\n') closed += '\n';
  closed += "...\n";
  std::istringstream input(closed);
  Reader reader(text, skipped, take);
  try {
    YAML::Parser parser(input);
    while (parser.HandleNextDocument(reader)) {
    }
  } catch (const Stop&) {
  } catch (const YAML::DeepRecursion&) {
    reader.problem(reader.last(), "nested too deep behind this");
  } catch (const YAML::ParserException& error) {
    reader.syntax_error(error);
  }
  return reader.take_problems();
}

}  // namespace cemli
