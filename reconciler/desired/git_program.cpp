#include "reconciler/desired/git_program.h"

#include <utility>

namespace cemli {
namespace {

/// Hides `user:password` of each URL in a text.
void hide_users(std::string& text) {
  constexpr std::string_view kScheme = "://";
  for (std::size_t at = text.find(kScheme); at != std::string::npos; at = text.find(kScheme, at)) {
    at += kScheme.size();
    const std::string_view authority =
        std::string_view(text).substr(at, text.find_first_of("/ '\"\n", at) - at);
    const std::size_t user = authority.rfind('@');
    if (user != std::string_view::npos) text.replace(at, user, "***");
  }
}

}  // namespace

ProgramCall git_call(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "git");
  return {std::move(arguments),
          {{"GIT_TERMINAL_PROMPT", "0"},
           {"GIT_DIR", std::nullopt},
           {"GIT_WORK_TREE", std::nullopt},
           {"GIT_INDEX_FILE", std::nullopt},
           {"GIT_OBJECT_DIRECTORY", std::nullopt},
           {"LC_ALL", "C"}}};
}

Result<ProgramEnd> run_git(std::vector<std::string> arguments, int stop_fd,
                           std::string_view input) {
  arguments.insert(arguments.begin(), {"-c", "protocol.ext.allow=never"});
  ProgramCall call = git_call(std::move(arguments));
  call.input = input;
  call.stop_fd = stop_fd;
  return run_program(call);
}

std::string what_git_said(const ProgramEnd& end) {
  std::string said = end.err.empty() ? end.out : end.err;
  hide_users(said);
  while (!said.empty() && said.back() == '\n') said.pop_back();
  return said.empty() ? "git said nothing" : said;
}

}  // namespace cemli
