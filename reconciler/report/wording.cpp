#include "reconciler/report/wording.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace cemli {

std::string describe_time(Timestamp time) {
  const std::string text = format_timestamp(time);
  return text.substr(0, 10) + " " + text.substr(11, 8) + " UTC";
}

std::string describe_time(std::string_view timestamp) {
  const auto time = parse_timestamp(timestamp);
  return time ? describe_minute(*time) : std::string(timestamp);
}

std::string count_of(std::uint64_t count, std::string_view noun) {
  if (count == 1) return fmt::format("1 {}", noun);
  if (noun.ends_with('y')) return fmt::format("{} {}ies", count, noun.substr(0, noun.size() - 1));
  return fmt::format("{} {}s", count, noun);
}

std::string shell_word(std::string_view text) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '/' || c == ':' || c == '@';
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

std::string abbreviated_commit(std::string_view commit) {
  return std::string(commit.substr(0, 12));
}

std::string anchor_of(const Head& head) {
  return fmt::format("{}:{}", head.seq, head.digest.hex());
}

std::string describe_counts(const RunCounts& counts) {
  const std::array<std::pair<std::uint64_t, std::string_view>, 6> kinds{{
      {counts.succeeded, "succeeded"},
      {counts.failed, "failed"},
      {counts.error, "could not be started"},
      {counts.interrupted, "interrupted"},
      {counts.blocked, "blocked"},
      {counts.not_started, "not started"},
  }};
  std::vector<std::string> parts;
  for (const auto& [count, word] : kinds) {
    if (count > 0) parts.push_back(fmt::format("{} {}", count, word));
  }
  return parts.empty() ? "nothing was run" : joined(parts, ", ");
}

Paint outcome_paint(std::string_view outcome) {
  if (outcome == "succeeded") return Paint::green;
  if (outcome == "running" || outcome == "interrupted") return Paint::yellow;
  if (outcome == "held") return Paint::magenta;
  if (outcome == "not_started" || outcome == "none") return Paint::dim;
  return Paint::red;
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

std::string joined(const std::vector<Address>& addresses) {
  std::vector<std::string> texts;
  texts.reserve(addresses.size());
  for (const Address& address : addresses) texts.push_back(address.text());
  return joined(texts, ", ");
}

std::string logs_command(const RunId& run, const Address& address, std::string_view environment) {
  return fmt::format("cemli logs {} {} -e {}", run, shell_word(address.text()), environment);
}

}  // namespace cemli
