#include "reconciler/desired/git_program.h"

#include <utility>

namespace cemli {

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

}  // namespace cemli
