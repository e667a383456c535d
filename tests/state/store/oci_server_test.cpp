#include "tests/support/oci_server.h"

#include <catch2/catch.hpp>

#include "state/base/clock.h"
#include "state/store/http.h"
#include "state/store/oci_signer.h"
#include "tests/support/oci_sample.h"
#include "tests/support/test_keys.h"

/// What the stand-in for OCI takes and refuses: a store proves nothing against one that takes all.
namespace cemli {
namespace {

using namespace std::chrono_literals;
using test::OciServer;
using test::OciVerifier;
using test::ReceivedRequest;
using test::SignatureRule;

const std::string kObjects = "/n/acme/b/cemli-state/o";

OciSigningKey sample_user() {
  return {oci_api_key_id(test::kSampleTenancy, test::kSampleUser, test::kSampleFingerprint),
          RsaKey::parse(test::sample_key_pem(), std::nullopt).value()};
}

/// A client that knows how to sign, and may be told to do it wrong.
struct Client {
  OciServer server;
  OciSigningKey who = sample_user();
  HttpClient http{{}};
  Timestamp time = wall_now();

  HttpRequest composed(const std::string& method, const std::string& target,
                       std::string_view body = {}) const {
    const std::string host = server.url().substr(std::string("http://").size());
    auto headers = sign_oci_request({method, host, target}, who, format_http_date(time));
    REQUIRE(headers);
    HttpRequest request{method, server.url() + target, *std::move(headers)};
    if (method == "PUT") request.body = body;
    return request;
  }
  HttpResponse send(const HttpRequest& request) {
    auto answer = http.send(request);
    REQUIRE(answer);
    return *std::move(answer);
  }
  HttpResponse get(const std::string& target) { return send(composed("GET", target)); }
};

/// The SDK for JavaScript signs `x-date`, and writes names as it likes.
ReceivedRequest javascript_request() {
  return {
      "GET",
      "/20160918/instances?availabilityDomain=Pjwf%3A%20PHX-AD-1",
      {{"host", "iaas.us-phoenix-1.oraclecloud.com"},
       {"x-date", "Thu, 05 Jan 2014 21:31:40 GMT"},
       {"authorization",
        "Signature version=\"1\",keyId=\"k\",algorithm=\"rsa-sha256\",headers=\"x-date "
        "(request-target) Host\",signature=\""
        "ruKoDMWXB2CYgfOfAvJNxGZjl/TWEgRNblHffU5/M2W2p7K1eM4SK2WXfyqYwA+O99U0RwWQ7lJKPf3zB399oXG"
        "8iQqTnjnJyZGJqGEpkrSpXEHdboeDZxHgpopB/yfhCgF3mOqgJIwJamhyBXJ0xR37Jo47AxguOjQNtUEJhSA="
        "\""}},
      ""};
}

}  // namespace

TEST_CASE("the verifier takes what Oracle's own SDK has signed, and nothing that differs from it") {
  const auto then = parse_http_date("Thu, 05 Jan 2014 21:31:40 GMT").value();
  OciVerifier verifier;
  verifier.trust("k", test::public_base64_of(test::sample_key_pem()));
  const auto refusal = [&](const ReceivedRequest& request) {
    return verifier.refusal(request, SignatureRule::plain, then + 4min).value_or("taken");
  };
  CHECK(refusal(javascript_request()) == "taken");
  CHECK(verifier.refusal(javascript_request(), SignatureRule::plain, then + 6min) ==
        "the date is 360 s off");
  CHECK(verifier.refusal(javascript_request(), SignatureRule::body, then) ==
        "content-length is not signed");
  ReceivedRequest changed = javascript_request();
  changed.target += "&x=1";
  CHECK(refusal(changed) == "a wrong signature");
  changed = javascript_request();
  changed.headers["x-subscription"] = "s";
  CHECK(refusal(changed) == "x-subscription is not signed");
  changed = javascript_request();
  changed.headers.erase("host");
  CHECK(refusal(changed) == "a header is signed and not sent");
  changed.headers.erase("authorization");
  CHECK(refusal(changed) == "no signature");
  verifier.distrust("k");
  CHECK(refusal(javascript_request()) == "an unknown key");
}

TEST_CASE("the endpoint refuses what is not signed right") {
  Client client;
  CHECK(client.get(kObjects).status == 200);

  HttpRequest request = client.composed("GET", kObjects);
  request.url += "?limit=1";
  HttpResponse refused = client.send(request);
  CHECK(refused.status == 401);
  CHECK(refused.body.find("NotAuthenticated") != std::string::npos);
  CHECK(refused.header("opc-request-id") != nullptr);
  CHECK(refused.header("date") != nullptr);

  client.time -= 6min;
  CHECK(client.get(kObjects).status == 401);
  client.time += 6min;
  client.who.key_id = "unknown";
  CHECK(client.get(kObjects).status == 401);
  CHECK(client.server.refusals().front() == "a wrong signature");
  CHECK(client.server.refusals().back() == "an unknown key");
}

TEST_CASE("the endpoint enforces conditions, and tells missing objects from missing buckets") {
  Client client;
  const std::string target = kObjects + "/dir%2Fa%20b";
  CHECK(client.get(target).body.find("ObjectNotFound") != std::string::npos);
  CHECK(client.get("/n/acme/b/other/o/x").body.find("BucketNotFound") != std::string::npos);

  HttpRequest put = client.composed("PUT", target, "first");
  put.headers.push_back({"if-none-match", "*"});
  CHECK(client.send(put).status == 200);
  CHECK(client.server.object("dir/a b") == "first");
  const HttpResponse again = client.send(put);
  CHECK(again.status == 412);
  CHECK(again.body.find("IfNoneMatchFailed") != std::string::npos);

  HttpRequest damaged = client.composed("PUT", kObjects + "/x", "body");
  damaged.headers.push_back({"content-md5", "AAAA"});
  CHECK(client.send(damaged).body.find("UnmatchedContentMD5") != std::string::npos);
}

TEST_CASE("the endpoint pages its lists") {
  Client client;
  for (const char* key : {"a/1", "a/2", "a/3", "b/1"}) client.server.put_object(key, "");
  const std::string first = client.get(kObjects + "?prefix=a%2F&limit=2").body;
  CHECK(first ==
        R"({"nextStartWith":"a/3","objects":[{"name":"a/1"},{"name":"a/2"}],"prefixes":[]})");
  const std::string last = client.get(kObjects + "?prefix=a%2F&limit=2&start=a%2F3").body;
  CHECK(last == R"({"objects":[{"name":"a/3"}],"prefixes":[]})");
  CHECK(client.get(kObjects + "?limit=1001").status == 400);
  CHECK(client.get(kObjects + "?delimiter=%2F").body == R"({"objects":[],"prefixes":["a/","b/"]})");
}

TEST_CASE("the endpoint fails on command, before a write or behind it") {
  Client client;
  client.server.fail_next(
      {{.status = 503, .code = "ServiceUnavailable"}, {.when = test::OciFault::When::after}});
  const HttpRequest put = client.composed("PUT", kObjects + "/x", "bytes");
  CHECK(client.send(put).status == 503);
  CHECK(client.get(kObjects + "/x").status == 404);
  // Over a connection that was used before, the HTTP client would send it again by itself.
  CHECK_FALSE(HttpClient({}).send(put));
  CHECK(client.server.object("x") == "bytes");
}

TEST_CASE("a refused condition may be answered before the body has been read") {
  Client client;
  client.server.answer_conditions_early();
  client.server.put_object("x", "there");
  const std::string large(4'000'000, 'x');
  HttpRequest put = client.composed("PUT", kObjects + "/x", large);
  put.headers.push_back({"if-none-match", "*"});
  CHECK(client.send(put).status == 412);
  HttpRequest other = client.composed("PUT", kObjects + "/y", "small");
  other.headers.push_back({"if-none-match", "*"});
  CHECK(client.send(other).status == 200);
}

}  // namespace cemli
