#include "tests/cli/normalized.h"

#include <re2/re2.h>

#include <utility>

#include "state/base/process.h"

namespace cemli::test {
namespace {

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at))
    text.replace(at, what.size(), by), at += by.size();
}

}  // namespace

std::string normalized(std::string text, const Sandbox& sandbox) {
  replace_all(text, sandbox.root().string(), "SANDBOX");
  replace_all(text, "tester@" + host_name(), "tester@HOST");
  replace_all(text, " on " + host_name(), " on HOST");
  // The order counts: what holds another comes first.
  constexpr std::pair<const char*, const char*> kKinds[] = {
      {R"(\b[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}\b)", "RUN"},
      {R"(\b[0-9a-f]{64}\b)", "DIGEST"},
      {R"(\b[0-9a-f]{40}\b)", "COMMIT"},
      {R"(\b[0-9a-f]{32}\b)", "LOG"},
      {R"(\b[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z\b)", "TIMESTAMP"},
      {R"(\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b)", "DATE"},
      {R"(\b[0-9]{2}:[0-9]{2}(:[0-9]{2})?\b)", "CLOCK"},
      {R"(\bcommit [0-9a-f]{12}\b)", "commit COMMIT12"},
      {R"(\b[0-9a-f]{12}\b)", "DIGEST12"},
      {R"(\b(pid|process) [0-9]+\b)", "\\1 PID"},
      {R"( +[0-9]+(\.[0-9]+)?s\b)", " DURATION"},
      // How many entries a run takes depends on how fast it is.
      {R"(\blog entry [0-9]+\b)", "log entry N"},
      {R"(\b[0-9]+ log entries\b)", "N log entries"},
      {R"(\b[0-9]+ checkpoints?\b)", "N checkpoints"},
      {R"(\b[0-9]+:DIGEST\b)", "N:DIGEST"},
  };
  for (const auto& [pattern, kind] : kKinds) RE2::GlobalReplace(&text, pattern, kind);
  return text;
}

}  // namespace cemli::test
