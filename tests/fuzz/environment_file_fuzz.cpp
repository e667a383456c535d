// An environment file, which anybody who may push can write.

#include "reconciler/desired/environment_file.h"

#include <algorithm>
#include <limits>

#include "state/base/address.h"
#include "tests/fuzz/promise.h"

namespace cemli {
namespace {

using fuzz::promise;

constexpr std::string_view kFile = "environments/prod.yaml";

void check_position(std::string_view text, TextPosition at) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  promise(at.line >= 1 && at.line <= lines, "a position is in the text");
  promise(at.column >= 1 && at.column <= text.size() + 1, "a column is in the text");
}

void check_parameters(std::string_view text, const WrittenParameters& parameters) {
  for (const auto& [name, value] : parameters) {
    check_position(text, value.at);
    promise(value.items.empty() || value.style == WrittenValue::Style::list,
            "only a list has items");
  }
}

void check_package(std::string_view text, const std::string& name, const PackageEntry& package) {
  promise(is_name(name), "a package has a package's name");
  promise(!wanted_text(package.version).empty(), "a package has a version or a range");
  if (const auto* version = std::get_if<Version>(&package.version))
    promise(fits(package.version, *version), "a version fits itself");
  check_position(text, package.at);
  check_position(text, package.version_at);
  check_parameters(text, package.parameters);
  for (const auto& [instance, entry] : package.instances) {
    promise(is_instance(instance), "an instance has an instance's name");
    check_position(text, entry.at);
    check_parameters(text, entry.parameters);
  }
}

void check(std::string_view text) {
  const auto file = parse_environment_file(text, kFile);
  const auto again = parse_environment_file(text, kFile);
  promise(file.has_value() == again.has_value(), "the same text is read in the same way");
  if (!file) {
    promise(file.error().code() == ErrorCode::invalid_input, "a wrong file is invalid input");
    promise(file.error().message().starts_with(kFile), "a problem names the file");
    promise(file.error().message() == again.error().message(), "the same text has the same faults");
    return;
  }
  promise(*file == *again, "the same text says the same");
  promise(file->environment == "prod", "an environment has its file's name");
  promise(file->lease >= std::chrono::seconds(2) && file->lease <= std::chrono::hours(1),
          "a lease is from 2s to 1h");
  check_parameters(text, file->parameters);
  for (const auto& [name, package] : file->packages) check_package(text, name, package);
}

}  // namespace
}  // namespace cemli

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cemli::check(cemli::fuzz::text_of(data, size));
  return 0;
}
