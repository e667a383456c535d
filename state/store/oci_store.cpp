#include "state/store/oci_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "state/base/base64.h"
#include "state/base/digest.h"
#include "state/store/bucket_store.h"
#include "state/store/oci_answers.h"
#include "state/store/oci_credentials.h"
#include "state/store/oci_regions.h"
#include "state/store/oci_sender.h"

namespace cemli {
namespace {

constexpr std::size_t kMostOnOciPage = 1000;
constexpr const char* kOciDigestHeader = "opc-meta-cemli-sha256";

bool says_exists(const HttpResponse& response) {
  return response.status == 412 && read_oci_refusal(response).code == "IfNoneMatchFailed";
}

bool says_object_not_found(const HttpResponse& response) {
  return response.status == 404 && read_oci_refusal(response).code == "ObjectNotFound";
}

/// Whether the object may be there all the same: it was written and the answer lost, or it was
/// there already. Who may create but not overwrite may be told of the latter that it is forbidden,
/// or that there is no such bucket.
bool may_exist(const Result<HttpResponse>& answer) {
  if (!answer) return answer.error().code() == ErrorCode::unavailable;
  return answer->status > 401;
}

class OciStore final : public BucketStore {
 public:
  OciStore(OciAddress address, std::uint64_t part_size, std::unique_ptr<OciSender> sender)
      : BucketStore(part_size),
        address_(std::move(address)),
        bucket_(fmt::format("/n/{}/b/{}", oci_path_segment(address_.name_space),
                            oci_path_segment(address_.bucket))),
        sender_(std::move(sender)) {}

  Result<std::vector<std::string>> list(const std::string& prefix, const std::string& from,
                                        std::size_t limit) override {
    std::vector<std::string> keys;
    std::string start = from.empty() ? std::string() : address_.prefix + from;
    while (keys.size() < limit) {
      auto page = list_page(prefix, start, std::min(limit - keys.size(), kMostOnOciPage));
      if (!page) return std::move(page).error();
      for (const std::string& name : page->names) {
        if (!name.starts_with(address_.prefix + prefix) || name < start)
          return Error(ErrorCode::corrupt, "the store lists keys that nobody asked for");
        if (keys.size() < limit) keys.push_back(name.substr(address_.prefix.size()));
      }
      if (!page->next) break;
      // Otherwise it would go on for ever.
      if (*page->next <= start)
        return Error(ErrorCode::corrupt, "a page of the store's list does not go on");
      start = *std::move(page->next);
    }
    return keys;
  }

  std::string address() const override { return format_store_address(address_); }

 private:
  [[nodiscard]] std::string target_of(const std::string& key) const {
    return bucket_ + "/o/" + oci_path_segment(address_.prefix + key);
  }

  [[nodiscard]] std::string target_of(
      const PartedUpload& upload,
      std::vector<std::pair<std::string, std::string>> more = {}) const {
    more.insert(more.begin(), {"uploadId", upload.id});
    return bucket_ + "/u/" + oci_path_segment(address_.prefix + upload.key) + oci_query(more);
  }

  /// `calls` must outlive it.
  [[nodiscard]] Refusal refusal_of(const std::vector<OciCall>& calls) const {
    return [this, &calls](std::size_t place, const HttpResponse& response) {
      return sender_->refused(calls[place], response);
    };
  }

  Result<std::vector<Found>> get_answers(std::span<const WantedObject> objects) override {
    std::vector<OciCall> calls;
    for (const WantedObject& object : objects) {
      calls.push_back({"GET", target_of(object.key)});
      calls.back().answer_fd = object.fd;
    }
    return found_in(sender_->send_all(calls), &says_object_not_found, refusal_of(calls));
  }

  std::string_view digest_header() const override { return kOciDigestHeader; }

  Result<std::vector<Creation>> put_all(std::span<const SummedObject> objects) override {
    std::vector<OciCall> calls;
    for (const SummedObject& object : objects) {
      const ObjectPart& whole = object.whole.parts.front();
      calls.push_back({"PUT",
                       target_of(object.key),
                       OciSigning::plain,
                       {{"if-none-match", "*"},
                        {"content-type", "application/octet-stream"},
                        {"content-md5", to_base64(whole.md5)},
                        {kOciDigestHeader, object.whole.digest.hex()}},
                       whole.bytes});
    }
    const auto answers = sender_->send_all(calls);
    std::vector<Creation> creations;
    for (std::size_t i = 0; i < objects.size(); ++i) {
      auto creation = creation_of(objects[i].key, calls[i], answers[i]);
      if (!creation) return std::move(creation).error();
      creations.push_back(*creation);
    }
    return creations;
  }

  /// Where the answer does not tell, the object itself does.
  Result<Creation> creation_of(const std::string& key, const OciCall& call,
                               const Result<HttpResponse>& answer) {
    if (answer && answer->is_success()) return Creation::created;
    if (answer && says_exists(*answer)) return Creation::exists;
    Error error = answer ? sender_->refused(call, *answer) : answer.error();
    if (!may_exist(answer)) return error;
    const auto there = sender_->send(OciCall{"HEAD", target_of(key)}, OciSender::Attempts::one);
    // That the key could not be read either says nothing new.
    if (there && there->status == 200) return Creation::exists;
    return error;
  }

  Result<std::optional<std::string>> begin_upload(const std::string& key,
                                                  const Digest& digest) override {
    const std::string document =
        oci_upload_document(address_.prefix + key, kOciDigestHeader, digest);
    const OciCall call{
        "POST", bucket_ + "/u", OciSigning::body, {{"if-none-match", "*"}}, document};
    auto answer = sender_->send(call);
    if (!answer) return std::move(answer).error();
    if (says_exists(*answer)) return std::optional<std::string>();
    if (!answer->is_success()) return sender_->refused(call, *answer);
    auto id = read_oci_upload_id(answer->body);
    if (!id) return std::move(id).error();
    return std::optional(*std::move(id));
  }

  Result<std::vector<std::string>> put_parts(const PartedUpload& upload, std::size_t first,
                                             std::span<const ObjectPart> parts) override {
    std::vector<OciCall> calls;
    for (const ObjectPart& part : parts) {
      std::string target =
          target_of(upload, {{"uploadPartNum", std::to_string(first + calls.size())}});
      calls.push_back(
          {"PUT",
           std::move(target),
           OciSigning::plain,
           {{"content-type", "application/octet-stream"}, {"content-md5", to_base64(part.md5)}},
           part.bytes});
    }
    return part_names_in(sender_->send_all(calls), refusal_of(calls));
  }

  Result<Creation> commit_upload(const PartedUpload& upload,
                                 const std::vector<std::string>& parts) override {
    const std::string document = oci_commit_document(parts);
    const OciCall call{
        "POST", target_of(upload), OciSigning::body, {{"if-none-match", "*"}}, document};
    return creation_of(upload.key, call, sender_->send(call));
  }

  void abort_upload(const PartedUpload& upload) override {
    static_cast<void>(sender_->send(OciCall{"DELETE", target_of(upload)}));
  }

  Result<OciListPage> list_page(const std::string& prefix, const std::string& start,
                                std::size_t limit) {
    std::vector<std::pair<std::string, std::string>> parameters{
        {"prefix", address_.prefix + prefix}, {"limit", std::to_string(limit)}};
    if (!start.empty()) parameters.emplace_back("start", start);
    const OciCall call{"GET", bucket_ + "/o" + oci_query(parameters)};
    auto answer = sender_->send(call);
    if (!answer) return std::move(answer).error();
    if (answer->status != 200) return sender_->refused(call, *answer);
    return read_oci_list(answer->body);
  }

  const OciAddress address_;
  const std::string bucket_;
  const std::unique_ptr<OciSender> sender_;
};

}  // namespace

Result<std::string> find_oci_endpoint(const OciAddress& address, OciCredentials& credentials,
                                      const Variables& variables) {
  if (address.endpoint) return *address.endpoint;
  if (const auto named = variables("OCI_CLI_ENDPOINT")) return *named;
  std::optional<std::string> name = address.region;
  if (!name) {
    auto credential = credentials.current();
    if (!credential) return std::move(credential).error();
    name = (*credential)->region;
  }
  if (!name) {
    return Error(ErrorCode::invalid_input, "no region is named")
        .with_hint("put region=… into the store's address, or set OCI_CLI_REGION");
  }
  auto region = find_oci_region(*name, variables);
  if (!region) return std::move(region).error();
  return oci_object_storage_endpoint(*region);
}

Result<std::unique_ptr<Store>> make_oci_store(const OciAddress& address,
                                              const StoreSurroundings& surroundings,
                                              const CallLimits& limits) {
  const std::string opening = fmt::format("opening '{}'", format_store_address(address));
  auto credentials =
      surroundings.oci_credentials->find(address.auth, address.profile, surroundings);
  if (!credentials) return std::move(credentials).error().while_doing(opening);
  auto endpoint = find_oci_endpoint(address, **credentials, surroundings.variables);
  if (!endpoint) return std::move(endpoint).error().while_doing(opening);
  auto sender = std::make_unique<OciSender>(surroundings, limits, *std::move(endpoint),
                                            *std::move(credentials));
  return std::unique_ptr<Store>(
      std::make_unique<OciStore>(address, surroundings.part_size, std::move(sender)));
}

}  // namespace cemli
