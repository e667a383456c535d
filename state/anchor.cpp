#include "state/anchor.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "state/base/ascii.h"
#include "state/base/json_reader.h"
#include "state/base/parse_json.h"

namespace cemli {
namespace {

using nlohmann::json;

Error no_anchor(const std::string& file, std::string_view why) {
  return Error(ErrorCode::invalid_input, fmt::format("'{}' is no anchor: {}", file, why))
      .with_hint(
          "an anchor is SEQ:HASH, a saved plan, a run's result.json, an export's export.json, or "
          "what status, show or audit verify printed");
}

Result<std::vector<Anchor>> anchors_of_json(const json& document, const std::string& file,
                                            const std::string& environment) {
  if (document.value("environment", json()) != environment)
    return no_anchor(file, fmt::format("it is not of environment '{}'", environment));
  const char* member = document.contains("head") ? "head" : "basis";
  if (!document.contains(member)) return no_anchor(file, "it has neither 'head' nor 'basis'");
  std::optional<Error> failure;
  JsonReader root(document, failure);
  auto head = root.optional_object(member);
  if (!failure && (!head || document[member].value("entry", json()).is_null()))
    return no_anchor(file, "nothing had been recorded when it was made");
  if (failure) return no_anchor(file, failure->message());
  const Anchor anchor{{head->number("seq"), head->digest("entry")},
                      fmt::format("'{}'", file),
                      document.contains("log") ? root.optional_text("log") : std::nullopt};
  if (failure) return no_anchor(file, failure->message());
  return std::vector<Anchor>{anchor};
}

}  // namespace

std::optional<Head> parse_head(std::string_view text) {
  Head head{0, Digest::of("")};
  const char* const end = text.data() + text.size();
  const auto [colon, error] = std::from_chars(text.data(), end, head.seq);
  if (error != std::errc() || head.seq == 0 || colon == end || *colon != ':') return std::nullopt;
  const auto digest = Digest::parse(text.substr(static_cast<std::size_t>(colon + 1 - text.data())));
  if (!digest) return std::nullopt;
  head.digest = *digest;
  return head;
}

Result<std::vector<Anchor>> read_anchors(std::string_view bytes, const std::string& file,
                                         const std::string& environment) {
  if (trimmed(bytes).starts_with('{')) {
    const auto document = parse_json(bytes);
    if (!document) return no_anchor(file, document.error().message());
    return anchors_of_json(*document, file, environment);
  }
  constexpr std::string_view kBlanks = " \t\r\n";
  std::vector<Anchor> anchors;
  for (std::size_t begin = bytes.find_first_not_of(kBlanks); begin != std::string_view::npos;) {
    const std::size_t end = bytes.find_first_of(kBlanks, begin);
    if (const auto head = parse_head(bytes.substr(begin, end - begin)))
      anchors.push_back({*head, fmt::format("'{}'", file)});
    begin = bytes.find_first_not_of(kBlanks, end);
  }
  if (anchors.empty()) return no_anchor(file, "it names no head of a log");
  return anchors;
}

}  // namespace cemli
