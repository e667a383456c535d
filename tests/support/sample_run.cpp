#include "tests/support/sample_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "reconciler/package/package_archive.h"
#include "reconciler/package/zip_writer.h"

namespace cemli::test {
namespace {

Address at(std::string_view text) {
  return Address::parse(text).value();
}

Action action_of(const SampleAction& sample, const std::string& zip) {
  auto archived = read_archive(zip);
  if (!archived) FAIL(archived.error().message());
  Action action{at(sample.address), ActionKind::run, "1.0.0"};
  DesiredPackage desired{{action.address, "1.0.0", archived->content, sample.parameters},
                         {},
                         sample.locks,
                         sample.idempotent,
                         Reversible::no,
                         {},
                         false,
                         Digest::of(zip),
                         zip.size()};
  for (const std::string& dependency : sample.depends_on)
    desired.depends_on.push_back(at(dependency));
  action.after = desired.identity.digest();
  action.desired = std::move(desired);
  return action;
}

}  // namespace

std::string zip_of(const std::map<std::string, std::string>& files) {
  ZipWriter zip;
  for (const auto& [path, content] : files) {
    const bool runs = path.starts_with("steps/") && !path.ends_with(".txt");
    REQUIRE(zip.add(path, runs ? FileMode::executable : FileMode::plain, content));
  }
  Result<std::string> bytes = zip.finish();
  REQUIRE(bytes);
  return *std::move(bytes);
}

Result<UniqueFd> file_of(const std::string& bytes) {
  auto file = make_nameless_file(std::filesystem::temp_directory_path());
  if (!file) return file;
  if (auto written = write_all(file->get(), bytes); !written) return std::move(written).error();
  return file;
}

SampleRun::SampleRun(const std::vector<SampleAction>& actions)
    : plan{"dev",
           "4c1f0a77b5d0c3a1e6f2f8f9a0b1c2d3e4f50617",
           std::nullopt,
           Digest::of("desired"),
           Digest::of("policy"),
           {}} {
  for (const SampleAction& sample : actions) {
    std::map<std::string, std::string> files = sample.files;
    files["manifest.json"] =
        fmt::format(R"({{"name":"{}","version":"1.0.0","type":"configuration"{}}})",
                    at(sample.address).name(), sample.manifest);
    const std::string zip = zip_of(files);
    zips[sample.address] = zip;
    plan.actions.push_back(action_of(sample, zip));
  }
}

PackageFetcher SampleRun::fetcher() const {
  return [this](const DesiredPackage& desired) {
    return file_of(zips.at(desired.identity.address.text()));
  };
}

const Action& SampleRun::action(std::string_view address) const {
  const auto found =
      std::find_if(plan.actions.begin(), plan.actions.end(),
                   [&address](const Action& a) { return a.address.text() == address; });
  REQUIRE(found != plan.actions.end());
  return *found;
}

RunFacts sample_facts() {
  const char* path = std::getenv("PATH");
  return {"dev", "20261123T060000Z-00000001", 7, path == nullptr ? "/usr/bin:/bin" : path,
          "C.UTF-8"};
}

TemporaryFolder temporary_folder() {
  auto folder = TemporaryFolder::make(std::filesystem::temp_directory_path(), "cemli-test-");
  REQUIRE(folder);
  return *std::move(folder);
}

void NotingObserver::run_started(const RunId& run, const Plan&) {
  notes.push_back("run " + run);
}

void NotingObserver::attempt_started(const Action& action) {
  notes.push_back("started " + action.address.text());
  if (on_started) on_started(action);
}

void NotingObserver::attempt_ended(const Action& action, const AttemptReport& report) {
  notes.push_back(
      fmt::format("ended {} {}", action.address.text(), word_of(kind_of(report.outcome))));
  if (on_ended) on_ended(action);
}

void NotingObserver::became_blocked(const Action& action, const Address& because) {
  notes.push_back(fmt::format("blocked {} by {}", action.address.text(), because.text()));
}

void NotingObserver::notice(const std::string& text) {
  notes.push_back("notice " + text);
}

}  // namespace cemli::test
