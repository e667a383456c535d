#include "state/store/s3_answers.h"

#include <catch2/catch.hpp>
#include <map>

#include "state/base/digest.h"
#include "state/store/object_age.h"
#include "state/store/open_store.h"
#include "tests/support/http_server.h"

namespace cemli {
namespace {

using namespace std::chrono_literals;
using test::HttpServer;
using test::ReceivedRequest;
using test::ScriptedAnswer;

std::string refusal(const std::string& code, const std::string& more = "") {
  return "<Error><Code>" + code + "</Code><Message>some words</Message>" + more + "</Error>";
}

Timestamp at(const char* text) {
  return parse_timestamp(text).value();
}

/// A store at a server that says what a test wants to hear.
class ScriptedStore {
 public:
  explicit ScriptedStore(HttpServer::Handler handler, std::chrono::milliseconds patience = 60s)
      : server_(std::move(handler)) {
    const auto address =
        parse_store_address("s3://bucket/prefix?region=us-east-1&endpoint=" + server_.url());
    REQUIRE(address);
    const Variables variables = [this](const char* name) { return variable(name); };
    auto store =
        open_store(*address, {std::make_shared<HttpClient>(HttpSettings()), retries_, variables},
                   {std::nullopt, patience});
    REQUIRE(store);
    store_ = *std::move(store);
  }
  Store* operator->() { return store_.get(); }
  HttpServer& server() { return server_; }
  [[nodiscard]] std::uint64_t retries() const { return retries_->taken(); }
  void set_token(const std::string& token) { variables_["AWS_SESSION_TOKEN"] = token; }

 private:
  std::optional<std::string> variable(const std::string& name) {
    const auto found = variables_.find(name);
    if (found == variables_.end()) return std::nullopt;
    return found->second;
  }

  HttpServer server_;
  std::map<std::string, std::string> variables_{{"AWS_ACCESS_KEY_ID", "KEYID"},
                                                {"AWS_SECRET_ACCESS_KEY", "geheim"},
                                                {"AWS_SESSION_TOKEN", "first token"}};
  std::shared_ptr<RetryBudget> retries_ = std::make_shared<RetryBudget>(100);
  std::unique_ptr<Store> store_;
};

ScriptedAnswer always(int status, const std::string& code) {
  return {status, {{"x-amz-request-id", "ID7"}}, refusal(code)};
}

}  // namespace

TEST_CASE("only NoSuchKey is an absent object") {
  ScriptedAnswer answer;
  ScriptedStore store([&](const ReceivedRequest&) { return answer; });
  answer = always(404, "NoSuchKey");
  CHECK_FALSE(store->get("a/b").value());
  CHECK_FALSE(store->get_aged("a/b").value());
  answer = always(404, "NoSuchBucket");
  CHECK(store->get("a/b").error().code() == ErrorCode::not_found);
  answer = {404, {}, "<html>nothing here</html>"};
  CHECK(store->get("a/b").error().code() == ErrorCode::not_found);
  answer = always(403, "AccessDenied");
  CHECK(store->get("a/b").error().code() == ErrorCode::denied);
  CHECK(store->get("a/b").error().message() ==
        "GET " + store.server().url() +
            "/bucket/prefix/a/b: HTTP 403 AccessDenied: some words (request id ID7)");
}

TEST_CASE("a create is sent with its condition and digests") {
  ScriptedStore store([](const ReceivedRequest&) { return ScriptedAnswer{}; });
  CHECK(store->create({"a/b", "bytes"}).value() == Creation::created);
  const ReceivedRequest request = store.server().received().at(0);
  CHECK(request.method == "PUT");
  CHECK(request.target == "/bucket/prefix/a/b");
  CHECK(request.body == "bytes");
  CHECK(request.headers.at("if-none-match") == "*");
  CHECK(request.headers.at("content-md5") == "SzpiGLs+OnMD6KFxpg/Pkg==");
  CHECK(request.headers.at("x-amz-content-sha256") == Digest::of("bytes").hex());
  CHECK(request.headers.at("authorization").find("content-md5;content-type;host;if-none-match;") !=
        std::string::npos);
}

TEST_CASE("a create whose answer was lost is found to exist, and is not counted as made twice") {
  for (const ScriptedAnswer& lost :
       {ScriptedAnswer{200, {}, {}, ScriptedAnswer::Fault::drop}, always(500, "InternalError"),
        always(409, "ConditionalRequestConflict"), always(503, "SlowDown")}) {
    ScriptedStore store([&, calls = 0](const ReceivedRequest&) mutable {
      return ++calls == 1 ? lost : always(412, "PreconditionFailed");
    });
    CHECK(store->create({"a/b", "bytes"}).value() == Creation::exists);
    CHECK(store.retries() == 1);
    const auto received = store.server().received();
    REQUIRE(received.size() == 2);
    CHECK(received[0].body == received[1].body);
  }
}

TEST_CASE("what nobody can know after the last retry is an error that says so") {
  ScriptedStore store([](const ReceivedRequest&) { return always(503, "SlowDown"); }, 300ms);
  const auto created = store->create({"a/b", "bytes"});
  REQUIRE_FALSE(created);
  CHECK(created.error().code() == ErrorCode::unavailable);
  CHECK(store.retries() > 0);
}

TEST_CASE("a refusal is not retried") {
  ScriptedStore store([](const ReceivedRequest&) { return always(403, "AccessDenied"); });
  CHECK(store->create({"a/b", "bytes"}).error().code() == ErrorCode::denied);
  CHECK(store.server().received().size() == 1);
}

TEST_CASE("a key that has expired is looked up again, and the request sent with the new one") {
  ScriptedStore store([](const ReceivedRequest& request) {
    return request.headers.at("x-amz-security-token") == "first token"
               ? always(400, "ExpiredToken")
               : ScriptedAnswer{200, {}, "bytes"};
  });
  CHECK(store->get("a/b").error().message().find("ExpiredToken") != std::string::npos);
  store.set_token("second token");
  CHECK(store->get("a/b").value() == "bytes");
}

TEST_CASE("a wrong clock is told apart from a wrong key, and by how much it is wrong") {
  const HttpRequest request{"GET", "https://example.com/bucket/key"};
  HttpResponse response{
      403, {{"date", "Thu, 26 Nov 2026 07:00:00 GMT"}}, refusal("RequestTimeTooSkewed")};
  const Error behind = s3_error(request, response, at("2026-11-26T06:00:00.000Z"));
  CHECK(behind.code() == ErrorCode::denied);
  CHECK(behind.message() ==
        "GET https://example.com/bucket/key: HTTP 403 RequestTimeTooSkewed: this machine's clock "
        "is 1h 00m behind the store's");
  const Error ahead = s3_error(request, response, at("2026-11-26T07:20:00.000Z"));
  CHECK(ahead.message().find("is 20m 00s ahead of the store's") != std::string::npos);
  response.body = refusal("SignatureDoesNotMatch");
  const Error wrong = s3_error(request, response, at("2026-11-26T06:00:00.000Z"));
  CHECK(wrong.message().find("clock") == std::string::npos);
  CHECK(wrong.hint() == "the secret access key does not belong to the access key id");
}

TEST_CASE("a bucket in another region is named with its region") {
  const HttpRequest request{"GET", "https://example.com/"};
  const HttpResponse malformed{
      400, {}, refusal("AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>")};
  CHECK(s3_error(request, malformed, {}).hint() == "put region=eu-west-1 into the store's address");
  const HttpResponse moved{
      301, {{"x-amz-bucket-region", "eu-west-2"}}, refusal("PermanentRedirect")};
  CHECK(s3_error(request, moved, {}).hint() == "put region=eu-west-2 into the store's address");
}

TEST_CASE("a list that does not say that it is whole is no list") {
  for (const char* document :
       {"", "<html/>", "<ListBucketResult/>",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        "<ListBucketResult><IsTruncated>false</IsTruncated>"})
    CHECK_FALSE(read_s3_list(document));
  const auto page = read_s3_list(
      "<ListBucketResult><IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>"
      "<Contents><Key>a%2Bb+c%255B</Key></Contents><NextContinuationToken>t+</"
      "NextContinuationToken>"
      "</ListBucketResult>");
  REQUIRE(page);
  CHECK(page->keys == std::vector<std::string>{"a+b c%5B"});
  CHECK(page->next == "t+");
}

TEST_CASE("an age is told by one fresh answer alone") {
  HttpResponse response{200,
                        {{"date", "Thu, 26 Nov 2026 07:00:10 GMT"},
                         {"last-modified", "Thu, 26 Nov 2026 07:00:00 GMT"}},
                        {}};
  CHECK(age_in(response) == 10s);
  HttpResponse kept = response;
  kept.headers.push_back({"age", "0"});
  CHECK_FALSE(age_in(kept));
  response.headers.pop_back();
  CHECK_FALSE(age_in(response));
}

TEST_CASE("two keys are looked for by one request of two keys") {
  ScriptedStore store([](const ReceivedRequest&) {
    return ScriptedAnswer{200,
                          {},
                          "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>prefix/"
                          "dev/log/42</Key></Contents></ListBucketResult>"};
  });
  CHECK(store->which_exist("dev/log/42", "dev/log/43").value() == std::pair(true, false));
  const auto received = store.server().received();
  REQUIRE(received.size() == 1);
  CHECK(received[0].target ==
        "/bucket/?list-type=2&encoding-type=url&max-keys=2&prefix=prefix%2Fdev%2Flog%2F4"
        "&start-after=prefix%2Fdev%2Flog%2F4");
}

TEST_CASE("bytes that are not what was written are refused") {
  ScriptedStore store([](const ReceivedRequest&) {
    return ScriptedAnswer{
        200, {{"x-amz-meta-cemli-sha256", Digest::of("written").hex()}}, "altered"};
  });
  CHECK(store->get("a/b").error().code() == ErrorCode::corrupt);
}

TEST_CASE("nothing secret stands in an error or an address") {
  ScriptedStore store([](const ReceivedRequest& request) {
    return ScriptedAnswer{
        403,
        {},
        refusal("SignatureDoesNotMatch",
                "<StringToSign>" + request.headers.at("authorization") + "</StringToSign>")};
  });
  const auto read = store->get("a/b");
  REQUIRE_FALSE(read);
  for (const char* secret : {"geheim", "first token", "Signature=", "Credential="}) {
    CHECK(read.error().message().find(secret) == std::string::npos);
    CHECK(store->address().find(secret) == std::string::npos);
  }
}

TEST_CASE("a store without a key or a region is not opened") {
  const auto open = [](const char* text, const Variables& variables) {
    const auto address = parse_store_address(text);
    REQUIRE(address);
    return open_store(*address, {nullptr, nullptr, variables});
  };
  const Variables nothing = [](const char*) { return std::nullopt; };
  CHECK(open("s3://bucket", nothing).error().code() == ErrorCode::denied);
  const Variables key = [](const char* name) -> std::optional<std::string> {
    if (std::string(name).starts_with("AWS_ACCESS") || std::string(name).starts_with("AWS_SECRET"))
      return "x";
    return std::nullopt;
  };
  CHECK(open("s3://bucket", key).error().code() == ErrorCode::invalid_input);
  const auto store = open("s3://bucket/prefix?endpoint=http://127.0.0.1:1", key);
  REQUIRE(store);
  CHECK((*store)->address() == "s3://bucket/prefix?endpoint=http://127.0.0.1:1");
}

}  // namespace cemli
