#pragma once

#include <curl/curl.h>

#include <memory>

namespace cemli {

struct FreeCurl {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct FreeCurlMulti {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
struct FreeCurlList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// One transfer of libcurl.
using CurlEasy = std::unique_ptr<CURL, FreeCurl>;
/// Transfers that go on side by side, and their connections.
using CurlMulti = std::unique_ptr<CURLM, FreeCurlMulti>;
using CurlHeaders = std::unique_ptr<curl_slist, FreeCurlList>;
using CurlUrl = std::unique_ptr<CURLU, FreeCurl>;

}  // namespace cemli
