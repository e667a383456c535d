// A lock file: what is read is written, and read again, as the same.

#include "reconciler/desired/lock_file.h"

#include <algorithm>

#include "tests/fuzz/promise.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using cemli::fuzz::promise;
  constexpr std::string_view kEnvironment = "prod";
  constexpr std::string_view kFile = "environments/prod.lock.json";
  const std::string_view text = cemli::fuzz::text_of(data, size);
  const auto lock = cemli::parse_lock_file(text, kEnvironment, kFile);
  if (!lock) {
    promise(lock.error().code() == cemli::ErrorCode::invalid_input,
            "a wrong lock is invalid input");
    promise(lock.error().message().starts_with(kFile), "a problem names the file");
    return 0;
  }
  promise(lock->environment == kEnvironment, "a lock is of the environment it is read for");
  for (const auto& [name, locked] : lock->packages) {
    promise(locked.package.manifest.name == name, "a line is of the package it names");
    const auto& instances = locked.instances;
    promise(std::adjacent_find(instances.begin(), instances.end(), std::greater_equal<>()) ==
                instances.end(),
            "instances are sorted, each once");
  }
  const std::string written = cemli::encode_lock(*lock);
  const auto again = cemli::parse_lock_file(written, kEnvironment, kFile);
  promise(again.has_value(), "a lock that was written is read");
  promise(*again == *lock, "a lock is read as it was written");
  promise(cemli::encode_lock(*again) == written, "the same lock is the same bytes");
  return 0;
}
