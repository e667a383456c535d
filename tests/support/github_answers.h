#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace cemli::test {

/// A person or a program that has an account.
struct ForgeUser {
  std::uint64_t id = 0;
  std::string login;
  /// `User` or `Bot`.
  std::string type = "User";
};

/// A comment or note of a request.
struct ForgeComment {
  std::uint64_t id = 0;
  ForgeUser author;
  std::string body;
};

/// A request to merge a branch.
struct ForgeBranchRequest {
  std::uint64_t number = 0;
  std::string title;
  std::string body;
  std::string branch;
  std::string base;
};

/// Objects as GitHub's API answers them, with all members that its description requires. `api` is
/// the API's address.
[[nodiscard]] nlohmann::json github_user(const std::string& api, const ForgeUser& user);
[[nodiscard]] nlohmann::json github_own_user(const std::string& api, const ForgeUser& user);
[[nodiscard]] nlohmann::json github_comment(const std::string& api, const std::string& repository,
                                            std::uint64_t request, const ForgeComment& comment);
/// `simple` is how lists have it.
enum class PullShape { simple, whole };
[[nodiscard]] nlohmann::json github_pull(const std::string& api, const std::string& repository,
                                         const ForgeUser& user, const ForgeBranchRequest& request,
                                         PullShape shape);
[[nodiscard]] nlohmann::json github_problem(const std::string& message);
/// What a request with wrong content is answered.
[[nodiscard]] nlohmann::json github_invalid(const std::string& resource, const std::string& field,
                                            const std::string& code, const std::string& message);

}  // namespace cemli::test
