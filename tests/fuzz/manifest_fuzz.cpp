// A manifest: its canonical document, and the packages store's, say the same again.

#include "reconciler/package/manifest.h"

#include "reconciler/package/published_codec.h"
#include "tests/fuzz/promise.h"

namespace cemli {
namespace {

using fuzz::promise;

void check_published(Manifest manifest) {
  std::vector<std::string> paths{"manifest.json", "steps/post_check.sh", "steps/run.sh"};
  for (const StepSpec& step : manifest.steps) paths.push_back(step.program);
  if (!complete_steps(manifest, paths, "manifest.json")) return;
  Manifest completed = manifest;
  promise(complete_steps(completed, paths, "manifest.json").has_value() && completed == manifest,
          "steps that are complete stay as they are");
  const PublishedPackage package{std::move(manifest), Digest::of("content"), Digest::of("zip"),
                                 4711};
  const std::string written = encode_published(package);
  const auto read = decode_published(written);
  promise(read.has_value(), "a package that was published is read");
  promise(*read == package, "a package is read as it was published");
}

void check(std::string_view text) {
  auto manifest = parse_manifest(text, "manifest.json");
  if (!manifest) {
    promise(manifest.error().code() == ErrorCode::invalid_input, "a wrong manifest is invalid");
    promise(manifest.error().message().starts_with("manifest.json"), "a problem names the file");
    return;
  }
  const auto canonical = parse_manifest(manifest->document, "manifest.json");
  promise(canonical.has_value(), "a manifest's canonical document is one");
  promise(*canonical == *manifest, "a manifest's canonical document says the same");
  check_published(*std::move(manifest));
}

}  // namespace
}  // namespace cemli

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cemli::check(cemli::fuzz::text_of(data, size));
  return 0;
}
