#include "state/store/s3_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>

#include "state/base/base64.h"
#include "state/store/bucket_store.h"
#include "state/store/percent_encoding.h"
#include "state/store/s3_answers.h"
#include "state/store/s3_credentials.h"

namespace cemli {
namespace {

/// The digest of an object as its writer knew it: ETags are not digests everywhere.
constexpr const char* kS3DigestHeader = "x-amz-meta-cemli-sha256";
constexpr std::size_t kMostOnS3Page = 1000;

/// A request before it is signed.
struct PlainRequest {
  std::string method;
  std::string url;
  std::vector<HttpHeader> headers = {};
  ReadableBytes body = std::string_view();      ///< of a PUT or POST
  std::optional<Digest> digest = std::nullopt;  ///< of the body, where it is known
  std::optional<int> answer_fd = std::nullopt;
};

/// How the end of an upload may fail: what takes long is answered with success before it has ended.
/// An object may hold the same words, and comes with a tag.
bool is_late_failure(const HttpResponse& response) {
  constexpr std::size_t kLongestRefusal = 4096;
  return response.status == 200 && response.header("etag") == nullptr &&
         response.body.size() < kLongestRefusal &&
         read_s3_refusal(response).code == "InternalError";
}

bool says_no_such_key(const HttpResponse& response) {
  return response.status == 404 && read_s3_refusal(response).code == "NoSuchKey";
}

bool is_refused_for_age(const HttpResponse& response) {
  if (response.status != 400 && response.status != 403) return false;
  const std::string code = read_s3_refusal(response).code;
  return code == "ExpiredToken" || code == "InvalidToken" || code == "TokenRefreshRequired";
}

/// Signs and sends, again where that may help, with a new key where the old one has expired.
class S3Sender {
 public:
  S3Sender(StoreSurroundings surroundings, const CallLimits& limits, S3Credentials credentials,
           std::string region, std::optional<std::string> profile)
      : surroundings_(std::move(surroundings)),
        timeout_(limits.request),
        credentials_(std::move(credentials)),
        region_(std::move(region)),
        profile_(std::move(profile)) {
    policy_.patience = limits.patience;
    policy_.also_retried = [](const HttpResponse& response) {
      return response.status == 409 ||
             (response.status == 400 && read_s3_refusal(response).code == "RequestTimeout") ||
             is_late_failure(response);
    };
  }

  std::vector<Result<HttpResponse>> send_all(const std::vector<PlainRequest>& requests) {
    const AwsKey key = current_key();
    auto answers = send_with(key, requests);
    const auto is_expired = [](const Result<HttpResponse>& answer) {
      return answer && is_refused_for_age(*answer);
    };
    if (std::none_of(answers.begin(), answers.end(), is_expired) || !renew(key)) return answers;
    std::vector<PlainRequest> again;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (is_expired(answers[i])) again.push_back(requests[i]);
    }
    auto renewed = send_with(current_key(), again);
    std::size_t next = 0;
    for (auto& answer : answers) {
      if (is_expired(answer)) answer = std::move(renewed[next++]);
    }
    return answers;
  }

  Result<HttpResponse> send(const PlainRequest& request) {
    return std::move(send_all({request}).front());
  }

 private:
  std::vector<Result<HttpResponse>> send_with(const AwsKey& key,
                                              const std::vector<PlainRequest>& requests) {
    std::vector<ComposeRequest> composers;
    for (const PlainRequest& request : requests) {
      composers.emplace_back([&]() -> Result<HttpRequest> {
        HttpRequest composed{request.method, request.url, request.headers};
        if (request.method == "PUT" || request.method == "POST")
          composed.body = as_body(request.body);
        composed.answer_fd = request.answer_fd;
        composed.timeout = timeout_;
        auto payload = request.digest ? *request.digest : digest_of(request.body);
        if (!payload) return std::move(payload).error();
        sign_v4(composed, key, region_, *payload, wall_now());
        return composed;
      });
    }
    return send_with_retries(*surroundings_.http, composers, policy_,
                             {*surroundings_.retries, [](std::chrono::milliseconds pause) {
                                std::this_thread::sleep_for(pause);
                              }});
  }

  AwsKey current_key() {
    const std::lock_guard lock(mutex_);
    return credentials_.key;
  }

  /// Whether there is another key now than the one that was refused.
  bool renew(const AwsKey& refused) {
    const std::lock_guard lock(mutex_);
    if (credentials_.key != refused) return true;
    auto found = find_s3_credentials(surroundings_.variables, profile_);
    if (!found || found->key == refused) return false;
    credentials_ = *std::move(found);
    return true;
  }

  StoreSurroundings surroundings_;
  std::optional<std::chrono::milliseconds> timeout_;
  RetryPolicy policy_;
  std::mutex mutex_;
  S3Credentials credentials_;
  const std::string region_;
  const std::optional<std::string> profile_;
};

class S3Store final : public BucketStore {
 public:
  S3Store(S3Address address, std::string bucket_url, std::uint64_t part_size,
          std::unique_ptr<S3Sender> sender)
      : BucketStore(part_size),
        address_(std::move(address)),
        bucket_url_(std::move(bucket_url)),
        sender_(std::move(sender)) {}

  Result<std::vector<std::string>> list(const std::string& prefix, const std::string& from,
                                        std::size_t limit) override {
    std::vector<std::string> keys;
    std::optional<std::string> next;
    while (keys.size() < limit) {
      auto page = list_page(prefix, from, std::min(limit - keys.size(), kMostOnS3Page), next);
      if (!page) return std::move(page).error();
      for (const std::string& key : page->keys) {
        if (!key.starts_with(address_.prefix + prefix))
          return Error(ErrorCode::corrupt, "the store lists keys that nobody asked for");
        std::string own = key.substr(address_.prefix.size());
        if (own >= from && keys.size() < limit) keys.push_back(std::move(own));
      }
      if (!page->next) break;
      next = std::move(page->next);
    }
    return keys;
  }

  std::string address() const override { return format_store_address(address_); }

 private:
  [[nodiscard]] std::string url_of(const std::string& key) const {
    return bucket_url_ + '/' + percent_encode(address_.prefix + key, "/");
  }

  static Error refused(const PlainRequest& request, const HttpResponse& response) {
    return s3_error({request.method, request.url}, response, wall_now());
  }

  /// `requests` must outlive it.
  static Refusal refusal_of(const std::vector<PlainRequest>& requests) {
    return [&requests](std::size_t place, const HttpResponse& response) {
      return refused(requests[place], response);
    };
  }

  Result<std::vector<Found>> get_answers(std::span<const WantedObject> objects) override {
    std::vector<PlainRequest> requests;
    for (const WantedObject& object : objects) {
      requests.push_back({"GET", url_of(object.key)});
      requests.back().answer_fd = object.fd;
    }
    return found_in(sender_->send_all(requests), &says_no_such_key, refusal_of(requests));
  }

  std::string_view digest_header() const override { return kS3DigestHeader; }

  Result<std::vector<Creation>> put_all(std::span<const SummedObject> objects) override {
    std::vector<PlainRequest> requests;
    for (const SummedObject& object : objects) {
      const ObjectPart& whole = object.whole.parts.front();
      requests.push_back({"PUT",
                          url_of(object.key),
                          {{"If-None-Match", "*"},
                           {"Content-MD5", to_base64(whole.md5)},
                           {"Content-Type", "application/octet-stream"},
                           {kS3DigestHeader, object.whole.digest.hex()}},
                          whole.bytes,
                          object.whole.digest});
    }
    auto answers = sender_->send_all(requests);
    std::vector<Creation> creations;
    for (std::size_t i = 0; i < objects.size(); ++i) {
      if (!answers[i]) return std::move(answers[i]).error();
      const int status = answers[i]->status;
      if (!answers[i]->is_success() && status != 412) return refused(requests[i], *answers[i]);
      creations.push_back(status == 412 ? Creation::exists : Creation::created);
    }
    return creations;
  }

  Result<std::optional<std::string>> begin_upload(const std::string& key,
                                                  const Digest& digest) override {
    auto there = is_there(key);
    if (!there) return std::move(there).error();
    if (*there) return std::optional<std::string>();
    const PlainRequest request{
        "POST",
        url_of(key) + "?uploads=",
        {{"Content-Type", "application/octet-stream"}, {kS3DigestHeader, digest.hex()}}};
    auto answer = sender_->send(request);
    if (!answer) return std::move(answer).error();
    if (answer->status != 200) return refused(request, *answer);
    auto id = read_s3_upload_id(answer->body);
    if (!id) return std::move(id).error();
    return std::optional(*std::move(id));
  }

  Result<std::vector<std::string>> put_parts(const PartedUpload& upload, std::size_t first,
                                             std::span<const ObjectPart> parts) override {
    std::vector<PlainRequest> requests;
    for (const ObjectPart& part : parts) {
      std::string url = fmt::format("{}?partNumber={}&uploadId={}", url_of(upload.key),
                                    first + requests.size(), percent_encode(upload.id));
      // Under object lock Amazon takes no part without it.
      requests.push_back(
          {"PUT", std::move(url), {{"Content-MD5", to_base64(part.md5)}}, part.bytes, part.sha256});
    }
    return part_names_in(sender_->send_all(requests), refusal_of(requests));
  }

  Result<Creation> commit_upload(const PartedUpload& upload,
                                 const std::vector<std::string>& parts) override {
    // Not every service honours the condition here.
    auto there = is_there(upload.key);
    if (!there) return std::move(there).error();
    if (*there) return Creation::exists;
    const std::string document = s3_commit_document(parts);
    const PlainRequest request{"POST",
                               url_of_upload(upload),
                               {{"If-None-Match", "*"}, {"Content-Type", "application/xml"}},
                               document};
    auto answer = sender_->send(request);
    if (!answer) return std::move(answer).error();
    const std::string code = read_s3_refusal(*answer).code;
    if (answer->status == 200 && code.empty()) return Creation::created;
    if (answer->status == 412) return Creation::exists;
    // An earlier attempt whose answer was lost has ended the upload.
    if (code == "NoSuchUpload") {
      there = is_there(upload.key);
      if (there && *there) return Creation::exists;
    }
    return refused(request, *answer);
  }

  void abort_upload(const PartedUpload& upload) override {
    static_cast<void>(sender_->send(PlainRequest{"DELETE", url_of_upload(upload)}));
  }

  std::string url_of_upload(const PartedUpload& upload) const {
    return fmt::format("{}?uploadId={}", url_of(upload.key), percent_encode(upload.id));
  }

  Result<bool> is_there(const std::string& key) {
    const PlainRequest request{"HEAD", url_of(key)};
    auto answer = sender_->send(request);
    if (!answer) return std::move(answer).error();
    if (answer->status == 404) return false;
    if (answer->status != 200) return refused(request, *answer);
    return true;
  }

  Result<S3ListPage> list_page(const std::string& prefix, const std::string& from,
                               std::size_t limit, const std::optional<std::string>& next) {
    std::string url = fmt::format("{}/?list-type=2&encoding-type=url&max-keys={}&prefix={}",
                                  bucket_url_, limit, percent_encode(address_.prefix + prefix));
    if (next) url += "&continuation-token=" + percent_encode(*next);
    // The service starts after what it is told. Next to nothing stands between a key and the same
    // without its last byte, and what does is passed over.
    if (!from.empty())
      url += "&start-after=" + percent_encode(address_.prefix + from.substr(0, from.size() - 1));
    const PlainRequest request{"GET", std::move(url)};
    auto answer = sender_->send(request);
    if (!answer) return std::move(answer).error();
    if (answer->status != 200) return refused(request, *answer);
    return read_s3_list(answer->body);
  }

  const S3Address address_;
  const std::string bucket_url_;
  const std::unique_ptr<S3Sender> sender_;
};

std::string bucket_url(const S3Address& address, const std::string& region) {
  const std::string amazon =
      fmt::format("https://s3.{}.amazonaws.com{}", region, region.starts_with("cn-") ? ".cn" : "");
  const std::string endpoint = address.endpoint.value_or(amazon);
  // A certificate for *.s3… does not cover a name with a further dot.
  const bool has_dots = address.bucket.find('.') != std::string::npos;
  const auto usual =
      address.endpoint || has_dots ? S3Address::Style::path : S3Address::Style::virtual_host;
  if (address.style.value_or(usual) == S3Address::Style::path)
    return endpoint + '/' + address.bucket;
  const std::size_t host = endpoint.find("://") + 3;
  return endpoint.substr(0, host) + address.bucket + '.' + endpoint.substr(host);
}

}  // namespace

Result<S3Place> find_s3_place(const S3Address& address, const Variables& variables) {
  std::optional<std::string> region = address.region;
  if (!region) {
    auto found = find_s3_region(variables, address.profile);
    if (!found) return std::move(found).error();
    region = *std::move(found);
  }
  // Most services that are not Amazon's know no others.
  if (!region && address.endpoint) region = "us-east-1";
  if (!region) {
    return Error(ErrorCode::invalid_input, "no region is named")
        .with_hint("put region=… into the store's address, or set AWS_REGION");
  }
  return S3Place{bucket_url(address, *region), *region};
}

Result<std::unique_ptr<Store>> make_s3_store(const S3Address& address,
                                             const StoreSurroundings& surroundings,
                                             const CallLimits& limits) {
  const std::string opening = fmt::format("opening '{}'", format_store_address(address));
  auto credentials = find_s3_credentials(surroundings.variables, address.profile);
  if (!credentials) return std::move(credentials).error().while_doing(opening);
  auto place = find_s3_place(address, surroundings.variables);
  if (!place) return std::move(place).error().while_doing(opening);
  auto sender = std::make_unique<S3Sender>(surroundings, limits, *std::move(credentials),
                                           place->region, address.profile);
  return std::unique_ptr<Store>(std::make_unique<S3Store>(
      address, place->bucket_url, surroundings.part_size, std::move(sender)));
}

}  // namespace cemli
