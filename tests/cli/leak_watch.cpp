#include "tests/cli/leak_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "reconciler/package/zip_reader.h"
#include "state/base/base64.h"

namespace cemli::test {

namespace fs = std::filesystem;

namespace {

/// What signs a request or carries a token, as it goes over the wire.
constexpr const char* kOfTheWire[] = {"Signature=",       "signature=\"",   "Authorization:",
                                      "authorization:",   "X-Amz-Security", "x-amz-security-token",
                                      "AWS4-HMAC-SHA256", "Bearer ",        "ST$",
                                      "PRIVATE KEY"};

std::string around(const std::string& bytes, std::size_t at) {
  const std::size_t from = at > 80 ? at - 80 : 0;
  return bytes.substr(from, 200);
}

}  // namespace

LeakWatch::LeakWatch() {
  for (const char* mark : kOfTheWire) forbidden_.emplace_back(mark, mark);
}

void LeakWatch::forbid(const std::string& name, const std::string& secret) {
  REQUIRE(secret.size() >= 6);
  forbidden_.emplace_back(name, secret);
  forbidden_.emplace_back(name + " in base64", to_base64(secret));
}

void LeakWatch::forbid_key(const std::string& name, const std::string& pem) {
  for (const std::string& line : split_words(pem, '\n')) {
    if (line.size() >= 40 && !line.starts_with("-----")) forbidden_.emplace_back(name, line);
  }
}

Ended LeakWatch::run(Sandbox& sandbox, const std::vector<std::string>& arguments) {
  Ended ended = Command(sandbox.invocation(arguments)).wait();
  const std::string what = fmt::format("cemli {}", fmt::join(arguments, " "));
  CHECK(ended.signal == 0);
  see("standard output of " + what, ended.out);
  see("standard error of " + what, ended.err);
  return ended;
}

void LeakWatch::see(const std::string& where, std::string bytes) {
  if (bytes.starts_with("PK")) {
    auto zip = ZipReader::open(bytes);
    REQUIRE(zip);
    std::string unpacked;
    for (const ZipFile& file : zip->files()) {
      REQUIRE(zip->read(file, [&unpacked](std::string_view part) {
        unpacked += part;
        return Result<void>();
      }));
    }
    seen_.emplace_back("files of " + where, std::move(unpacked));
  }
  seen_.emplace_back(where, std::move(bytes));
}

void LeakWatch::see_files(const fs::path& folder, const std::string& except) {
  for (auto& [path, bytes] : Sandbox::contents(folder)) {
    const fs::path name(path);
    if (std::find(name.begin(), name.end(), except) != name.end()) continue;
    see((folder / path).string(), std::move(bytes));
  }
}

void LeakWatch::check() const {
  for (const auto& [where, bytes] : seen_) {
    for (const auto& [name, secret] : forbidden_) {
      const std::size_t at = bytes.find(secret);
      if (at == std::string::npos) continue;
      INFO(name << " in " << where << ":\n" << around(bytes, at));
      CHECK(at == std::string::npos);
    }
  }
}

bool LeakWatch::has_seen(const std::string& text) const {
  return std::any_of(seen_.begin(), seen_.end(),
                     [&](const auto& each) { return each.second.find(text) != std::string::npos; });
}

std::vector<std::vector<std::string>> commands_of_a_day(const std::string& address, Talk talk) {
  std::vector<std::vector<std::string>> commands{
      {"doctor"},
      {"doctor", "--json"},
      {"doctor", "-e", "dev"},
      {"doctor", "-e", "dev", "--json"},
      {"doctor", "-e", "dev", "--role", "planner"},
      {"store", "check", address},
      {"store", "check", address, "--json"},
      {"validate", "-e", "dev"},
      {"plan", "-e", "dev"},
      {"plan", "-e", "dev", "--format", "json"},
      {"plan", "-e", "dev", "-o", "plan.json"},
      {"apply", "-e", "dev", "--auto-approve", "--first-run"},
      {"status", "-e", "dev"},
      {"status", "-e", "dev", "--json"},
      {"history", "-e", "dev"},
      {"state", "list", "-e", "dev", "--json"},
      {"show", "latest", "-e", "dev"},
      {"show", "latest", "-e", "dev", "--json"},
      {"logs", "latest", "one", "-e", "dev"},
      {"logs", "latest", "one", "-e", "dev", "--json"},
      {"drift", "-e", "dev", "--json"},
      {"audit", "verify", "-e", "dev", "--json"},
      {"audit", "export", "latest", "-e", "dev", "-o", "run.tar"},
      {"package", "list", "-e", "dev"},
      {"package", "verify", "-e", "dev"},
      {"reconcile", "-e", "dev", "--once"}};
  if (talk == Talk::all) {
    for (auto& command : commands) command.emplace_back("-vv");
  }
  return commands;
}

}  // namespace cemli::test
