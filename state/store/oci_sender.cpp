#include "state/store/oci_sender.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "state/base/clock.h"
#include "state/store/oci_answers.h"

namespace cemli {
namespace {

/// Conflicts that Oracle's own clients try again: what becomes of the write is not decided yet.
bool is_undecided(const HttpResponse& response) {
  if (response.status != 409) return false;
  const std::string code = read_oci_refusal(response).code;
  return code == "ConcurrentObjectUpdate" || code == "IncorrectState" || code == "LockConflict";
}

/// Whether another credential may be accepted. One with the wrong time is not.
bool may_need_another_key(const Result<HttpResponse>& answer) {
  return answer && answer->status == 401 && !oci_clock_skew(*answer, wall_now());
}

}  // namespace

OciSender::OciSender(StoreSurroundings surroundings, const CallLimits& limits, std::string endpoint,
                     std::shared_ptr<OciCredentials> credentials)
    : surroundings_(std::move(surroundings)),
      timeout_(limits.request),
      endpoint_(std::move(endpoint)),
      host_(endpoint_.substr(endpoint_.find("://") + 3)),
      credentials_(std::move(credentials)) {
  policy_.patience = limits.patience;
  policy_.also_retried = &is_undecided;
}

std::vector<Result<HttpResponse>> OciSender::send_all(const std::vector<OciCall>& calls,
                                                      Attempts attempts) {
  auto who = credentials_->current();
  if (!who) return std::vector<Result<HttpResponse>>(calls.size(), who.error());
  auto answers = send_as(*who, calls, attempts);
  if (std::none_of(answers.begin(), answers.end(), &may_need_another_key)) return answers;
  auto other = credentials_->renew(*who);
  if (!other || (*other)->signing.key_id == (*who)->signing.key_id) return answers;
  std::vector<OciCall> again;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (may_need_another_key(answers[i])) again.push_back(calls[i]);
  }
  auto renewed = send_as(*other, again, attempts);
  std::size_t next = 0;
  for (auto& answer : answers) {
    if (may_need_another_key(answer)) answer = std::move(renewed[next++]);
  }
  return answers;
}

Result<HttpResponse> OciSender::send(const OciCall& call, Attempts attempts) {
  return std::move(send_all({call}, attempts).front());
}

Error OciSender::refused(const OciCall& call, const HttpResponse& response) {
  std::string who = "the credential";
  // Nothing else is about who asks, and to find out may take a request.
  if (response.status == 401) {
    if (const auto credential = credentials_->current()) who = (*credential)->who;
  }
  return oci_error({call.method, endpoint_ + call.target}, response, wall_now(), who);
}

std::vector<Result<HttpResponse>> OciSender::send_as(const OciCredentials::Shared& who,
                                                     const std::vector<OciCall>& calls,
                                                     Attempts attempts) {
  RetryPolicy policy = policy_;
  if (attempts == Attempts::one) policy.most_attempts = 1;
  std::vector<ComposeRequest> composers;
  for (const OciCall& call : calls)
    composers.emplace_back([this, &who, &call] { return compose(*who, call); });
  return send_with_retries(*surroundings_.http, composers, policy,
                           {*surroundings_.retries, [](std::chrono::milliseconds pause) {
                              std::this_thread::sleep_for(pause);
                            }});
}

Result<HttpRequest> OciSender::compose(const OciCredential& who, const OciCall& call) const {
  const bool has_body = call.method == "PUT" || call.method == "POST";
  const bool signs_body = call.signing != OciSigning::plain;
  OciRequest request{call.method, host_, call.target, call.signing};
  if (signs_body) {
    request.content_type = "application/json";
    request.body = std::get<std::string_view>(call.body);
  }
  auto headers = sign_oci_request(request, who.signing, format_http_date(wall_now()));
  if (!headers) return std::move(headers).error();
  headers->insert(headers->end(), call.headers.begin(), call.headers.end());
  HttpRequest composed{call.method, endpoint_ + call.target, *std::move(headers)};
  if (has_body) composed.body = as_body(call.body);
  composed.answer_fd = call.answer_fd;
  composed.timeout = timeout_;
  return composed;
}

}  // namespace cemli
