#include "reconciler/cli/secret_sources.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>
#include <vector>

#include "reconciler/execute/masking.h"
#include "state/base/file.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestSecret = 64UL * 1024;

Error unreadable(std::string message) {
  return {ErrorCode::invalid_input, std::move(message)};
}

Result<std::string> value_of(const SecretSource& source, const std::optional<fs::path>& root) {
  if (source.kind == SecretSource::Kind::variable) {
    const char* value = std::getenv(source.name.c_str());
    if (value != nullptr) return std::string(value);
    return unreadable(fmt::format("the environment variable '{}' is not set", source.name));
  }
  fs::path path(source.name);
  if (path.is_relative()) {
    if (!root)
      return unreadable(
          fmt::format("'{}' is relative, and there is no work tree to count from", source.name));
    path = *root / path;
  }
  auto value = read_file(path);
  if (!value) return value;
  if (value->ends_with('\n')) value->pop_back();
  if (value->ends_with('\r')) value->pop_back();
  return value;
}

Result<void> check(const std::string& value) {
  if (value.empty()) return unreadable("it is empty");
  if (value.size() < kShortestSecret) {
    return unreadable(fmt::format("it has fewer than {} bytes, so it could not be masked in output",
                                  kShortestSecret));
  }
  if (value.size() > kLongestSecret)
    return unreadable(fmt::format("it has more than {} bytes", kLongestSecret));
  if (value.find('\0') != std::string::npos) return unreadable("it holds a NUL");
  return {};
}

}  // namespace

std::map<std::string, std::string> secret_references(
    const std::map<std::string, SecretSource>& sources) {
  std::map<std::string, std::string> references;
  for (const auto& [name, source] : sources) {
    const bool is_file = source.kind == SecretSource::Kind::file;
    references.emplace(name, (is_file ? "file:" : "env:") + source.name);
  }
  return references;
}

Result<SecretValues> read_secrets(const std::map<std::string, SecretSource>& sources,
                                  const std::set<std::string>& names,
                                  const std::optional<fs::path>& root) {
  SecretValues values;
  std::vector<Problem> problems;
  for (const std::string& name : names) {
    const auto found = sources.find(name);
    if (found == sources.end()) {
      problems.push_back(
          {fmt::format("secret '{}'", name), "the environment does not say where from"});
      continue;
    }
    auto value = value_of(found->second, root);
    auto checked = value ? check(*value) : Result<void>(std::move(value).error());
    if (checked) {
      values.emplace(name, *std::move(value));
    } else {
      problems.push_back({fmt::format("secret '{}'", name), checked.error().message()});
    }
  }
  if (!problems.empty()) return error_of(problems);
  return values;
}

}  // namespace cemli
