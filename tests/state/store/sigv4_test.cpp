#include "state/store/sigv4.h"

#include <catch2/catch.hpp>

namespace cemli {
namespace {

/// The key and the time of the examples in Amazon S3's documentation ("Signature Calculations for
/// the Authorization Header").
const AwsKey kKey{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};

std::string authorization_of(HttpRequest request, std::string_view body = "",
                             const AwsKey& key = kKey) {
  const auto now = parse_timestamp("2013-05-24T00:00:00.000Z");
  REQUIRE(now);
  sign_v4(request, key, "us-east-1", Digest::of(body), *now);
  return request.headers.back().value;
}

std::string expected(const std::string& names, const std::string& signature) {
  return "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
         "SignedHeaders=" +
         names + ",Signature=" + signature;
}

}  // namespace

TEST_CASE("a read of a part of an object is signed as in Amazon's example") {
  CHECK(authorization_of(
            {"GET", "https://examplebucket.s3.amazonaws.com/test.txt", {{"Range", "bytes=0-9"}}}) ==
        expected("host;range;x-amz-content-sha256;x-amz-date",
                 "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
}

TEST_CASE("a write is signed as in Amazon's example") {
  CHECK(authorization_of({"PUT",
                          "https://examplebucket.s3.amazonaws.com/test%24file.text",
                          {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                           {"x-amz-storage-class", "REDUCED_REDUNDANCY"}}},
                         "Welcome to Amazon S3.") ==
        expected("date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                 "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST_CASE("a parameter without a value is signed as in Amazon's example") {
  CHECK(authorization_of({"GET", "https://examplebucket.s3.amazonaws.com?lifecycle"}) ==
        expected("host;x-amz-content-sha256;x-amz-date",
                 "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
}

TEST_CASE("a list is signed as in Amazon's example, whatever the order of its parameters") {
  const std::string list =
      expected("host;x-amz-content-sha256;x-amz-date",
               "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
  CHECK(authorization_of({"GET", "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J"}) ==
        list);
  CHECK(authorization_of({"GET", "https://examplebucket.s3.amazonaws.com/?prefix=J&max-keys=2"}) ==
        list);
}

TEST_CASE("the port is signed where it is sent: where it is not the scheme's own") {
  const auto of = [](const char* url) { return authorization_of({"GET", url}); };
  CHECK(of("https://example.com:443/a") == of("https://example.com/a"));
  CHECK(of("http://example.com:80/a") == of("http://example.com/a"));
  CHECK(of("http://example.com:443/a") != of("http://example.com/a"));
}

TEST_CASE("a session's token is sent and signed") {
  AwsKey key = kKey;
  key.session_token = "the token";
  HttpRequest request{"GET", "https://example.com/"};
  sign_v4(request, key, "us-east-1", Digest::of(""), Timestamp());
  CHECK(std::count(request.headers.begin(), request.headers.end(),
                   HttpHeader{"x-amz-security-token", "the token"}) == 1);
  CHECK(request.headers.back().value.find("x-amz-security-token,") != std::string::npos);
}

}  // namespace cemli
