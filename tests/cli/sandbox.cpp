#include "tests/cli/sandbox.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "state/base/process.h"

namespace cemli::test {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

TemporaryFolder make_folder() {
  auto folder = TemporaryFolder::make(fs::temp_directory_path(), "cemli-test-");
  REQUIRE(folder);
  return *std::move(folder);
}

void write_text(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  REQUIRE(replace_file(path, text, Durability::relaxed));
}

}  // namespace

std::vector<std::string> split_words(const std::string& text, char separator) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::vector<pid_t> processes_with(const std::string& name, const std::string& value) {
  std::vector<pid_t> found;
  for (const pid_t pid : all_processes()) {
    if (environment_value(pid, name) == value) found.push_back(pid);
  }
  return found;
}

Sandbox::Sandbox() : folder_(make_folder()), root_(fs::canonical(folder_.path())) {
  for (const char* name : {"repository", "effects", "home", "tmp", "packages", "output"})
    fs::create_directory(root_ / name);
  environment_ = {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                  {"HOME", (root_ / "home").string()},
                  {"TMPDIR", (root_ / "tmp").string()},
                  {"USER", "tester"},
                  {"LANG", "C.UTF-8"},
                  {"GIT_CONFIG_GLOBAL", "/dev/null"},
                  {"GIT_CONFIG_NOSYSTEM", "1"},
                  {"GIT_AUTHOR_NAME", "Tester"},
                  {"GIT_AUTHOR_EMAIL", "tester@example.com"},
                  {"GIT_COMMITTER_NAME", "Tester"},
                  {"GIT_COMMITTER_EMAIL", "tester@example.com"}};
  git({"init", "--quiet", "--initial-branch=main", "."});
}

void Sandbox::write(const fs::path& path, std::string_view text) const {
  write_text(repository() / path, text);
}

std::string Sandbox::git(const std::vector<std::string>& arguments) {
  Invocation git = invocation(arguments);
  git.argv.front() = "/usr/bin/git";
  Ended ended = Command(git).wait();
  INFO("git: " << ended.err);
  REQUIRE(ended.exit_code == 0);
  while (!ended.out.empty() && ended.out.back() == '\n') ended.out.pop_back();
  return ended.out;
}

std::string Sandbox::commit(const std::string& message) {
  git({"add", "--all"});
  git({"commit", "--quiet", "--allow-empty", "-m", message});
  return git({"rev-parse", "HEAD"});
}

fs::path Sandbox::write_package(const PackageSource& source) const {
  fs::path folder = root_ / "packages" / (source.name + "-" + source.version);
  json manifest{{"name", source.name}, {"version", source.version}, {"type", "extension"}};
  if (source.manifest.is_object()) manifest.update(source.manifest);
  write_text(folder / "manifest.json", manifest.dump(2) + "\n");
  std::map<std::string, std::string> files = source.files;
  files.emplace("steps/run.sh", source.run);
  for (const auto& [path, text] : files) {
    const bool has_effects = text.find("$E") != std::string::npos;
    write_text(folder / path, path.ends_with(".sh") && has_effects
                                  ? fmt::format("E={}\n{}", effects().string(), text)
                                  : text);
  }
  return folder;
}

void Sandbox::publish(const std::vector<PackageSource>& sources) {
  std::vector<std::string> arguments{"package", "publish", "--store",
                                     "file:" + (store() / "packages").string()};
  for (const PackageSource& source : sources) arguments.push_back(write_package(source).string());
  cemli(0, arguments);
}

void Sandbox::desire(const std::string& packages, const std::string& head) {
  std::string text = "format: 1\nenvironment: dev\n" + head + "packages:\n";
  for (const std::string& line : split_words(packages, '\n')) text += "  " + line + "\n";
  write("environments/dev.yaml", text);
  commit();
}

void Sandbox::publish_and_desire(const std::vector<PackageSource>& sources,
                                 const std::string& head) {
  publish(sources);
  std::string packages;
  for (const PackageSource& source : sources)
    packages += fmt::format("{}: {}\n", source.name, source.version);
  desire(packages, head);
}

Invocation Sandbox::invocation(const std::vector<std::string>& arguments) {
  std::vector<std::string> argv{CEMLI_BINARY};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return {std::move(argv), environment_, repository(),
          root_ / "output" / std::to_string(++commands_)};
}

Command Sandbox::start(const std::string& words) {
  return Command(invocation(split_words(words)));
}

Ended Sandbox::cemli(int exit_code, const std::string& words) {
  return cemli(exit_code, split_words(words));
}

Ended Sandbox::cemli(int exit_code, const std::vector<std::string>& arguments) {
  const Invocation command = invocation(arguments);
  Ended ended = Command(command).wait();
  INFO("cemli " << fmt::format("{}", fmt::join(arguments, " ")));
  INFO("standard output:\n" << ended.out << "standard error:\n" << ended.err);
  REQUIRE(ended.signal == 0);
  REQUIRE(ended.exit_code == exit_code);
  return ended;
}

json Sandbox::json_of(const std::string& words) {
  const Ended ended = cemli(0, words);
  INFO(ended.out);
  json document = json::parse(ended.out, nullptr, false);
  REQUIRE_FALSE(document.is_discarded());
  return document;
}

std::vector<json> Sandbox::events() const {
  std::vector<json> events;
  for (const auto& [path, bytes] : contents(store() / "state/dev/log")) {
    if (path.starts_with('.')) continue;
    const json entry = json::parse(bytes);
    for (json event : entry.at("events")) {
      event["seq"] = entry.at("seq");
      event["writer"] = entry.at("writer").at("run");
      events.push_back(std::move(event));
    }
  }
  return events;
}

std::vector<json> Sandbox::events(const std::string& type) const {
  std::vector<json> selected;
  for (json& event : events()) {
    if (event.at("type") == type) selected.push_back(std::move(event));
  }
  return selected;
}

std::string Sandbox::status_of(const std::string& address) {
  const json list = json_of("state list -e dev --json");
  for (const json& package : list.at("packages")) {
    if (package.at("address") == address) return package.at("status");
  }
  return "";
}

json Sandbox::evidence_of(const std::string& address) {
  return json_of("logs latest " + address + " -e dev --json");
}

std::vector<std::string> Sandbox::effect(const std::string& name) const {
  const auto text = read_file(effects() / name);
  return split_words(text ? *text : std::string(), '\n');
}

bool Sandbox::has_effect(const std::string& name) const {
  return fs::exists(effects() / name);
}

std::vector<pid_t> Sandbox::step_processes() const {
  const std::string folder = (root_ / "tmp").string() + "/";
  std::vector<pid_t> found;
  for (const pid_t pid : all_processes()) {
    const auto artifacts = environment_value(pid, "CEMLI_ARTIFACTS");
    if (artifacts && artifacts->starts_with(folder)) found.push_back(pid);
  }
  return found;
}

std::map<std::string, std::string> Sandbox::contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    // What a running command has just renamed is no longer there.
    std::error_code gone;
    if (!entry.is_regular_file(gone)) continue;
    if (auto bytes = read_file(entry.path()))
      files.emplace(entry.path().lexically_relative(folder).string(), *std::move(bytes));
  }
  return files;
}

}  // namespace cemli::test
