#include <algorithm>
#include <catch2/catch.hpp>

#include "state/base/base64.h"
#include "state/base/digest.h"
#include "state/base/file.h"
#include "state/store/open_store.h"
#include "tests/support/http_server.h"

namespace cemli {
namespace {

using test::HttpServer;
using test::ReceivedRequest;
using test::ScriptedAnswer;

/// A store that takes parts of four bytes, at a server that answers as a script says, else as an
/// upload that succeeds.
class PartedS3 {
 public:
  using Script = std::function<std::optional<ScriptedAnswer>(const std::string& request)>;

  explicit PartedS3(Script script)
      : server([script = std::move(script)](const ReceivedRequest& request) {
          const std::string line = request.method + ' ' + request.target;
          if (auto scripted = script(line)) return *std::move(scripted);
          if (line.starts_with("HEAD ")) return ScriptedAnswer{404};
          if (line.ends_with("?uploads="))
            return ScriptedAnswer{200,
                                  {},
                                  "<InitiateMultipartUploadResult><UploadId>u/1</UploadId>"
                                  "</InitiateMultipartUploadResult>"};
          if (line.starts_with("PUT ")) return ScriptedAnswer{200, {{"ETag", "\"<&\""}}};
          return ScriptedAnswer{200, {}, "<CompleteMultipartUploadResult/>"};
        }) {
    const auto address =
        parse_store_address("s3://bucket?region=us-east-1&endpoint=" + server.url());
    REQUIRE(address);
    StoreSurroundings surroundings{std::make_shared<HttpClient>(HttpSettings()),
                                   std::make_shared<RetryBudget>(100),
                                   [](const char* name) -> std::optional<std::string> {
                                     if (std::string_view(name).starts_with("AWS_SE") ||
                                         std::string_view(name) == "AWS_ACCESS_KEY_ID")
                                       return "given";
                                     return std::nullopt;
                                   }};
    surroundings.part_size = 4;
    store_ = open_store(*address, surroundings).value();
    file_ = make_nameless_file(std::filesystem::temp_directory_path()).value();
    REQUIRE(write_all(file_.get(), "0123456789"));
  }
  [[nodiscard]] Result<Creation> upload() {
    return store_->create({"a.zip", FileRange{file_.get(), 0, 10}});
  }
  /// The requests so far, as `PUT 1`, with the number of a part.
  [[nodiscard]] std::vector<std::string> requests() {
    std::vector<std::string> lines;
    for (const ReceivedRequest& request : server.received()) {
      const std::size_t part = request.target.find("?partNumber=");
      lines.push_back(request.method);
      if (part != std::string::npos) lines.back() += std::string(" ") + request.target[part + 12];
    }
    std::sort(lines.begin(), lines.end());
    return lines;
  }

  HttpServer server;

 private:
  std::unique_ptr<Store> store_;
  UniqueFd file_;
};

bool is_commit(const std::string& line) {
  return line.starts_with("POST ") && line.find("?uploadId=") != std::string::npos;
}

ScriptedAnswer refusal(int status, const std::string& code) {
  return {status, {}, "<Error><Code>" + code + "</Code><Message>words</Message></Error>"};
}

}  // namespace

TEST_CASE("an upload to S3 names its digest first, and at its end its parts and its condition") {
  PartedS3 s3([](const std::string&) { return std::nullopt; });
  CHECK(s3.upload().value() == Creation::created);
  const auto received = s3.server.received();
  CHECK(s3.requests() ==
        std::vector<std::string>{"HEAD", "HEAD", "POST", "POST", "PUT 1", "PUT 2", "PUT 3"});
  CHECK(received[1].headers.at("x-amz-meta-cemli-sha256") == Digest::of("0123456789").hex());
  for (const ReceivedRequest& request : received) {
    if (request.method != "PUT") continue;
    CHECK(request.headers.at("x-amz-content-sha256") == Digest::of(request.body).hex());
    Md5 md5;
    md5.update(request.body);
    CHECK(request.headers.at("content-md5") == to_base64(md5.finish()));
  }
  CHECK(received.back().target == "/bucket/a.zip?uploadId=u%2F1");
  CHECK(received.back().headers.at("if-none-match") == "*");
  CHECK(received.back().body ==
        "<CompleteMultipartUpload>"
        "<Part><PartNumber>1</PartNumber><ETag>\"&lt;&amp;\"</ETag></Part>"
        "<Part><PartNumber>2</PartNumber><ETag>\"&lt;&amp;\"</ETag></Part>"
        "<Part><PartNumber>3</PartNumber><ETag>\"&lt;&amp;\"</ETag></Part>"
        "</CompleteMultipartUpload>");
}

TEST_CASE("an upload to S3 whose object came meanwhile lets go of its parts") {
  PartedS3 s3([heads = 0](const std::string& line) mutable -> std::optional<ScriptedAnswer> {
    if (line.starts_with("HEAD ") && ++heads == 2) return ScriptedAnswer{200};
    return std::nullopt;
  });
  CHECK(s3.upload().value() == Creation::exists);
  CHECK(s3.requests().front() == "DELETE");
}

TEST_CASE("a service that honours the condition at an upload's end says that the object exists") {
  PartedS3 s3([](const std::string& line) -> std::optional<ScriptedAnswer> {
    if (is_commit(line)) return refusal(412, "PreconditionFailed");
    return std::nullopt;
  });
  CHECK(s3.upload().value() == Creation::exists);
  CHECK(s3.requests().front() == "DELETE");
}

TEST_CASE("an upload to S3 whose end was carried out and not answered is known to exist") {
  PartedS3 s3([commits = 0](const std::string& line) mutable -> std::optional<ScriptedAnswer> {
    if (is_commit(line))
      return ++commits == 1 ? refusal(500, "InternalError") : refusal(404, "NoSuchUpload");
    if (line.starts_with("HEAD ") && commits > 0) return ScriptedAnswer{200};
    return std::nullopt;
  });
  CHECK(s3.upload().value() == Creation::exists);
}

TEST_CASE("an upload to S3 that fails behind a status of success is ended again") {
  PartedS3 s3([commits = 0](const std::string& line) mutable -> std::optional<ScriptedAnswer> {
    if (is_commit(line) && ++commits == 1) return refusal(200, "InternalError");
    return std::nullopt;
  });
  CHECK(s3.upload().value() == Creation::created);
  PartedS3 other([](const std::string& line) -> std::optional<ScriptedAnswer> {
    if (is_commit(line)) return refusal(200, "InvalidPart");
    return std::nullopt;
  });
  CHECK(other.upload().error().code() == ErrorCode::unavailable);
  CHECK(other.requests().front() == "DELETE");
}

TEST_CASE("who may not upload to S3 in parts uploads in one request") {
  PartedS3 s3([](const std::string& line) -> std::optional<ScriptedAnswer> {
    if (line.ends_with("?uploads=")) return refusal(403, "AccessDenied");
    return std::nullopt;
  });
  CHECK(s3.upload().value() == Creation::created);
  CHECK(s3.requests() == std::vector<std::string>{"HEAD", "POST", "PUT"});
  CHECK(s3.server.received().back().body == "0123456789");
  CHECK(s3.server.received().back().headers.at("if-none-match") == "*");
}

TEST_CASE("a part that S3 refuses ends the upload") {
  PartedS3 s3([](const std::string& line) -> std::optional<ScriptedAnswer> {
    if (line.find("partNumber=2") == std::string::npos) return std::nullopt;
    return refusal(403, "AccessDenied");
  });
  CHECK(s3.upload().error().code() == ErrorCode::denied);
  CHECK(s3.requests().front() == "DELETE");
}

}  // namespace cemli
