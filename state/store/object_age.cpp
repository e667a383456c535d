#include "state/store/object_age.h"

namespace cemli {

std::optional<std::chrono::milliseconds> age_in(const HttpResponse& response) {
  const std::string* date = response.header("date");
  const std::string* modified = response.header("last-modified");
  if (date == nullptr || modified == nullptr || response.header("age") != nullptr)
    return std::nullopt;
  const auto now = parse_http_date(*date);
  const auto then = parse_http_date(*modified);
  if (!now || !then) return std::nullopt;
  return *now - *then;
}

}  // namespace cemli
