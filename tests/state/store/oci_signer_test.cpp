#include "state/store/oci_signer.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/oci_sample.h"

namespace cemli {
namespace {

/// The weekday is wrong on purpose: what is signed is this text.
const std::string kDate = "Thu, 05 Jan 2014 21:31:40 GMT";

OciSigningKey sample_identity() {
  auto key = RsaKey::parse(test::sample_key_pem(), std::nullopt);
  REQUIRE(key);
  return {oci_api_key_id(test::kSampleTenancy, test::kSampleUser, key->fingerprint()),
          *std::move(key)};
}

std::string header_of(const std::vector<HttpHeader>& headers, const std::string& name) {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const auto& header) { return header.name == name; });
  REQUIRE(found != headers.end());
  return found->value;
}

std::vector<HttpHeader> signed_by_sample(const OciRequest& request) {
  auto headers = sign_oci_request(request, sample_identity(), kDate);
  REQUIRE(headers);
  return *std::move(headers);
}

/// Both the text and its signature are those of a published example.
void check_example(const OciRequest& request, const std::string& text, const std::string& names,
                   const std::string& signature) {
  CHECK(oci_signing_string(request, kDate) == text);
  CHECK(header_of(signed_by_sample(request), "authorization") ==
        "Signature version=\"1\",headers=\"" + names + "\",keyId=\"" + sample_identity().key_id +
            "\",algorithm=\"rsa-sha256\",signature=\"" + signature + "\"");
}

const std::string kPlainNames = "date (request-target) host";
const std::string kBodyNames =
    "date (request-target) host content-length content-type x-content-sha256";

}  // namespace

TEST_CASE("Oracle's example of a GET is signed byte for byte") {
  const OciRequest request{
      "GET", "iaas.us-phoenix-1.oraclecloud.com",
      "/20160918/instances?availabilityDomain=Pjwf%3A%20PHX-AD-1&compartmentId=ocid1.co"
      "mpartment.oc1..aaaaaaaam3we6vgnherjq5q2idnccdflvjsnog7mlr6rtdb25gilchfeyjxa&disp"
      "layName=TeamXInstances&volumeId=ocid1.volume.oc1.phx.abyhqljrgvttnlx73nmrwfaux7k"
      "cvzfs3s66izvxf2h4lgvyndsdsnoiwr5q"};
  check_example(request,
                "date: Thu, 05 Jan 2014 21:31:40 GMT\n"
                "(request-target): get /20160918/instances?availabilityDomain=Pjwf%3A%20PHX-AD-1&"
                "compartmentId=ocid1.compartment.oc1..aaaaaaaam3we6vgnherjq5q2idnccdflvjsnog7mlr6"
                "rtdb25gilchfeyjxa&displayName=TeamXInstances&volumeId=ocid1.volume.oc1.phx.abyhq"
                "ljrgvttnlx73nmrwfaux7kcvzfs3s66izvxf2h4lgvyndsdsnoiwr5q\n"
                "host: iaas.us-phoenix-1.oraclecloud.com",
                kPlainNames,
                "GBas7grhyrhSKHP6AVIj/h5/Vp8bd/peM79H9Wv8kjoaCivujVXlpbKLjMPeDUhxkFIWtTtLBj3sUzaF"
                "j34XE6YZAHc9r2DmE4pMwOAy/kiITcZxa1oHPOeRheC0jP2dqbTll8fmTZVwKZOKHYPtrLJIJQHJjNvx"
                "FWeHQjMaR7M=");
}

TEST_CASE("Oracle's example of a POST with a body is signed byte for byte") {
  const std::string body =
      "{\n"
      "    \"compartmentId\": \"ocid1.compartment.oc1..aaaaaaaam3we6vgnherjq5q2idnccdflvjs"
      "nog7mlr6rtdb25gilchfeyjxa\",\n"
      "    \"instanceId\": \"ocid1.instance.oc1.phx.abuw4ljrlsfiqw6vzzxb43vyypt4pkodawglp3"
      "wqxjqofakrwvou52gb6s5a\",\n"
      "    \"volumeId\": \"ocid1.volume.oc1.phx.abyhqljrgvttnlx73nmrwfaux7kcvzfs3s66izvxf2"
      "h4lgvyndsdsnoiwr5q\"\n"
      "}";
  const OciRequest request{"POST",
                           "iaas.us-phoenix-1.oraclecloud.com",
                           "/20160918/volumeAttachments",
                           OciSigning::body,
                           "application/json",
                           body};
  check_example(request,
                "date: Thu, 05 Jan 2014 21:31:40 GMT\n"
                "(request-target): post /20160918/volumeAttachments\n"
                "host: iaas.us-phoenix-1.oraclecloud.com\n"
                "content-length: 316\n"
                "content-type: application/json\n"
                "x-content-sha256: V9Z20UJTvkvpJ50flBzKE32+6m2zJjweHpDMX/U4Uy0=",
                kBodyNames,
                "Mje8vIDPlwIHmD/cTDwRxE7HaAvBg16JnVcsuqaNRim23fFPgQfLoOOxae6WqKb1uPjYEl0qIdazWaBy"
                "/Ml8DRhqlocMwoSXv0fbukP8J5N80LCmzT/FFBvIvTB91XuXI3hYfP9Zt1l7S6ieVadHUfqBedWH0itr"
                "tPJBgKmrWso=");
}

TEST_CASE("an object that is put is signed without its body, its name as one segment") {
  const OciRequest request{"PUT", "objectstorage.us-ashburn-1.oraclecloud.com",
                           "/n/mynamespace/b/my-bucket/o/" + oci_path_segment("dir/a b+c.json")};
  check_example(request,
                "date: Thu, 05 Jan 2014 21:31:40 GMT\n"
                "(request-target): put /n/mynamespace/b/my-bucket/o/dir%2Fa%20b%2Bc.json\n"
                "host: objectstorage.us-ashburn-1.oraclecloud.com",
                kPlainNames,
                "wAvB1wmzwoEOTZuileZ9/X+iTmXY7+Iu0nQfr6+DoDCeRpOxHBXey0rlRaaUkYZhcru0t4d09V8nFAWH"
                "hzJaKmeAVU9ouw0QzXyl5rX5EUn5cv7QlM1szadz7Hf5jVNJblImfQlfpr7uJcIBzSjAJ+PLbiPWaxnn"
                "CQUr9LpUmgw=");
}

TEST_CASE("a list is signed with its query as it is sent") {
  const OciRequest request{
      "GET", "objectstorage.us-ashburn-1.oraclecloud.com",
      "/n/mynamespace/b/my-bucket/o" +
          oci_query({{"prefix", "locks/"}, {"limit", "1000"}, {"fields", "name,etag"}})};
  check_example(request,
                "date: Thu, 05 Jan 2014 21:31:40 GMT\n"
                "(request-target): get /n/mynamespace/b/my-bucket/o?prefix=locks%2F&limit=1000&fi"
                "elds=name%2Cetag\n"
                "host: objectstorage.us-ashburn-1.oraclecloud.com",
                kPlainNames,
                "G2EVaTXcM/oxhizEZhejhN78/DOMIqF4YtfZdx6EJv8pzy9qPSA324rOyjQ77GsSc6omXUF/dqwxT1oK"
                "Uk+HjIX7XKih/DTezkfKSssEUOphbzeIkEstT3smkOgUTM15AVQui+R6Z2PR2lYYzLQMEYvCTQOUwp08"
                "/IoPC6jdCEI=");
}

TEST_CASE("an empty body of a POST is signed as one") {
  const OciRequest request{"POST", "secrets.vaults.us-ashburn-1.oci.oraclecloud.com",
                           "/20190301/secretbundles/actions/getByName" +
                               oci_query({{"secretName", "db"}, {"vaultId", "v"}}),
                           OciSigning::body, "application/json"};
  check_example(request,
                "date: Thu, 05 Jan 2014 21:31:40 GMT\n"
                "(request-target): post /20190301/secretbundles/actions/getByName?secretName=db&v"
                "aultId=v\n"
                "host: secrets.vaults.us-ashburn-1.oci.oraclecloud.com\n"
                "content-length: 0\n"
                "content-type: application/json\n"
                "x-content-sha256: 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
                kBodyNames,
                "brNCgqEIsy+WvmHe3RGLQaEbDsV59Z8aDoi2L5qN4dJ2Np8qtuYSDbzXE0V/SCsZHlpjSGftg1K5B/lv"
                "7R5ry8Qw9WQVslV/V80cWb3DGc08F2B77IuzYDHjTp3vvxtWMrrNurOGoTTKM5VrnYTJ0gO6uhoorg1G"
                "PB7XqKu3Ef4=");
}

TEST_CASE("a request for a token is signed without the host") {
  const OciRequest request{"POST",
                           "auth.us-phoenix-1.oraclecloud.com",
                           "/v1/x509",
                           OciSigning::federation,
                           "application/json",
                           "{}"};
  CHECK(oci_signing_string(request, kDate) ==
        "date: " + kDate +
            "\n(request-target): post /v1/x509\ncontent-length: 2\n"
            "content-type: application/json\n"
            "x-content-sha256: RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=");
}

TEST_CASE("what was signed is sent, but for what a sender writes itself") {
  const auto names = [](const std::vector<HttpHeader>& headers) {
    std::vector<std::string> found;
    for (const auto& header : headers) found.push_back(header.name);
    return found;
  };
  const std::vector<HttpHeader> plain = signed_by_sample({"GET", "host", "/"});
  CHECK(names(plain) == std::vector<std::string>{"date", "authorization"});
  const std::vector<HttpHeader> body =
      signed_by_sample({"POST", "host", "/", OciSigning::body, "application/json", "{}"});
  CHECK(names(body) ==
        std::vector<std::string>{"date", "content-type", "x-content-sha256", "authorization"});
  CHECK(header_of(body, "content-type") == "application/json");
}

TEST_CASE("a date is written as HTTP has it") {
  const Timestamp time = parse_timestamp("2026-11-26T07:02:47.999Z").value();
  CHECK(format_http_date(time) == "Thu, 26 Nov 2026 07:02:47 GMT");
}

TEST_CASE("each kind of credential has its form of a key id") {
  CHECK(oci_api_key_id("t", "u", "aa:bb") == "t/u/aa:bb");
  CHECK(oci_session_key_id("header.claims.signature") == "ST$header.claims.signature");
  CHECK(oci_federation_key_id("t", "AA:BB") == "t/fed-x509-sha256/AA:BB");
}

TEST_CASE("only unreserved characters stand for themselves in a path and a query") {
  CHECK(oci_path_segment("Az09-._~") == "Az09-._~");
  CHECK(oci_path_segment("a/b c+d%*'()!") == "a%2Fb%20c%2Bd%25%2A%27%28%29%21");
  CHECK(oci_path_segment("\xc3\xa4\n") == "%C3%A4%0A");
  CHECK(oci_path_segment(".") == "%2E");
  CHECK(oci_path_segment("..") == "%2E%2E");
  CHECK(oci_path_segment("...") == "...");
  CHECK(oci_query({}).empty());
  CHECK(oci_query({{"a", "1 2"}, {"b", ""}, {"c", "x&y=z"}}) == "?a=1%202&b=&c=x%26y%3Dz");
}

}  // namespace cemli
