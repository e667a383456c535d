#include "state/store/http.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <thread>

#include "state/base/file.h"
#include "state/store/percent_encoding.h"
#include "tests/support/http_server.h"

namespace cemli {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::HttpServer;
using test::ReceivedRequest;
using test::ScriptedAnswer;
using Fault = ScriptedAnswer::Fault;

ScriptedAnswer echo(const ReceivedRequest& request) {
  return {200, {{"X-Method", request.method}}, request.body};
}

bool holds(const Error& error, std::string_view words) {
  INFO(error.message());
  return error.message().find(words) != std::string::npos;
}

/// A file that is gone once it is closed.
UniqueFd scratch_file() {
  UniqueFd fd(::open(fs::temp_directory_path().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  REQUIRE(fd.is_open());
  return fd;
}

}  // namespace

TEST_CASE("a URL arrives byte for byte, and bodies both ways") {
  HttpServer server(echo);
  HttpClient client({});
  const std::string body = std::string("a\0b", 3) + std::string(300'000, 'x');
  const std::string target = "/a//../b%2Fc/./d?x=%20+&y";
  const auto answer =
      client.send({"PUT", server.url() + target, {{"X-Empty", ""}, {"X-Odd", "a: b"}}, body});
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body == body);
  REQUIRE(answer->header("x-method"));
  CHECK(*answer->header("x-method") == "PUT");
  const ReceivedRequest received = server.received().at(0);
  CHECK(received.target == target);
  CHECK(received.headers.at("x-empty").empty());
  CHECK(received.headers.at("x-odd") == "a: b");
  CHECK(received.headers.at("user-agent").starts_with("cemli/"));
  CHECK_FALSE(received.headers.contains("expect"));
  CHECK_FALSE(received.headers.contains("transfer-encoding"));
}

TEST_CASE("an empty body is sent as one, and no body as none") {
  HttpServer server(echo);
  HttpClient client({});
  REQUIRE(client.send({"PUT", server.url(), {}, std::string_view()}));
  REQUIRE(client.send({"GET", server.url()}));
  CHECK(server.received().at(0).headers.at("content-length") == "0");
  CHECK_FALSE(server.received().at(1).headers.contains("content-length"));
}

TEST_CASE("any status is an answer, and no redirect is followed") {
  int status = 0;
  HttpServer server([&](const ReceivedRequest&) {
    return ScriptedAnswer{status, {{"Location", "/elsewhere"}}, "why"};
  });
  HttpClient client({});
  for (const int each : {307, 404, 412, 503}) {
    status = each;
    const auto answer = client.send({"GET", server.url()});
    REQUIRE(answer);
    CHECK(answer->status == each);
    CHECK(answer->body == "why");
  }
  CHECK(server.received().size() == 4);
}

TEST_CASE("a connection is kept for the next call") {
  HttpServer server(echo);
  HttpClient client({});
  for (int i = 0; i < 5; ++i) REQUIRE(client.send({"GET", server.url()}));
  for (const ReceivedRequest& request : server.received()) CHECK(request.connection == 0);
}

TEST_CASE("the requests of one call are under way together, up to the limit") {
  HttpServer server(echo);
  server.answer_in_groups_of(8);
  HttpSettings settings;
  settings.most_parallel = 8;
  HttpClient client(settings);
  std::vector<std::string> bodies;
  for (int i = 0; i < 40; ++i) bodies.push_back("body " + std::to_string(i));
  std::vector<HttpRequest> requests;
  for (const std::string& body : bodies)
    requests.push_back({"PUT", server.url(), {}, std::string_view(body)});
  const auto answers = client.send_all(requests);
  REQUIRE(answers.size() == bodies.size());
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    REQUIRE(answers[i]);
    CHECK(answers[i]->body == bodies[i]);
  }
  CHECK(server.most_at_once() == 8);
  std::set<int> connections;
  for (const ReceivedRequest& request : server.received()) connections.insert(request.connection);
  CHECK(connections.size() == 8);
}

TEST_CASE("several threads send at once") {
  HttpServer server(echo);
  server.answer_in_groups_of(4);
  HttpClient client({});
  std::atomic<int> answered = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      if (client.send({"GET", server.url()})) ++answered;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(answered == 4);
  CHECK(server.most_at_once() == 4);
}

TEST_CASE("a part of a file is sent, and a good answer goes into one") {
  HttpServer server([](const ReceivedRequest& request) {
    return request.target == "/good" ? echo(request) : ScriptedAnswer{500, {}, "an error"};
  });
  HttpClient client({});
  const UniqueFd source = scratch_file();
  const std::string bytes = "skipped" + std::string(200'000, 'y') + "not sent";
  REQUIRE(write_all(source.get(), bytes));
  const UniqueFd target = scratch_file();
  HttpRequest request{"PUT", server.url() + "/good", {}, FileRange{source.get(), 7, 200'000}};
  request.answer_fd = target.get();
  const auto answer = client.send(request);
  REQUIRE(answer);
  CHECK(answer->body.empty());
  std::string received(300'000, '\0');
  received.resize(
      static_cast<std::size_t>(::pread(target.get(), received.data(), received.size(), 0)));
  CHECK(received == std::string(200'000, 'y'));

  request.url = server.url() + "/bad";
  const auto refused = client.send(request);
  REQUIRE(refused);
  CHECK(refused->body == "an error");

  request.body = FileRange{source.get(), 0, bytes.size() + 1};
  const auto shorter = client.send(request);
  REQUIRE_FALSE(shorter);
  CHECK(holds(shorter.error(), "reading what is to be sent"));
}

TEST_CASE("no answer, half of one, and one that comes too late are all unavailable") {
  std::atomic<Fault> fault = Fault::drop;
  HttpServer server([&](const ReceivedRequest&) {
    return ScriptedAnswer{200, {{"x-amz-request-id", "ID7"}}, std::string(1000, 'x'), fault};
  });
  HttpClient client({});
  HttpRequest request{"GET", server.url() + "/key?X-Signature=geheim"};
  const auto dropped = client.send(request);
  REQUIRE_FALSE(dropped);
  CHECK(dropped.error().code() == ErrorCode::unavailable);
  CHECK(holds(dropped.error(), "GET " + server.url() + "/key: "));
  CHECK_FALSE(holds(dropped.error(), "geheim"));
  fault = Fault::cut;
  const auto cut = client.send(request);
  REQUIRE_FALSE(cut);
  CHECK(cut.error().code() == ErrorCode::unavailable);
  CHECK(holds(cut.error(), "(request id ID7)"));
  fault = Fault::hang;
  request.timeout = 100ms;
  const auto late = client.send(request);
  REQUIRE_FALSE(late);
  CHECK(late.error().code() == ErrorCode::unavailable);
}

TEST_CASE("nobody listening is unavailable") {
  std::string url;
  {
    HttpServer server(echo);
    url = server.url();
  }
  HttpClient client({});
  const auto answer = client.send({"GET", url});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code() == ErrorCode::unavailable);
}

TEST_CASE("an upload that is refused before it is whole has that answer") {
  HttpServer server([](const ReceivedRequest&) { return ScriptedAnswer{412, {}, "exists"}; });
  server.answer_early();
  HttpClient client({});
  const std::string large(20'000'000, 'x');
  const auto answer = client.send({"PUT", server.url(), {}, std::string_view(large)});
  REQUIRE(answer);
  CHECK(answer->status == 412);
}

TEST_CASE("without encryption only this machine is asked, unless the network is trusted") {
  HttpClient careful({});
  for (const char* url : {"http://192.0.2.1/", "http://127.0.0.1.example.com/", "http://[::2]/"}) {
    const auto answer = careful.send({"GET", url});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code() == ErrorCode::invalid_input);
    CHECK(holds(answer.error(), "without encryption"));
  }
  CHECK(careful.send({"GET", "file:///etc/passwd"}).error().code() == ErrorCode::invalid_input);
  CHECK(careful.send({"GET", "no url"}).error().code() == ErrorCode::invalid_input);

  HttpSettings settings;
  settings.plain_http = PlainHttp::anywhere;
  HttpClient trusting(settings);
  HttpRequest request{"GET", "http://192.0.2.1/"};
  request.timeout = 50ms;
  CHECK(trusting.send(request).error().code() == ErrorCode::unavailable);
}

TEST_CASE("the environment's proxy is used, but not for this machine or where one says so") {
  HttpServer proxy([](const ReceivedRequest& request) {
    return ScriptedAnswer{200, {}, "proxied " + request.target};
  });
  HttpServer server(echo);
  REQUIRE(::setenv("http_proxy", proxy.url().c_str(), 1) == 0);
  HttpSettings settings;
  settings.plain_http = PlainHttp::anywhere;
  HttpClient client(settings);
  HttpRequest request{"GET", "http://192.0.2.1/path"};
  request.timeout = 2s;
  const auto proxied = client.send(request);
  request.proxy = ProxyUse::none;
  request.timeout = 50ms;
  const auto direct = client.send(request);
  const auto local = client.send({"GET", server.url()});
  ::unsetenv("http_proxy");
  REQUIRE(proxied);
  CHECK(proxied->body == "proxied http://192.0.2.1/path");
  CHECK_FALSE(direct);
  REQUIRE(local);
  CHECK(server.received().size() == 1);
}

TEST_CASE("dates of HTTP are read") {
  CHECK(parse_http_date("Thu, 01 Jan 1970 00:01:00 GMT") == std::chrono::sys_seconds(60s));
  CHECK_FALSE(parse_http_date("yesterday, perhaps"));
}

TEST_CASE("bytes are percent-encoded and come back") {
  CHECK(percent_encode("a/b c+\xC3\xA9~") == "a%2Fb%20c%2B%C3%A9~");
  CHECK(percent_encode("a/b", "/") == "a/b");
  CHECK(percent_decode("a%2Fb%20c%2b%C3%A9~+") == "a/b c+\xC3\xA9~+");
  for (const char* broken : {"%", "%4", "a%4x", "%-1", "% 1"}) CHECK_FALSE(percent_decode(broken));
}

}  // namespace cemli
