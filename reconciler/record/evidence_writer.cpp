#include "reconciler/record/evidence_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "reconciler/package/zip_writer.h"
#include "state/base/canonical_json.h"
#include "state/base/file.h"
#include "state/object_names.h"
#include "state/store/write_once.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

/// Collects `files.zip` and the list of what is in it.
class FilesZip {
 public:
  Result<void> add(const std::string& path, std::string bytes) {
    files_.push_back(EvidenceFile{path, bytes.size(), Digest::of(bytes)});
    return zip_.add(path, FileMode::plain, std::move(bytes));
  }
  [[nodiscard]] bool empty() const { return files_.empty(); }
  [[nodiscard]] const std::vector<EvidenceFile>& files() const { return files_; }
  [[nodiscard]] Result<std::string> finish() { return zip_.finish(); }

 private:
  ZipWriter zip_;
  std::vector<EvidenceFile> files_;
};

/// How much stands in `result.json`: a character is not cut in two.
std::size_t inline_size(const std::string& whole) {
  if (whole.size() <= kLargestInlineStream) return whole.size();
  constexpr std::size_t kLongestCharacter = 4;
  std::size_t size = kLargestInlineStream;
  while (size > kLargestInlineStream - kLongestCharacter && (whole[size] & 0xC0) == 0x80) --size;
  return size;
}

/// The stream as `result.json` shows it; what it cannot show exactly goes into the zip as well.
Result<StreamEvidence> pack_stream(const CapturedStream& stream, const std::string& path,
                                   FilesZip& zip) {
  const std::string whole = stream.text();
  StreamEvidence evidence;
  evidence.size = stream.head.size() + stream.dropped + stream.tail.size();
  evidence.dropped = stream.dropped;
  evidence.replaced = !is_utf8(whole);
  const bool is_long = whole.size() > kLargestInlineStream;
  if (evidence.replaced || is_long) {
    if (auto added = zip.add(path, whole); !added) return std::move(added).error();
    evidence.file = path;
  }
  evidence.text = replace_invalid_utf8(std::string_view(whole).substr(0, inline_size(whole)));
  if (is_long) evidence.text += fmt::format("\n[cemli: cut here; whole in {}]\n", path);
  return evidence;
}

/// The folder of a program's streams in the zip: `run`, `run/load`, and `run/load.2` where it was
/// tried again.
std::string folder_of(const StepExecution& step) {
  std::string folder = step.part.empty() ? step.step : step.step + "/" + step.part;
  if (step.try_number > 1) folder += fmt::format(".{}", step.try_number);
  return folder;
}

Result<StepEvidence> pack_step(const StepExecution& step, FilesZip& zip) {
  const std::string folder = folder_of(step);
  auto out = pack_stream(step.out, folder + "/stdout", zip);
  if (!out) return std::move(out).error();
  auto err = pack_stream(step.err, folder + "/stderr", zip);
  if (!err) return std::move(err).error();
  StepEvidence evidence{step.step,      step.program, step.args, step.exit_code,  step.signal,
                        step.timed_out, step.start,   step.end,  *std::move(out), *std::move(err)};
  for (const RuleHit& hit : step.findings.hits) {
    evidence.rule_hits.push_back({std::string(word_of(hit.kind)), replace_invalid_utf8(hit.rule),
                                  replace_invalid_utf8(hit.file), hit.line,
                                  replace_invalid_utf8(hit.text)});
  }
  evidence.more_rule_hits = step.findings.more;
  evidence.part = step.part;
  evidence.try_number = step.try_number;
  return evidence;
}

/// An artifact as it may be kept. In what is not text nothing can be masked without breaking it.
Result<std::string> without_secrets(std::string bytes, const std::string& name,
                                    const Masks& masks) {
  if (!masks.finds_in(bytes)) return bytes;
  const bool is_text = is_utf8(bytes) && bytes.find('\0') == std::string::npos;
  if (is_text) return masks.mask(bytes);
  return Error(
      ErrorCode::invalid_input,
      fmt::format("artifact '{}' is not text and holds a secret, so it is not kept", name));
}

Result<void> pack_artifacts(const fs::path& folder, const Masks& masks, FilesZip& zip) {
  std::error_code error;
  std::vector<fs::path> paths;
  const fs::file_status root = fs::symlink_status(folder, error);
  if (root.type() == fs::file_type::not_found) return {};
  if (!error && !fs::is_directory(root))
    return Error(ErrorCode::invalid_input, "the folder of artifacts is not a folder any more");
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    const fs::file_status status = it->symlink_status(error);
    if (fs::is_directory(status)) continue;
    // A link could name any file of this machine.
    if (!fs::is_regular_file(status)) {
      return Error(ErrorCode::invalid_input, fmt::format("artifact '{}' is not a regular file",
                                                         it->path().filename().string()));
    }
    paths.push_back(it->path());
  }
  if (error) return system_error(error.value(), "reading artifacts");
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) {
    const std::string name = path.native().substr(folder.native().size() + 1);
    if (!is_utf8(name)) {
      return Error(ErrorCode::invalid_input, fmt::format("the name of artifact '{}' is not UTF-8",
                                                         replace_invalid_utf8(name)));
    }
    if (masks.finds_in(name))
      return Error(ErrorCode::invalid_input, "the name of an artifact holds a secret");
    auto file = read_file(path);
    if (!file) return std::move(file).error();
    auto bytes = without_secrets(*std::move(file), name, masks);
    if (!bytes) return std::move(bytes).error();
    if (auto added = zip.add("artifacts/" + name, *std::move(bytes)); !added) return added;
  }
  return {};
}

AttemptEvidence common_evidence(const AttemptReport& report, const Action& action,
                                const RunRecordFacts& facts) {
  const DesiredPackage& package = *action.package();
  const Identity& identity = package.identity;
  return {report.address,
          report.attempt,
          facts.run,
          facts.environment,
          action.kind,
          kind_of(report.outcome),
          replace_invalid_utf8(summary_of(report.outcome)),
          report.start,
          report.end,
          identity,
          facts.packages,
          fmt::format("{}/{}.zip", identity.address.name(), identity.version),
          package.zip_digest,
          report.manifest,
          {},
          facts.principal,
          facts.host,
          facts.runner,
          facts.commit,
          facts.plan,
          std::nullopt,
          {},
          {},
          facts.approvals};
}

}  // namespace

Result<PackedEvidence> pack_evidence(const AttemptReport& report, const Action& action,
                                     const RunRecordFacts& facts) {
  AttemptEvidence evidence = common_evidence(report, action, facts);
  for (const std::string& name : action.package()->secrets) {
    if (const auto source = facts.secrets.find(name); source != facts.secrets.end())
      evidence.secrets.insert(*source);
  }
  FilesZip zip;
  for (const StepExecution& execution : report.steps) {
    auto step = pack_step(execution, zip);
    if (!step) return std::move(step).error();
    evidence.execution.push_back(*std::move(step));
  }
  if (report.folder) {
    if (auto packed = pack_artifacts(report.artifacts, facts.masks, zip); !packed)
      return std::move(packed).error();
  }
  PackedEvidence packed;
  packed.result_key = result_key(facts.environment, facts.run, report.address, report.attempt);
  if (!zip.empty()) {
    evidence.files = zip.files();
    packed.files_key = files_key(facts.environment, facts.run, report.address, report.attempt);
    auto bytes = zip.finish();
    if (!bytes) return std::move(bytes).error();
    packed.files = *std::move(bytes);
    evidence.files_zip = ObjectReference{packed.files_key, Digest::of(packed.files)};
  }
  packed.result = encode_attempt(evidence);
  return packed;
}

Result<void> write_evidence(Store& results, const std::vector<PackedEvidence>& packed) {
  std::vector<NewObject> zips;
  std::vector<NewObject> documents;
  for (const PackedEvidence& evidence : packed) {
    if (!evidence.files_key.empty()) zips.push_back(NewObject{evidence.files_key, evidence.files});
    documents.push_back(NewObject{evidence.result_key, evidence.result});
  }
  for (const std::vector<NewObject>* objects : {&zips, &documents}) {
    if (auto written = write_once(results, *objects); !written)
      return std::move(written).error().while_doing("writing evidence");
  }
  return {};
}

}  // namespace cemli
