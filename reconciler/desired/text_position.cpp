#include "reconciler/desired/text_position.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cemli {

std::string where(std::string_view file, TextPosition position) {
  return fmt::format("{}:{}:{}", file, position.line, position.column);
}

Error error_in(std::string_view file, std::vector<TextProblem> problems) {
  std::sort(problems.begin(), problems.end());
  problems.erase(std::unique(problems.begin(), problems.end()), problems.end());
  std::vector<Problem> located;
  located.reserve(problems.size());
  for (TextProblem& problem : problems) {
    located.push_back({where(file, problem.at), std::move(problem.what)});
  }
  return error_of(located);
}

std::string unknown_key(std::string_view key, const std::vector<std::string>& known) {
  const auto meant = nearest(key, known);
  return fmt::format("unknown key '{}'{}", key,
                     meant ? fmt::format("; did you mean '{}'?", *meant) : "");
}

}  // namespace cemli
