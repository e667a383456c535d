#include "state/store/http.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

#include "state/base/ascii.h"
#include "state/store/curl_handles.h"

namespace cemli {
namespace {

using std::chrono::milliseconds;

/// An error's document is short; more of it helps nobody.
constexpr std::size_t kMostOfAnError = std::size_t{64} * 1024;

struct Origin {
  std::string scheme;
  std::string host;
};

std::optional<Origin> origin_of(const std::string& url) {
  const CurlUrl parsed(curl_url());
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_PATH_AS_IS) != CURLUE_OK)
    return std::nullopt;
  Origin origin;
  for (const auto& [part, text] :
       {std::pair(CURLUPART_SCHEME, &origin.scheme), std::pair(CURLUPART_HOST, &origin.host)}) {
    char* found = nullptr;
    if (curl_url_get(parsed.get(), part, &found, 0) != CURLUE_OK) return std::nullopt;
    *text = lower_case(found);
    curl_free(found);
  }
  return origin;
}

bool is_loopback(const std::string& host) {
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos &&
         std::count(host.begin(), host.end(), '.') == 3;
}

/// What a broken connection leaves of an answer whose status is known already.
bool is_cut_off(CURLcode code) {
  return code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_PARTIAL_FILE;
}

bool is_about_trust(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
         code == CURLE_SSL_ISSUER_ERROR;
}

/// One request on its way.
class Transfer {
 public:
  Transfer(const HttpRequest& request, const HttpSettings& settings, std::size_t place)
      : request_(request), place_(place), easy_(curl_easy_init()) {
    assert(easy_);
    set(CURLOPT_PRIVATE, this);
    set(CURLOPT_ERRORBUFFER, error_.data());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_USERAGENT, "cemli/" CEMLI_VERSION);
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout.count()));
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(settings.stall_timeout.count()));
    if (request.timeout) set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout->count()));
    if (settings.ca_bundle) set(CURLOPT_CAINFO, settings.ca_bundle->c_str());
    if (request.method == "HEAD") set(CURLOPT_NOBODY, 1L);
    if (request.connection == ConnectionUse::new_one) set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    set_headers();
    set_body();
    set_callbacks();
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer() = default;

  void avoid_proxies() { set(CURLOPT_NOPROXY, "*"); }

  [[nodiscard]] CURL* handle() const { return easy_.get(); }
  [[nodiscard]] std::size_t place() const { return place_; }

  Result<HttpResponse> finish(CURLcode code) {
    // A server that refuses an upload early may close before it has read it all. What it said
    // counts. Of anything else half an answer is none.
    const bool is_upload = !std::holds_alternative<std::monostate>(request_.body);
    const bool has_answered = is_upload && response_.status >= 300 && is_cut_off(code);
    if (code == CURLE_OK || has_answered) return std::move(response_);
    if (file_error_) return *std::move(file_error_);
    const std::string what =
        fmt::format("{}: {}{}", describe_request(request_),
                    error_[0] != '\0' ? error_.data() : curl_easy_strerror(code),
                    describe_request_id(response_));
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
      return Error(ErrorCode::invalid_input, what);
    if (is_about_trust(code)) {
      return Error(ErrorCode::denied, what)
          .with_hint("CEMLI_CA_BUNDLE names a file of certificates to trust instead");
    }
    return Error(ErrorCode::unavailable, what);
  }

 private:
  template <typename Value>
  void set(CURLoption option, Value value) {
    [[maybe_unused]] const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
    assert(code == CURLE_OK);
  }

  void set_headers() {
    // Uploads wait up to a second for leave to go on where the server does not know how to give it.
    append_header("Expect:");
    for (const HttpHeader& header : request_.headers) {
      // Without a value curl would take the header away.
      append_header(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
    }
    set(CURLOPT_HTTPHEADER, headers_.get());
  }

  void append_header(const std::string& line) {
    curl_slist* extended = curl_slist_append(headers_.get(), line.c_str());
    assert(extended != nullptr);
    [[maybe_unused]] curl_slist* former = headers_.release();
    headers_.reset(extended);
  }

  void set_body() {
    if (std::holds_alternative<std::monostate>(request_.body)) return;
    const auto* bytes = std::get_if<std::string_view>(&request_.body);
    const std::uint64_t size = bytes ? bytes->size() : std::get<FileRange>(request_.body).size;
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(size));
    set(CURLOPT_READDATA, this);
    set(
        CURLOPT_READFUNCTION, +[](char* to, std::size_t size_of_one, std::size_t n, void* self) {
          return static_cast<Transfer*>(self)->read_body(to, size_of_one * n);
        });
    // A connection that the server has closed meanwhile shows only once it is used again; curl then
    // starts anew on another.
    set(CURLOPT_SEEKDATA, this);
    set(
        CURLOPT_SEEKFUNCTION, +[](void* self, curl_off_t offset, int origin) {
          if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
          static_cast<Transfer*>(self)->sent_ = static_cast<std::uint64_t>(offset);
          return CURL_SEEKFUNC_OK;
        });
  }

  void set_callbacks() {
    set(CURLOPT_HEADERDATA, this);
    set(
        CURLOPT_HEADERFUNCTION,
        +[](char* line, std::size_t size_of_one, std::size_t n, void* self) {
          static_cast<Transfer*>(self)->take_header({line, size_of_one * n});
          return size_of_one * n;
        });
    set(CURLOPT_WRITEDATA, this);
    set(
        CURLOPT_WRITEFUNCTION, +[](char* from, std::size_t size_of_one, std::size_t n, void* self) {
          return static_cast<Transfer*>(self)->take_body({from, size_of_one * n});
        });
    // What a child process inherits would keep the connection open.
    set(
        CURLOPT_OPENSOCKETFUNCTION, +[](void*, curlsocktype, curl_sockaddr* address) {
          return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
        });
  }

  std::size_t read_body(char* to, std::size_t room) {
    if (const auto* bytes = std::get_if<std::string_view>(&request_.body)) {
      const std::string_view rest = bytes->substr(std::min<std::size_t>(sent_, bytes->size()));
      const std::size_t n = std::min(room, rest.size());
      std::memcpy(to, rest.data(), n);
      sent_ += n;
      return n;
    }
    const auto& range = std::get<FileRange>(request_.body);
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(room, range.size - sent_));
    const ssize_t n = ::pread(range.fd, to, wanted, static_cast<off_t>(range.offset + sent_));
    // A file that has become shorter must not be sent as if it were whole.
    if (n < 0 || (n == 0 && wanted > 0)) {
      file_error_ = system_error(n < 0 ? errno : EIO, "reading what is to be sent");
      return CURL_READFUNC_ABORT;
    }
    sent_ += static_cast<std::uint64_t>(n);
    return static_cast<std::size_t>(n);
  }

  void take_header(std::string_view line) {
    if (line.starts_with("HTTP/")) {
      response_.headers.clear();
      long status = 0;
      curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
      response_.status = static_cast<int>(status);
    } else if (auto header = read_header_line(line)) {
      response_.headers.push_back(*std::move(header));
    }
  }

  std::size_t take_body(std::string_view bytes) {
    if (!response_.is_success()) {
      response_.body += bytes.substr(0, kMostOfAnError - response_.body.size());
    } else if (!request_.answer_fd) {
      response_.body += bytes;
    } else if (!write_to_file(bytes)) {
      return 0;
    }
    return bytes.size();
  }

  bool write_to_file(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n =
          ::pwrite(*request_.answer_fd, bytes.data(), bytes.size(), static_cast<off_t>(received_));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        file_error_ = system_error(errno, "writing what was received");
        return false;
      }
      received_ += static_cast<std::uint64_t>(n);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  const HttpRequest& request_;
  std::size_t place_;
  CurlHeaders headers_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
  std::optional<Error> file_error_;
  HttpResponse response_;
  CurlEasy easy_;  // last, so that it goes first: it points to the others
};

}  // namespace

/// Handles that are not in use, each with its open connections.
class HttpClient::Pool {
 public:
  explicit Pool(HttpSettings settings) : settings_(std::move(settings)) {}

  std::vector<Result<HttpResponse>> send_all(std::span<const HttpRequest> requests) {
    std::vector<std::optional<Result<HttpResponse>>> results(requests.size());
    CurlMulti multi = take();
    Transfers transfers;
    std::size_t next = 0;
    while (next < requests.size() || !transfers.empty()) {
      for (; next < requests.size() && transfers.size() < settings_.most_parallel; ++next) {
        auto transfer = prepare(requests[next], next);
        if (!transfer) {
          results[next] = std::move(transfer).error();
          continue;
        }
        curl_multi_add_handle(multi.get(), (*transfer)->handle());
        transfers.push_back(*std::move(transfer));
      }
      if (!advance(multi.get(), transfers, results)) break;
    }
    give_back(std::move(multi));
    std::vector<Result<HttpResponse>> all;
    for (auto& result : results) {
      all.push_back(result ? *std::move(result)
                           : Error(ErrorCode::unavailable, "the transfer could not go on"));
    }
    return all;
  }

 private:
  using Transfers = std::vector<std::unique_ptr<Transfer>>;

  Result<std::unique_ptr<Transfer>> prepare(const HttpRequest& request, std::size_t place) const {
    const auto origin = origin_of(request.url);
    if (!origin) {
      return Error(ErrorCode::invalid_input, fmt::format("'{}' is not a URL", request.url));
    }
    const bool is_local = is_loopback(origin->host);
    if (origin->scheme == "http" && !is_local && settings_.plain_http == PlainHttp::loopback_only) {
      return Error(ErrorCode::invalid_input,
                   fmt::format("http://{} would be asked without encryption", origin->host))
          .with_hint("use https; CEMLI_PLAIN_HTTP=allow says that the network may be trusted");
    }
    if (request.answer_fd && ::ftruncate(*request.answer_fd, 0) != 0)
      return system_error(errno, "emptying the file for what is received");
    auto transfer = std::make_unique<Transfer>(request, settings_, place);
    if (is_local || request.proxy == ProxyUse::none) transfer->avoid_proxies();
    return transfer;
  }

  /// Waits until something has moved and takes what has ended. False where curl itself failed.
  static bool advance(CURLM* multi, Transfers& transfers,
                      std::vector<std::optional<Result<HttpResponse>>>& results) {
    constexpr int kLongestWait = 1000;
    int running = 0;
    bool works = curl_multi_perform(multi, &running) == CURLM_OK;
    bool has_news = false;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      const auto ended = std::find_if(
          transfers.begin(), transfers.end(),
          [&](const auto& transfer) { return transfer->handle() == message->easy_handle; });
      assert(ended != transfers.end());
      curl_multi_remove_handle(multi, (*ended)->handle());
      results[(*ended)->place()] = (*ended)->finish(code);
      transfers.erase(ended);
      has_news = true;
    }
    if (works && !has_news && !transfers.empty())
      works = curl_multi_poll(multi, nullptr, 0, kLongestWait, nullptr) == CURLM_OK;
    if (works) return true;
    for (const auto& transfer : transfers) curl_multi_remove_handle(multi, transfer->handle());
    transfers.clear();
    return false;
  }

  CurlMulti take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) {
      CurlMulti made(curl_multi_init());
      assert(made);
      curl_multi_setopt(made.get(), CURLMOPT_MAXCONNECTS,
                        static_cast<long>(settings_.most_parallel));
      return made;
    }
    CurlMulti taken = std::move(free_.back());
    free_.pop_back();
    return taken;
  }

  void give_back(CurlMulti multi) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(multi));
  }

  HttpSettings settings_;
  std::mutex mutex_;
  std::vector<CurlMulti> free_;
};

HttpClient::HttpClient(HttpSettings settings) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  pool_ = std::make_unique<Pool>(std::move(settings));
}

HttpClient::~HttpClient() = default;

Result<HttpResponse> HttpClient::send(const HttpRequest& request) {
  return std::move(pool_->send_all(std::span(&request, 1)).front());
}

std::vector<Result<HttpResponse>> HttpClient::send_all(std::span<const HttpRequest> requests) {
  return pool_->send_all(requests);
}

std::optional<std::chrono::sys_seconds> parse_http_date(const std::string& text) {
  const time_t seconds = curl_getdate(text.c_str(), nullptr);
  if (seconds < 0) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

}  // namespace cemli
