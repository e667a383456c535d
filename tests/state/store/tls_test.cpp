#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>

#include "state/base/file.h"
#include "state/base/program.h"
#include "state/store/http.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;

/// A server with a certificate for 127.0.0.1 that it signed itself: OpenSSL's own, for tests.
class TlsServer {
 public:
  TlsServer() {
    const auto made = run_program({{"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                                    "-keyout", key(), "-out", certificate(), "-days", "2", "-subj",
                                    "/CN=cemli test", "-addext", "subjectAltName=IP:127.0.0.1"}});
    REQUIRE(made);
    REQUIRE(made->exit_code == 0);
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(ends[1], STDOUT_FILENO);
      ::execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-key", key().c_str(),
               "-cert", certificate().c_str(), "-www", nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    output_ = UniqueFd(ends[0]);
    read_port();
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  [[nodiscard]] std::string certificate() const { return folder_.path() / "certificate.pem"; }
  [[nodiscard]] const std::string& port() const { return port_; }

 private:
  static TemporaryFolder make_folder() {
    auto folder = TemporaryFolder::make(fs::temp_directory_path(), "cemli-tls-test-");
    REQUIRE(folder);
    return *std::move(folder);
  }
  [[nodiscard]] std::string key() const { return folder_.path() / "key.pem"; }

  void read_port() {
    constexpr std::string_view kAccepts = "ACCEPT 127.0.0.1:";
    std::string text;
    std::array<char, 256> piece{};
    for (;;) {
      const std::size_t at = text.find(kAccepts);
      const std::size_t end = at == std::string::npos ? at : text.find('\n', at);
      if (end != std::string::npos) {
        port_ = text.substr(at + kAccepts.size(), end - at - kAccepts.size());
        return;
      }
      const ssize_t n = ::read(output_.get(), piece.data(), piece.size());
      REQUIRE(n > 0);
      text.append(piece.data(), static_cast<std::size_t>(n));
    }
  }

  TemporaryFolder folder_ = make_folder();
  UniqueFd output_;
  pid_t pid_ = -1;
  std::string port_;
};

Result<HttpResponse> ask(const std::string& url, const std::optional<std::string>& ca_bundle) {
  HttpSettings settings;
  settings.ca_bundle = ca_bundle;
  return HttpClient(settings).send({"GET", url});
}

}  // namespace

TEST_CASE("a certificate is verified, against those that one names or the system's") {
  const TlsServer server;
  const std::string url = "https://127.0.0.1:" + server.port() + "/";
  const auto trusted = ask(url, server.certificate());
  REQUIRE(trusted);
  CHECK(trusted->status == 200);

  const auto unknown = ask(url, std::nullopt);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code() == ErrorCode::denied);
  CHECK(unknown.error().hint().value_or("").find("CEMLI_CA_BUNDLE") != std::string::npos);

  const auto misnamed = ask("https://localhost:" + server.port() + "/", server.certificate());
  REQUIRE_FALSE(misnamed);
  CHECK(misnamed.error().code() == ErrorCode::denied);

  const auto missing = ask(url, "/nowhere/ca.pem");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code() == ErrorCode::denied);
}

}  // namespace cemli
