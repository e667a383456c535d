#include "reconciler/package/published_codec.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "state/base/canonical_json.h"
#include "state/base/json_reader.h"
#include "state/base/parse_json.h"

namespace cemli {
namespace {

using nlohmann::json;

constexpr std::uint64_t kPublishedFormat = 1;

/// The programs of the package that its steps run, so that a reader of the document alone knows
/// also the steps that were found by their place.
std::vector<std::string> programs_of(const Manifest& manifest) {
  std::vector<std::string> programs;
  for (const StepSpec& step : manifest.steps) {
    if (step.program.find('/') != std::string::npos) programs.push_back(step.program);
  }
  std::sort(programs.begin(), programs.end());
  programs.erase(std::unique(programs.begin(), programs.end()), programs.end());
  return programs;
}

}  // namespace

json members_of(const PublishedPackage& package) {
  return {{"zip_sha256", package.zip_digest.hex()},
          {"zip_size", package.zip_size},
          {"content_digest", package.content.hex()},
          {"programs", programs_of(package.manifest)},
          {"manifest", json::parse(package.manifest.document)}};
}

std::string encode_published(const PublishedPackage& package) {
  json document = members_of(package);
  document["format"] = kPublishedFormat;
  auto text = canonical_json(document);
  return text ? *std::move(text) : std::string();
}

Result<PublishedPackage> read_published(const json& members) {
  std::optional<Error> failure;
  JsonReader reader(members, failure);
  const Digest zip_digest = reader.digest("zip_sha256");
  const std::uint64_t zip_size = reader.number("zip_size");
  const Digest content = reader.digest("content_digest");
  const std::vector<std::string> programs = reader.texts("programs");
  const json& manifest_document = reader.any("manifest");
  reader.finish();
  if (failure) return *std::move(failure);
  auto manifest = read_manifest(manifest_document, "manifest");
  if (!manifest) return std::move(manifest).error();
  if (auto completed = complete_steps(*manifest, programs, "manifest"); !completed)
    return std::move(completed).error();
  return PublishedPackage{*std::move(manifest), content, zip_digest, zip_size};
}

Result<PublishedPackage> decode_published(std::string_view bytes) {
  auto document = parse_json(bytes);
  if (!document) return Error(ErrorCode::corrupt, document.error().message());
  std::optional<Error> failure;
  JsonReader reader(*document, failure);
  if (reader.number("format") > kPublishedFormat)
    reader.fail("format", "newer than this version of cemli reads");
  if (failure) return *std::move(failure);
  document->erase("format");
  return read_published(*document);
}

}  // namespace cemli
