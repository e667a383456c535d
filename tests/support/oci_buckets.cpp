#include "tests/support/oci_buckets.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <vector>

#include "state/base/base64.h"
#include "state/base/clock.h"
#include "state/base/digest.h"
#include "state/base/file.h"
#include "state/store/percent_encoding.h"
#include "tests/support/oci_verifier.h"

namespace cemli::test {
namespace {

using Parameters = std::map<std::string, std::string>;

std::string md5_base64(const std::string& bytes) {
  Md5 sum;
  sum.update(bytes);
  return to_base64(sum.finish());
}

std::string new_uuid() {
  const std::string hex = random_hex(16);
  return fmt::format("{}-{}-4{}-a{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(13, 3),
                     hex.substr(17, 3), hex.substr(20));
}

/// The path's decoded segments.
std::vector<std::string> segments_of(const std::string& target) {
  std::vector<std::string> segments;
  const std::string path = target.substr(0, target.find('?'));
  for (std::size_t at = 1; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    segments.push_back(percent_decode(path.substr(at, end - at)).value_or(""));
    at = end + 1;
  }
  return segments;
}

std::string query_of(const std::string& target) {
  const std::size_t at = target.find('?');
  return at == std::string::npos ? "" : target.substr(at + 1);
}

Parameters parameters_of(const std::string& query) {
  Parameters parameters;
  for (std::size_t at = 0; at < query.size();) {
    const std::size_t end = std::min(query.find('&', at), query.size());
    const std::string pair = query.substr(at, end - at);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string value = equals < pair.size() ? pair.substr(equals + 1) : "";
    parameters[pair.substr(0, equals)] = percent_decode(value).value_or("");
    at = end + 1;
  }
  return parameters;
}

std::string header_of(const ReceivedRequest& request, const std::string& name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? "" : found->second;
}

ScriptedAnswer not_found(const std::string& name) {
  return oci_error(404, "ObjectNotFound",
                   fmt::format("The object '{}' was not found in the bucket", name));
}

/// The condition of a write or delete that does not hold.
std::optional<ScriptedAnswer> failed_condition(const OciBuckets::Bucket& bucket,
                                               const std::string& name,
                                               const ReceivedRequest& request) {
  const auto found = bucket.find(name);
  const std::string none_match = header_of(request, "if-none-match");
  if (!none_match.empty() && none_match != "*")
    return oci_error(400, "InvalidParameter", "if-none-match takes only '*' here");
  if (!none_match.empty() && found != bucket.end()) {
    return oci_error(412, "IfNoneMatchFailed",
                     "The If-None-Match header is '*' but the entity exists");
  }
  const std::string match = header_of(request, "if-match");
  if (!match.empty() && (found == bucket.end() || found->second.etag != match))
    return oci_error(412, "IfMatchFailed", "The If-Match header does not match the entity");
  return std::nullopt;
}

void add_object_headers(ScriptedAnswer& answer, const OciBuckets::Object& object) {
  answer.headers.insert(answer.headers.end(), {{"ETag", object.etag},
                                               {"Last-Modified", http_date(object.modified)},
                                               {"Content-MD5", md5_base64(object.bytes)},
                                               {"Content-Type", object.content_type},
                                               {"Accept-Ranges", "bytes"},
                                               {"storage-tier", "Standard"},
                                               {"version-id", object.version}});
  answer.headers.insert(answer.headers.end(), object.metadata.begin(), object.metadata.end());
}

std::optional<std::size_t> number_of(const std::string& text) {
  std::size_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

/// Of `bytes=A-B`, `bytes=A-` and `bytes=-N`, of which the service takes one.
std::optional<std::pair<std::size_t, std::size_t>> range_of(const std::string& header,
                                                            std::size_t size) {
  if (!header.starts_with("bytes=") || size == 0) return std::nullopt;
  const std::string range = header.substr(6);
  const std::size_t dash = range.find('-');
  if (dash == std::string::npos) return std::nullopt;
  const auto first = number_of(range.substr(0, dash));
  const auto last = number_of(range.substr(dash + 1));
  if (first) return std::pair(*first, std::min(size - 1, last.value_or(size - 1)));
  if (last) return std::pair(size - std::min(size, *last), size - 1);
  return std::nullopt;
}

ScriptedAnswer get(const OciBuckets::Bucket& bucket, const std::string& name,
                   const ReceivedRequest& request) {
  const auto found = bucket.find(name);
  if (found == bucket.end()) return not_found(name);
  const OciBuckets::Object& object = found->second;
  const std::string match = header_of(request, "if-match");
  if (!match.empty() && match != object.etag)
    return oci_error(412, "IfMatchFailed", "The If-Match header does not match the entity");
  if (header_of(request, "if-none-match") == object.etag)
    return ScriptedAnswer{304, {{"ETag", object.etag}}};
  ScriptedAnswer answer{200, {}, object.bytes};
  add_object_headers(answer, object);
  const auto range = range_of(header_of(request, "range"), object.bytes.size());
  if (!range) return answer;
  if (range->first > range->second)
    return oci_error(416, "InvalidRange", "The range cannot be satisfied");
  answer.status = 206;
  answer.body = object.bytes.substr(range->first, range->second - range->first + 1);
  answer.headers.emplace_back("Content-Range", fmt::format("bytes {}-{}/{}", range->first,
                                                           range->second, object.bytes.size()));
  return answer;
}

ScriptedAnswer remove(OciBuckets::Bucket& bucket, const std::string& name,
                      const ReceivedRequest& request) {
  if (!bucket.contains(name)) return not_found(name);
  if (auto failed = failed_condition(bucket, name, request)) return *failed;
  ScriptedAnswer answer{204, {{"Last-Modified", http_date(bucket.at(name).modified)}}};
  bucket.erase(name);
  return answer;
}

std::string rfc3339(OciBuckets::Moment time) {
  return format_timestamp(std::chrono::time_point_cast<std::chrono::milliseconds>(time));
}

/// A list's entry: the name, and the fields that were asked for.
nlohmann::json entry_of(const std::string& name, const OciBuckets::Object& object,
                        const std::string& fields) {
  nlohmann::json entry{{"name", name}};
  const auto wants = [&fields](const char* field) {
    return (',' + fields + ',').find(fmt::format(",{},", field)) != std::string::npos;
  };
  if (wants("size")) entry["size"] = object.bytes.size();
  if (wants("etag")) entry["etag"] = object.etag;
  if (wants("md5")) entry["md5"] = md5_base64(object.bytes);
  if (wants("timeCreated")) entry["timeCreated"] = rfc3339(object.modified);
  if (wants("timeModified")) entry["timeModified"] = rfc3339(object.modified);
  return entry;
}

}  // namespace

ScriptedAnswer oci_error(int status, const std::string& code, const std::string& message) {
  const nlohmann::json body{{"code", code}, {"message", message}};
  return ScriptedAnswer{status, {{"Content-Type", "application/json"}}, body.dump()};
}

void OciBuckets::make(const std::string& name_space, const std::string& bucket) {
  buckets_[{name_space, bucket}];
}

ScriptedAnswer OciBuckets::answer(const ReceivedRequest& request, Moment now) {
  const std::vector<std::string> path = segments_of(request.target);
  if (path.size() == 1 || (path.size() == 2 && path[1].empty()))
    return ScriptedAnswer{200,
                          {{"Content-Type", "application/json"}},
                          nlohmann::json(buckets_.begin()->first.first).dump()};
  if (path.size() < 4 || path[2] != "b")
    return oci_error(404, "NotAuthorizedOrNotFound", "Authorization failed or resource not found");
  const auto found = buckets_.find({path[1], path[3]});
  if (found == buckets_.end()) {
    return oci_error(404, "BucketNotFound",
                     fmt::format("Either the bucket named '{}' does not exist in the namespace "
                                 "'{}' or you are not authorized to access it",
                                 path[3], path[1]));
  }
  Bucket& bucket = found->second;
  if (path.size() == 4) {
    const nlohmann::json description{{"namespace", path[1]}, {"name", path[3]}};
    return ScriptedAnswer{200, {{"Content-Type", "application/json"}}, description.dump()};
  }
  if (path[4] != "o" && path[4] != "u")
    return oci_error(404, "NotAuthorizedOrNotFound", "no such resource");
  const bool is_upload = path[4] == "u";
  if (path.size() == 5)
    return is_upload ? begin_upload(bucket, request) : list(bucket, query_of(request.target));
  // Where a client leaves the slashes of a name as they are, it has several segments.
  std::string name = path[5];
  for (std::size_t i = 6; i < path.size(); ++i) name += '/' + path[i];
  if (is_upload) return go_on_with_upload(bucket, name, request, now);
  if (request.method == "PUT") return put(bucket, name, request, now);
  if (request.method == "GET" || request.method == "HEAD") return get(bucket, name, request);
  if (request.method == "DELETE") return remove(bucket, name, request);
  return oci_error(405, "MethodNotAllowed", "The method is not allowed here");
}

bool OciBuckets::refuses_early(const ReceivedRequest& request) const {
  const std::vector<std::string> path = segments_of(request.target);
  if (request.method != "PUT" || path.size() != 6) return false;
  const auto found = buckets_.find({path[1], path[3]});
  return found != buckets_.end() && failed_condition(found->second, path[5], request);
}

ScriptedAnswer OciBuckets::put(Bucket& bucket, const std::string& name,
                               const ReceivedRequest& request, Moment now) {
  if (name.empty() || name.size() > 1024)
    return oci_error(400, "InvalidObjectName", "The name has 1 to 1024 characters");
  if (auto failed = failed_condition(bucket, name, request)) return *failed;
  const std::string sum = md5_base64(request.body);
  const std::string claimed = header_of(request, "content-md5");
  if (!claimed.empty() && claimed != sum)
    return oci_error(400, "UnmatchedContentMD5", "The body has another MD5");
  std::string type = header_of(request, "content-type");
  if (type.empty()) type = "application/octet-stream";
  Object object{request.body, new_uuid(), std::move(type), new_uuid(), now};
  for (const auto& [header, value] : request.headers) {
    if (header.starts_with("opc-meta-")) object.metadata[header] = value;
  }
  ScriptedAnswer answer{200,
                        {{"ETag", object.etag},
                         {"Last-Modified", http_date(now)},
                         {"opc-content-md5", sum},
                         {"version-id", object.version}}};
  bucket.insert_or_assign(name, std::move(object));
  return answer;
}

ScriptedAnswer OciBuckets::begin_upload(const Bucket& bucket, const ReceivedRequest& request) {
  const auto asked = nlohmann::json::parse(request.body, nullptr, false);
  if (request.method != "POST" || !asked.is_object() || !asked.contains("object"))
    return oci_error(400, "CannotParseRequest", "an upload names its object");
  Upload upload{asked.at("object"), asked.value("contentType", "application/octet-stream"), {}};
  if (auto failed = failed_condition(bucket, upload.object, request)) return *failed;
  const nlohmann::json metadata = asked.value("metadata", nlohmann::json::object());
  for (const auto& [key, value] : metadata.items()) {
    if (!key.starts_with("opc-meta-"))
      return oci_error(400, "InvalidParameter", "keys of metadata begin with opc-meta-");
    upload.metadata[key] = value;
  }
  const std::string id = new_uuid();
  const nlohmann::json answer{{"uploadId", id}, {"object", upload.object}};
  uploads_[id] = std::move(upload);
  return ScriptedAnswer{200, {{"Content-Type", "application/json"}}, answer.dump()};
}

ScriptedAnswer OciBuckets::go_on_with_upload(Bucket& bucket, const std::string& name,
                                             const ReceivedRequest& request, Moment now) {
  Parameters asked = parameters_of(query_of(request.target));
  const auto found = uploads_.find(asked["uploadId"]);
  if (found == uploads_.end() || found->second.object != name)
    return oci_error(404, "NoSuchUpload", "The upload was not found");
  Upload& upload = found->second;
  if (request.method == "DELETE") {
    uploads_.erase(found);
    return ScriptedAnswer{204};
  }
  if (request.method == "POST") {
    ScriptedAnswer answer = commit(bucket, upload, request, now);
    if (answer.status == 200) uploads_.erase(found);
    return answer;
  }
  const auto number = number_of(asked["uploadPartNum"]).value_or(0);
  if (request.method != "PUT" || number < 1 || number > 10'000)
    return oci_error(400, "InvalidParameter", "uploadPartNum is 1 to 10000");
  const std::string sum = md5_base64(request.body);
  const std::string claimed = header_of(request, "content-md5");
  if (!claimed.empty() && claimed != sum)
    return oci_error(400, "UnmatchedContentMD5", "The body has another MD5");
  const auto& part = upload.parts[number] = Upload::Part{request.body, new_uuid()};
  return ScriptedAnswer{200, {{"ETag", part.etag}, {"opc-content-md5", sum}}};
}

ScriptedAnswer OciBuckets::commit(Bucket& bucket, const Upload& upload,
                                  const ReceivedRequest& request, Moment now) {
  if (auto failed = failed_condition(bucket, upload.object, request)) return *failed;
  const auto asked = nlohmann::json::parse(request.body, nullptr, false);
  if (!asked.is_object() || !asked.contains("partsToCommit"))
    return oci_error(400, "CannotParseRequest", "a commit names its parts");
  std::string bytes;
  std::set<std::size_t> named;
  for (const nlohmann::json& part : asked.at("partsToCommit")) {
    const std::size_t number = part.at("partNum");
    const auto sent = upload.parts.find(number);
    if (sent == upload.parts.end() || sent->second.etag != part.at("etag") ||
        (!named.empty() && number <= *named.rbegin()))
      return oci_error(400, "InvalidUploadPart", "A part is unknown, altered or out of order");
    named.insert(number);
    bytes += sent->second.bytes;
  }
  for (const nlohmann::json& number : asked.value("partsToExclude", nlohmann::json::array()))
    named.insert(number.get<std::size_t>());
  if (named.size() != upload.parts.size())
    return oci_error(400, "InvalidUploadPart", "Every part is either committed or excluded");
  Object object{std::move(bytes), new_uuid(), upload.content_type,
                new_uuid(),       now,        upload.metadata};
  ScriptedAnswer answer{200,
                        {{"ETag", object.etag},
                         {"Last-Modified", http_date(now)},
                         {"opc-multipart-md5", md5_base64(object.bytes) + "-1"},
                         {"version-id", object.version}}};
  bucket.insert_or_assign(upload.object, std::move(object));
  return answer;
}

ScriptedAnswer OciBuckets::list(const Bucket& bucket, const std::string& query) const {
  Parameters asked = parameters_of(query);
  const std::string prefix = asked["prefix"];
  const std::string after = asked["startAfter"];
  const std::string delimiter = asked["delimiter"];
  if (!delimiter.empty() && delimiter != "/")
    return oci_error(400, "InvalidParameter", "delimiter takes only '/'");
  const std::size_t limit = asked["limit"].empty() ? 1000 : number_of(asked["limit"]).value_or(0);
  if (limit == 0 || limit > 1000) return oci_error(400, "InvalidParameter", "limit is 1 to 1000");
  nlohmann::json body{{"objects", nlohmann::json::array()}, {"prefixes", nlohmann::json::array()}};
  std::set<std::string> prefixes;
  const std::size_t most = std::min(limit, page_size_);
  for (auto at = bucket.lower_bound(std::max(prefix, asked["start"])); at != bucket.end(); ++at) {
    const std::string& name = at->first;
    if (!name.starts_with(prefix) || (!asked["end"].empty() && name >= asked["end"])) break;
    if (!after.empty() && name <= after) continue;
    const std::size_t slash = delimiter.empty() ? std::string::npos : name.find('/', prefix.size());
    const bool is_in_folder = slash != std::string::npos;
    if (is_in_folder && prefixes.contains(name.substr(0, slash + 1))) continue;
    if (body["objects"].size() + prefixes.size() == most) {
      body["nextStartWith"] = name;
      break;
    }
    if (is_in_folder)
      prefixes.insert(name.substr(0, slash + 1));
    else
      body["objects"].push_back(entry_of(name, at->second, asked["fields"]));
  }
  for (const std::string& folder : prefixes) body["prefixes"].push_back(folder);
  return ScriptedAnswer{200, {{"Content-Type", "application/json"}}, body.dump()};
}

}  // namespace cemli::test
