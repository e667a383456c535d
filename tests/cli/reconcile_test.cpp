#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <fstream>
#include <mutex>
#include <thread>

#include "state/base/file.h"
#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using nlohmann::json;

const std::string kRun = "echo $CEMLI_VERSION >> $E/$CEMLI_PACKAGE";

std::size_t descriptors_of(pid_t pid) {
  const fs::directory_iterator folder(fs::path("/proc") / std::to_string(pid) / "fd");
  return static_cast<std::size_t>(std::distance(begin(folder), end(folder)));
}

/// Memory that is the process's own, in KiB.
long memory_of(pid_t pid) {
  std::ifstream status(fs::path("/proc") / std::to_string(pid) / "status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) return std::stol(line.substr(8));
  }
  return -1;
}

/// Listens as a service manager does, all the time: its system keeps but a few words for later.
class ServiceManager {
 public:
  explicit ServiceManager(Sandbox& sandbox)
      : path_((sandbox.root() / "notify").string()),
        socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path_.begin(), path_.end(), address.sun_path);
    REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
            0);
    sandbox.environment()["NOTIFY_SOCKET"] = path_;
    listener_ = std::thread([this] { listen(); });
  }
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;
  ~ServiceManager() {
    ::shutdown(socket_.get(), SHUT_RDWR);
    listener_.join();
  }
  /// All that was told so far, a line each.
  std::string told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }

 private:
  void listen() {
    std::array<char, 4096> buffer{};
    for (ssize_t n = 0; (n = ::recv(socket_.get(), buffer.data(), buffer.size(), 0)) > 0;) {
      const std::lock_guard lock(mutex_);
      told_.append(buffer.data(), static_cast<std::size_t>(n)).append("\n");
    }
  }

  std::string path_;
  UniqueFd socket_;
  std::mutex mutex_;
  std::string told_;
  std::thread listener_;
};

TEST_CASE("reconcile applies without asking, and does nothing where nothing is to do") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", kRun}});
  sandbox.cemli(0, "reconcile -e dev --once");
  CHECK(sandbox.effect("one").size() == 1);
  const auto before = Sandbox::contents(sandbox.repository());
  CHECK_THAT(sandbox.cemli(0, "reconcile -e dev --once").out, Contains("No changes."));
  CHECK(Sandbox::contents(sandbox.repository()) == before);
}

TEST_CASE("reconcile leaves what failed until something changes") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", kRun + "; test -e $E/ready"}});
  sandbox.cemli(3, "reconcile -e dev --once");
  REQUIRE(write_scratch_file(sandbox.effects() / "ready", "", 0600));
  const auto before = Sandbox::contents(sandbox.store());
  const Ended left = sandbox.cemli(3, "reconcile -e dev --once");
  CHECK_THAT(left.out, Contains("one") && Contains("blocked"));
  CHECK(sandbox.effect("one").size() == 1);
  CHECK(Sandbox::contents(sandbox.store()) == before);
  // A person may try it again, and so does a new version.
  sandbox.publish({{"one", "1.0.1", kRun}});
  sandbox.desire("  one: 1.0.1\n");
  sandbox.cemli(0, "reconcile -e dev --once");
  CHECK(sandbox.effect("one") == std::vector<std::string>{"1.0.0", "1.0.1"});
}

TEST_CASE("reconcile tries again what could not even start") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", kRun}});
  const fs::path zip = sandbox.store() / "packages/one/1.0.0.zip";
  fs::rename(zip, sandbox.root() / "away.zip");
  sandbox.cemli(3, "reconcile -e dev --once");
  CHECK(sandbox.status_of("one") == "error");
  fs::rename(sandbox.root() / "away.zip", zip);
  sandbox.cemli(0, "reconcile -e dev --once");
  CHECK(sandbox.has_effect("one"));
}

TEST_CASE("a run's result is given to the command that is to be notified") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0", kRun}});
  const std::string told = (sandbox.effects() / "told").string();
  const std::vector<std::string> reconcile{"reconcile", "-e",       "dev",
                                           "--once",    "--notify", "cat >> " + told + "; exit 4"};
  CHECK_THAT(sandbox.cemli(0, reconcile).err, Contains("note: --notify: exit code 4"));
  const json result = json::parse(read_file(told).value());
  CHECK(result.at("outcome") == "succeeded");
  CHECK(result.at("packages").at(0).at("address") == "one");
  // Without a run there is nothing to tell.
  sandbox.cemli(0, reconcile);
  CHECK(json::parse(read_file(told).value()) == result);
}

TEST_CASE("a service sees the next commit, and ends in order when it is asked to") {
  Sandbox sandbox;
  ServiceManager manager(sandbox);
  sandbox.publish_and_desire({{"one", "1.0.0", kRun}});
  Command service = sandbox.start("reconcile -e dev --interval 20ms");
  REQUIRE(eventually([&] { return sandbox.effect("one").size() == 1; }));
  sandbox.publish({{"one", "1.1.0", kRun}});
  sandbox.desire("  one: 1.1.0\n");
  REQUIRE(eventually([&] { return sandbox.effect("one").size() == 2; }));
  REQUIRE(eventually([&] { return sandbox.events("run.finished").size() == 2; }));
  // A mistake does not end it.
  sandbox.desire("  one: 9.9.9\n");
  REQUIRE(eventually([&] { return service.err().find("9.9.9") != std::string::npos; }));
  sandbox.desire("  one: 1.1.0\n");
  service.signal(SIGTERM);
  CHECK(service.wait().exit_code == 143);
  REQUIRE(eventually([&] { return manager.told().ends_with("STOPPING=1\n"); }));
  CHECK_THAT(manager.told(), Contains("READY=1\n") && Contains(": all is as desired\n") &&
                                 Contains("'one' 9.9.9 is not published"));
}

TEST_CASE("a service that is stopped in the middle of a run ends its steps and says so") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"slow", "1.0.0", "touch $E/up; sleep 600"}});
  Command service = sandbox.start("reconcile -e dev --interval 20ms");
  REQUIRE(eventually([&] { return sandbox.has_effect("up"); }));
  service.signal(SIGINT);
  CHECK(service.wait().exit_code == 130);
  CHECK(sandbox.step_processes().empty());
  CHECK(sandbox.status_of("slow") == "interrupted");
}

TEST_CASE("a service with nothing to do writes nothing and leaks nothing") {
  Sandbox sandbox;
  ServiceManager manager(sandbox);
  sandbox.publish_and_desire({{"one", "1.0.0", kRun}, {"two", "1.0.0", kRun}});
  sandbox.cemli(0, "apply -e dev --auto-approve");
  const auto before = Sandbox::contents(sandbox.repository());
  Command service = sandbox.start("reconcile -e dev --interval 1ms");
  const auto looked = [&](std::ptrdiff_t times) {
    const std::vector<std::string> lines = split_words(manager.told(), '\n');
    return std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
             return line.ends_with(": all is as desired");
           }) >= times;
  };
  REQUIRE(eventually([&] { return looked(20); }));
  const std::size_t descriptors = descriptors_of(service.pid());
  const long memory = memory_of(service.pid());
  REQUIRE(eventually([&] { return looked(220); }));
  service.signal(SIGSTOP);
  // In the middle of a look some files are open.
  CHECK(descriptors_of(service.pid()) <= descriptors + 4);
  CHECK(memory_of(service.pid()) <= memory + 512);
  CHECK(sandbox.step_processes().empty());
  service.signal(SIGCONT);
  service.signal(SIGTERM);
  CHECK(service.wait().exit_code == 143);
  CHECK(Sandbox::contents(sandbox.repository()) == before);
  const std::string out = service.out();
  CHECK(out.find("No changes.") == out.rfind("No changes."));
}

TEST_CASE("reconcile is told how often") {
  Sandbox sandbox;
  sandbox.publish_and_desire({{"one", "1.0.0"}});
  CHECK_THAT(sandbox.cemli(1, "reconcile -e dev").err, Contains("--once,--interval"));
  CHECK_THAT(sandbox.cemli(1, "reconcile -e dev --once --interval 5m").err, Contains("error: "));
  CHECK_THAT(sandbox.cemli(1, "reconcile -e dev --interval 0s").err,
             Contains("--interval") && Contains("'0s'"));
  CHECK_THAT(sandbox.cemli(1, "reconcile -e dev --interval often").err, Contains("'often'"));
}

}  // namespace
}  // namespace cemli::test
