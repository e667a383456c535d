#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/github_answers.h"
#include "tests/support/http_server.h"

namespace cemli::test {

/// A forge made for the tests: what cemli asks of GitHub or of GitLab, as their documentation has
/// it. It checks tokens, required fields and limits, and answers in pages. `tests/forge_schemas`
/// compares what it takes and says with GitHub's own description.
class ForgeServer {
 public:
  enum class Kind { github, gitlab };
  /// Whom the token is of: a person or an account for programs, which may ask who it is, or a
  /// workflow of GitHub, which may not.
  enum class Token { of_user, of_workflow };

  explicit ForgeServer(Kind kind, Token token = Token::of_user);

  static constexpr const char* kToken = "tok_0123456789abcdefTOKEN";
  /// `acme/erp`: of GitHub; its number of GitLab is 77.
  static constexpr const char* kRepository = "acme/erp";
  /// The request that people comment on.
  static constexpr std::uint64_t kRequest = 7;

  /// The address of its API.
  [[nodiscard]] std::string api() const;
  /// The most items of a page.
  void set_page_size(std::size_t size) { page_size_ = size; }
  /// Somebody else comments.
  void comment_as(const ForgeUser& author, const std::string& body);
  [[nodiscard]] std::vector<ForgeComment> comments();
  [[nodiscard]] std::vector<ForgeBranchRequest> requests();

  /// Looks at each request first: what it returns is the answer. With `after`, it is carried out
  /// all the same.
  using Interruption = std::function<std::optional<ScriptedAnswer>(const ReceivedRequest&)>;
  enum class When { instead, after };
  void interrupt(Interruption interruption, When when = When::instead);

  /// What was asked and answered, one object each: method, path, query, request, status, response.
  [[nodiscard]] std::vector<nlohmann::json> exchanges();
  [[nodiscard]] std::vector<ReceivedRequest> received() { return server_.received(); }

 private:
  struct Call;
  ScriptedAnswer answer(const ReceivedRequest& request);
  ScriptedAnswer carry_out(const Call& call);
  ScriptedAnswer github(const Call& call);
  ScriptedAnswer github_pulls(const Call& call);
  ScriptedAnswer gitlab(const Call& call);
  ScriptedAnswer gitlab_requests(const Call& call);
  [[nodiscard]] bool has_token(const ReceivedRequest& request) const;
  [[nodiscard]] nlohmann::json note_json(const ForgeComment& comment) const;
  [[nodiscard]] nlohmann::json merge_request_json(const ForgeBranchRequest& request) const;
  [[nodiscard]] ScriptedAnswer page_of(const Call& call, const nlohmann::json& items) const;
  ForgeComment* find_comment(const std::string& id);
  const ForgeComment& add_comment(const std::string& body);
  [[nodiscard]] std::vector<const ForgeBranchRequest*> open_for(const std::string& branch,
                                                                const std::string& base) const;

  Kind kind_;
  Token token_;
  std::size_t page_size_ = 100;
  std::mutex mutex_;
  ForgeUser own_;
  std::vector<ForgeComment> comments_;
  std::vector<ForgeBranchRequest> requests_;
  std::vector<nlohmann::json> exchanges_;
  Interruption interruption_;
  When when_ = When::instead;
  /// The last, so that it ends before what its handler uses.
  HttpServer server_;
};

}  // namespace cemli::test
