#include "state/store/s3_answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "state/store/percent_encoding.h"
#include "state/store/xml_leaves.h"

namespace cemli {
namespace {

using std::chrono::seconds;

ErrorCode code_of(int status, const std::string& code) {
  if (status == 401 || status == 403) return ErrorCode::denied;
  if (status == 404) return ErrorCode::not_found;
  // An upload whose end failed late, or another request for the same key is under way.
  if (status < 300 || status == 408 || status == 409 || status == 429 || status >= 500)
    return ErrorCode::unavailable;
  if (code == "RequestTimeout") return ErrorCode::unavailable;
  return ErrorCode::denied;
}

std::string describe_skew(const HttpResponse& response, Timestamp sent_at) {
  const std::string* date = response.header("date");
  const auto theirs = date ? parse_http_date(*date) : std::nullopt;
  if (!theirs) return "this machine's clock and the store's differ too much";
  const auto ahead = std::chrono::duration_cast<seconds>(sent_at - *theirs);
  return fmt::format("this machine's clock is {} {} the store's",
                     describe_duration(std::chrono::abs(ahead)),
                     ahead > seconds(0) ? "ahead of" : "behind");
}

std::optional<std::string> hint_for(const S3Refusal& refusal, int status) {
  if (refusal.code == "RequestTimeTooSkewed")
    return "set the clock of this machine, for example by NTP; the key is not what is wrong";
  if (refusal.code == "SignatureDoesNotMatch")
    return "the secret access key does not belong to the access key id";
  if (refusal.code == "InvalidAccessKeyId") return "the store does not know the access key id";
  if (refusal.code == "ExpiredToken") return "get a new session token";
  if (refusal.code == "NoSuchBucket") return "make the bucket, or mend the store's address";
  if (refusal.region) return fmt::format("put region={} into the store's address", *refusal.region);
  if (status == 403)
    return "the key may not do this: docs/object-storage.md lists what each role needs";
  return std::nullopt;
}

std::string xml_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&')
      escaped += "&amp;";
    else if (c == '<')
      escaped += "&lt;";
    else
      escaped += c;
  }
  return escaped;
}

std::string decoded(const std::string& text) {
  // It is the encoding of forms.
  std::string spaced = text;
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decode(spaced).value_or(text);
}

}  // namespace

S3Refusal read_s3_refusal(const HttpResponse& response) {
  constexpr std::size_t kMostOfMessage = 300;
  S3Refusal refusal;
  const auto leaves = read_xml_leaves(response.body);
  if (leaves) {
    for (const XmlLeaf& leaf : *leaves) {
      if (leaf.path == "Error/Code") refusal.code = leaf.text;
      if (leaf.path == "Error/Message") refusal.message = leaf.text.substr(0, kMostOfMessage);
      if (leaf.path == "Error/Region") refusal.region = leaf.text;
    }
  }
  if (const std::string* region = response.header("x-amz-bucket-region");
      region != nullptr && response.status >= 300 && response.status < 400)
    refusal.region = *region;
  return refusal;
}

Error s3_error(const HttpRequest& request, const HttpResponse& response, Timestamp sent_at) {
  const S3Refusal refusal = read_s3_refusal(response);
  std::string what = fmt::format("{}: HTTP {}", describe_request(request), response.status);
  if (!refusal.code.empty()) what += ' ' + refusal.code;
  if (refusal.code == "RequestTimeTooSkewed") {
    what += ": " + describe_skew(response, sent_at);
  } else if (!refusal.message.empty()) {
    what += ": " + refusal.message;
  }
  what += describe_request_id(response);
  Error error(code_of(response.status, refusal.code), std::move(what));
  if (auto hint = hint_for(refusal, response.status))
    return std::move(error).with_hint(*std::move(hint));
  return error;
}

Result<S3ListPage> read_s3_list(std::string_view document) {
  auto leaves = read_xml_leaves(document);
  if (!leaves) return std::move(leaves).error().while_doing("reading a list");
  S3ListPage page;
  bool is_list = false;
  bool is_encoded = false;
  bool is_truncated = false;
  for (XmlLeaf& leaf : *leaves) {
    if (leaf.path == "ListBucketResult/IsTruncated") {
      is_list = true;
      is_truncated = leaf.text == "true";
    } else if (leaf.path == "ListBucketResult/Contents/Key") {
      page.keys.push_back(std::move(leaf.text));
    } else if (leaf.path == "ListBucketResult/NextContinuationToken") {
      page.next = std::move(leaf.text);
    } else if (leaf.path == "ListBucketResult/EncodingType") {
      is_encoded = leaf.text == "url";
    }
  }
  // A list that is cut off in silence would be a shorter log.
  if (!is_list || is_truncated != page.next.has_value())
    return Error(ErrorCode::corrupt, "reading a list: the answer does not say whether it is whole");
  if (is_encoded) {
    for (std::string& key : page.keys) key = decoded(key);
  }
  return page;
}

Result<std::string> read_s3_upload_id(std::string_view document) {
  auto leaves = read_xml_leaves(document);
  if (!leaves) return std::move(leaves).error().while_doing("beginning an upload");
  for (XmlLeaf& leaf : *leaves) {
    if (leaf.path == "InitiateMultipartUploadResult/UploadId" && !leaf.text.empty())
      return std::move(leaf.text);
  }
  return Error(ErrorCode::corrupt, "beginning an upload: the answer does not name it");
}

std::string s3_commit_document(const std::vector<std::string>& etags) {
  std::string document = "<CompleteMultipartUpload>";
  std::size_t number = 0;
  for (const std::string& etag : etags) {
    document += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", ++number,
                            xml_text(etag));
  }
  return document + "</CompleteMultipartUpload>";
}

}  // namespace cemli
