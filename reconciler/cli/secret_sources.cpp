#include "reconciler/cli/secret_sources.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "reconciler/execute/masking.h"
#include "state/base/file.h"
#include "state/store/oci_vault.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestSecret = 64UL * 1024;

Error unreadable(std::string message) {
  return {ErrorCode::invalid_input, std::move(message)};
}

/// A value, and its version where it has one.
struct ReadSecret {
  std::string value;
  std::optional<std::string> version = std::nullopt;
};

std::string version_text(std::uint64_t version) {
  return fmt::format("v{}", version);
}

Result<ReadSecret> read_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value != nullptr) return ReadSecret{value};
  return unreadable(fmt::format("the environment variable '{}' is not set", name));
}

/// Whoever writes a line into a file does not mean its end. A step would not print it either, and
/// what it prints could not be masked.
std::string without_line_end(std::string value) {
  if (value.ends_with('\n')) value.pop_back();
  if (value.ends_with('\r')) value.pop_back();
  return value;
}

Result<ReadSecret> read_secret_file(const std::string& name, const std::optional<fs::path>& root) {
  fs::path path(name);
  if (path.is_relative()) {
    if (!root)
      return unreadable(
          fmt::format("'{}' is relative, and there is no work tree to count from", name));
    path = *root / path;
  }
  auto value = read_file(path);
  if (!value) return unreadable(value.error().message());
  return ReadSecret{without_line_end(*std::move(value))};
}

Result<ReadSecret> read_secret(const SecretSource& source, const SecretPlaces& places) {
  switch (source.kind) {
    case SecretSource::Kind::variable:
      return read_variable(source.name);
    case SecretSource::Kind::file:
      return read_secret_file(source.name, places.root);
    case SecretSource::Kind::oci_vault:
      break;
  }
  auto secret = places.vault.read(source.name);
  if (!secret) return std::move(secret).error();
  return ReadSecret{without_line_end(std::move(secret->value)), version_text(secret->version)};
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

std::string_view kind_word(SecretSource::Kind kind) {
  switch (kind) {
    case SecretSource::Kind::variable:
      return "env";
    case SecretSource::Kind::file:
      return "file";
    case SecretSource::Kind::oci_vault:
      break;
  }
  return "oci-vault";
}

/// What could not be read, as one error.
class FailedSecrets {
 public:
  void add(const std::string& name, Error error) {
    const std::string where = fmt::format("secret '{}'", name);
    problems_.push_back({where, error.message()});
    if (!first_) first_ = std::move(error).while_doing(where);
  }
  [[nodiscard]] bool any() const { return first_.has_value(); }
  /// Several have one thing to do in common at most.
  [[nodiscard]] Error error() && {
    if (problems_.size() == 1) return *std::move(first_);
    Error all = error_of(problems_);
    return first_->hint() ? std::move(all).with_hint(*first_->hint()) : all;
  }

 private:
  std::vector<Problem> problems_;
  std::optional<Error> first_;
};

}  // namespace

std::map<std::string, std::string> secret_references(const SecretSources& sources,
                                                     const SecretVersions& versions) {
  std::map<std::string, std::string> references;
  for (const auto& [name, source] : sources) {
    std::string reference = std::string(kind_word(source.kind)) + ':' + source.name;
    if (const auto version = versions.find(name); version != versions.end())
      reference += '@' + version->second;
    references.emplace(name, std::move(reference));
  }
  return references;
}

Result<ReadSecrets> read_secrets(const SecretSources& sources, const std::set<std::string>& names,
                                 const SecretPlaces& places) {
  ReadSecrets read;
  FailedSecrets failed;
  for (const std::string& name : names) {
    const auto found = sources.find(name);
    if (found == sources.end()) {
      failed.add(name, unreadable("the environment does not say where from"));
      continue;
    }
    auto secret = read_secret(found->second, places);
    if (secret) {
      if (auto checked = check(secret->value); !checked) secret = std::move(checked).error();
    }
    if (!secret) {
      failed.add(name, std::move(secret).error());
      continue;
    }
    read.values.emplace(name, std::move(secret->value));
    if (secret->version) read.versions.emplace(name, *std::move(secret->version));
  }
  if (failed.any()) return std::move(failed).error();
  return read;
}

Result<SecretVersions> read_secret_versions(const SecretSources& sources,
                                            const std::set<std::string>& names, OciVault& vault) {
  SecretVersions versions;
  FailedSecrets failed;
  for (const std::string& name : names) {
    auto version = vault.current_version(sources.at(name).name);
    if (version)
      versions.emplace(name, version_text(*version));
    else
      failed.add(name, std::move(version).error());
  }
  if (failed.any()) return std::move(failed).error();
  return versions;
}

}  // namespace cemli
