#include "reconciler/package/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "reconciler/package/manifest_parameters.h"
#include "reconciler/package/manifest_steps.h"
#include "reconciler/package/problem_list.h"
#include "state/base/address.h"
#include "state/base/canonical_json.h"
#include "state/base/parse_json.h"

namespace cemli {
namespace {

using nlohmann::json;

constexpr std::int64_t kNewestFormat = 1;

constexpr std::array<std::string_view, 5> kPackageTypeWords{
    "configuration", "extension", "modification", "localization", "integration"};
constexpr std::array<std::string_view, 2> kResumeWords{"restart", "step"};
constexpr std::array<std::string_view, 3> kReversibleWords{"no", "compensating", "yes"};

template <std::size_t Size>
std::optional<std::size_t> index_of(const std::array<std::string_view, Size>& words,
                                    std::string_view word) {
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) return std::nullopt;
  return static_cast<std::size_t>(found - words.begin());
}

class ManifestReader {
 public:
  explicit ManifestReader(std::string_view file) : problems_(file) {}

  Result<Manifest> read(const json& root) {
    const Field top(root);
    if (!problems_.expect_object(top) || !read_format(top)) return problems_.error();
    problems_.check_keys(
        top, {"format", "name", "version", "type", "description", "owner", "change_ticket",
              "depends_on", "environments", "parameters", "secrets", "rerun_on", "locks", "steps",
              "idempotent", "resume", "reversible", "tags"});
    const std::string name = read_name(top);
    const Version version = read_version(top);
    const PackageType type = read_type(top);
    Manifest manifest{name, version, type};
    read_descriptions(top, manifest);
    read_dependencies(top, manifest);
    read_environments(top, manifest);
    manifest.parameters = read_parameter_specs(top, problems_);
    if (const auto secrets = top.member("secrets"))
      manifest.secrets = read_names(
          *secrets, "a secret's name: letters, digits and '_', at most 63, a letter first",
          is_secret_name);
    read_rerun_on(top, manifest);
    read_locks(top, manifest);
    read_promises(top, manifest);
    manifest.steps = read_steps(top, problems_);
    if (const auto tags = top.member("tags")) problems_.expect_object(*tags);
    if (!problems_.empty()) return problems_.error();
    auto document = canonical_json(root);
    if (!document) return std::move(document).error().while_doing(problems_.file());
    manifest.document = *std::move(document);
    return manifest;
  }

 private:
  /// What a newer format means nobody here knows, so nothing else is judged.
  bool read_format(const Field& top) {
    const auto format = top.member("format");
    if (!format) return true;
    const auto number = problems_.integer(*format);
    if (!number) return false;
    if (*number > kNewestFormat) {
      problems_.add(*format, fmt::format("format {} is newer than this version of cemli reads, {}",
                                         *number, kNewestFormat));
    } else if (*number < 1) {
      problems_.add(*format, fmt::format("format {} does not exist", *number));
    }
    return problems_.empty();
  }

  std::string read_name(const Field& top) {
    const auto field = problems_.required(top, "name");
    if (!field) return {};
    auto name = problems_.line(*field);
    if (!name) return {};
    if (const auto address = Address::make(*name, std::nullopt); !address)
      problems_.add(*field, address.error().message());
    return *std::move(name);
  }

  Version read_version(const Field& top) {
    // A wrong version must not hide the problems behind it.
    const auto stand_in = [] { return *Version::parse("0.0.0"); };
    const auto field = problems_.required(top, "version");
    if (!field) return stand_in();
    const auto text = problems_.line(*field);
    if (!text) return stand_in();
    auto version = Version::parse(*text);
    if (version) return *std::move(version);
    problems_.add(*field, version.error().message());
    return stand_in();
  }

  PackageType read_type(const Field& top) {
    const auto field = problems_.required(top, "type");
    if (!field) return PackageType::configuration;
    const auto index = read_word(*field, kPackageTypeWords);
    return static_cast<PackageType>(index.value_or(0));
  }

  template <std::size_t Size>
  std::optional<std::size_t> read_word(const Field& field,
                                       const std::array<std::string_view, Size>& words) {
    const auto word = problems_.line(field);
    if (!word) return std::nullopt;
    const auto index = index_of(words, *word);
    if (!index)
      problems_.add(field, fmt::format("'{}' is none of {}", *word, fmt::join(words, ", ")));
    return index;
  }

  void read_descriptions(const Field& top, Manifest& manifest) {
    if (const auto field = top.member("description"))
      manifest.description = problems_.text(*field).value_or("");
    if (const auto field = top.member("owner"))
      manifest.owner = problems_.line(*field).value_or("");
    if (const auto field = top.member("change_ticket"))
      manifest.change_ticket = problems_.line(*field).value_or("");
  }

  void read_dependencies(const Field& top, Manifest& manifest) {
    const auto dependencies = top.member("depends_on");
    if (!dependencies || !problems_.expect_object(*dependencies)) return;
    for (const Field& field : dependencies->members()) {
      const std::string name = field.name();
      if (!is_name(name)) {
        problems_.add(field, fmt::format("'{}' is not a package name; a dependency means all "
                                         "instances of a package",
                                         name));
      }
      if (name == manifest.name) problems_.add(field, "the package depends on itself");
      const auto text = problems_.line(field);
      if (!text) continue;
      auto range = VersionRange::parse(*text);
      if (range) {
        manifest.depends_on.emplace(name, *std::move(range));
      } else {
        problems_.add(field, range.error().message());
      }
    }
  }

  void read_environments(const Field& top, Manifest& manifest) {
    const auto environments = top.member("environments");
    if (!environments) return;
    manifest.environments = read_names(*environments, "an environment's name", is_name);
    if (environments->value().is_array() && environments->value().empty())
      problems_.add(*environments, "without an environment it could be desired nowhere");
  }

  void read_rerun_on(const Field& top, Manifest& manifest) {
    const auto rerun_on = top.member("rerun_on");
    if (!rerun_on) return;
    manifest.rerun_on = read_names(*rerun_on, "something to run again on: secrets",
                                   [](std::string_view word) { return word == "secrets"; });
  }

  /// A list of words, each once, sorted.
  std::vector<std::string> read_names(const Field& list, std::string_view expected,
                                      bool (*is_valid)(std::string_view)) {
    std::set<std::string> names;
    if (!problems_.expect_array(list)) return {};
    for (const Field& field : list.items()) {
      const auto name = problems_.line(field);
      if (!name) continue;
      if (!is_valid(*name)) {
        problems_.add(field, fmt::format("'{}' is not {}", *name, expected));
      } else if (!names.insert(*name).second) {
        problems_.add(field, fmt::format("'{}' stands there twice", *name));
      }
    }
    return {names.begin(), names.end()};
  }

  void read_locks(const Field& top, Manifest& manifest) {
    const auto locks = top.member("locks");
    if (!locks || !problems_.expect_array(*locks)) return;
    std::set<std::string> names;
    for (const Field& field : locks->items()) {
      const auto name = problems_.line(field);
      if (!name) continue;
      if (name->empty()) problems_.add(field, "a lock needs a name");
      if (!names.insert(*name).second)
        problems_.add(field, fmt::format("the lock '{}' stands there twice", *name));
    }
    manifest.locks.assign(names.begin(), names.end());
  }

  void read_promises(const Field& top, Manifest& manifest) {
    if (const auto field = top.member("idempotent"))
      manifest.idempotent = problems_.boolean(*field).value_or(false);
    if (const auto field = top.member("reversible"))
      manifest.reversible =
          static_cast<Reversible>(read_word(*field, kReversibleWords).value_or(0));
    if (const auto field = top.member("resume"))
      manifest.resume = static_cast<Resume>(read_word(*field, kResumeWords).value_or(0));
  }

  ProblemList problems_;
};

}  // namespace

std::string_view word_of(PackageType type) {
  return kPackageTypeWords[static_cast<std::size_t>(type)];
}

std::string_view word_of(Reversible reversible) {
  return kReversibleWords[static_cast<std::size_t>(reversible)];
}

std::optional<Reversible> reversible_of(std::string_view word) {
  const auto index = index_of(kReversibleWords, word);
  if (!index) return std::nullopt;
  return static_cast<Reversible>(*index);
}

bool is_secret_name(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !text.empty() && text.size() <= 63 && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

Result<Manifest> parse_manifest(std::string_view json_text, std::string_view file) {
  if (json_text.size() > kLargestManifest)
    return Error(ErrorCode::invalid_input, fmt::format("{}: larger than 1 MiB", file));
  const auto root = parse_json(json_text);
  if (!root) {
    // Syntax errors start with their line and column, content errors with a pointer.
    const std::string& why = root.error().message();
    const bool has_position = why.front() >= '0' && why.front() <= '9';
    return Error(ErrorCode::invalid_input,
                 fmt::format("{}:{}{}", file, has_position ? "" : " ", why));
  }
  return read_manifest(*root, file);
}

Result<Manifest> read_manifest(const nlohmann::json& document, std::string_view file) {
  return ManifestReader(file).read(document);
}

std::string title(const Manifest& manifest) {
  return fmt::format("{} {}", manifest.name, manifest.version.text());
}

}  // namespace cemli
