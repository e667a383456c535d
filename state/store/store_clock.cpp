#include "state/store/store_clock.h"

#include <utility>

#include "state/base/clock.h"
#include "state/store/http.h"
#include "state/store/oci_credentials.h"
#include "state/store/oci_store.h"
#include "state/store/s3_store.h"

namespace cemli {
namespace {

using std::chrono::seconds;

constexpr seconds kAnswerWithin{10};

/// Something of the service that can be asked for.
Result<std::string> url_of(const StoreAddress& address, const StoreSurroundings& surroundings) {
  if (const auto* s3 = std::get_if<S3Address>(&address)) {
    auto place = find_s3_place(*s3, surroundings.variables);
    if (!place) return std::move(place).error();
    return place->bucket_url + "/";
  }
  const auto& oci = std::get<OciAddress>(address);
  auto credentials = surroundings.oci_credentials->find(oci.auth, oci.profile, surroundings);
  if (!credentials) return std::move(credentials).error();
  auto endpoint = find_oci_endpoint(oci, **credentials, surroundings.variables);
  if (!endpoint) return std::move(endpoint).error();
  return *endpoint + "/n";
}

}  // namespace

Result<std::optional<seconds>> ask_clock_lead(const StoreAddress& address,
                                              const StoreSurroundings& surroundings) {
  if (std::holds_alternative<FolderAddress>(address)) return std::optional<seconds>();
  auto url = url_of(address, surroundings);
  if (!url) return std::move(url).error();
  HttpRequest request{"GET", *std::move(url)};
  request.timeout = kAnswerWithin;
  const Timestamp before = wall_now();
  const auto answer = surroundings.http->send(request);
  if (!answer) return Error(answer.error());
  const std::string* date = answer->header("date");
  const auto theirs = date != nullptr ? parse_http_date(*date) : std::nullopt;
  if (!theirs) return std::optional<seconds>();
  // The service looked at its clock at some moment in between, and tells whole seconds.
  const Timestamp middle = before + (wall_now() - before) / 2;
  return std::optional(std::chrono::floor<seconds>(middle) - *theirs);
}

seconds accepted_clock_lead(const StoreAddress& address) {
  return std::holds_alternative<S3Address>(address) ? std::chrono::minutes(15)
                                                    : std::chrono::minutes(5);
}

}  // namespace cemli
