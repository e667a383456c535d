#include "reconciler/desired/rules.h"

#include <catch2/catch.hpp>

namespace cemli {
namespace {

using Names = std::vector<std::string>;

/// Every rule, at something else than its default.
Policy all_rules() {
  Policy policy{true, true, true, true, "test"};
  policy.require = {{"change_ticket", "CHG[0-9]{7}"}, {"owner", std::nullopt}};
  policy.types = {PackageType::extension, PackageType::configuration};
  policy.signed_packages = SignerRule{{"*@build.acme.com"}};
  policy.signed_commits = SignerRule{};
  policy.approvals = ApprovalRule{2, true, false, std::chrono::hours(24), {"*@acme.com"}};
  policy.max_changes = 50;
  return policy;
}

TEST_CASE("the digest of no policy is that of a written text") {
  CHECK(policy_digest({}) == Digest::of(R"({"allowed_signers":null,"policy":{}})"));
  CHECK(policy_digest({}).hex() ==
        "1b3b912433b92b0ab482c75c5931801494922d144c5706e548fabefeb1612644");
}

TEST_CASE("a policy's digest covers the rules that are not at their default") {
  CHECK(policy_digest({false, false}) == policy_digest({}));
  CHECK(policy_digest({true, true}) ==
        Digest::of(R"({"allowed_signers":null,"policy":{"allow_removal":true,)"
                   R"("mutable_versions":true}})"));
  CHECK(
      policy_digest(all_rules()) ==
      Digest::of(R"({"allowed_signers":null,"policy":{"allow_removal":true,"approvals":)"
                 R"({"by":["*@acme.com"],"count":2,"expire_ms":86400000,"not_author":["commit"]},)"
                 R"("exact_versions":true,"locked":true,"max_changes":50,"mutable_versions":true,)"
                 R"("promoted":"test","require":{"change_ticket":"CHG[0-9]{7}","owner":true},)"
                 R"("signed_commits":true,"signed_packages":{"by":["*@build.acme.com"]},)"
                 R"("types":["configuration","extension"]}})"));
}

TEST_CASE("a policy's digest covers the signers' files where they exist") {
  const std::string ann = "ann@acme.com ssh-ed25519 AAAA\n";
  const Digest with_signers = policy_digest({}, {ann, std::nullopt});
  CHECK(with_signers ==
        Digest::of(R"({"allowed_signers":")" + Digest::of(ann).hex() + R"(","policy":{}})"));
  CHECK(policy_digest({}, {ann, "KRL"}) ==
        Digest::of(R"({"allowed_signers":")" + Digest::of(ann).hex() +
                   R"(","policy":{},"revoked_keys":")" + Digest::of("KRL").hex() + R"("})"));
  CHECK(policy_digest({}, {"", std::nullopt}) != policy_digest({}));
}

TEST_CASE("the documented policy has the documented digest") {
  Policy policy;
  policy.exact_versions = policy.locked = true;
  policy.require = {{"change_ticket", "CHG[0-9]{7}"}, {"owner", std::nullopt}};
  policy.max_changes = 50;
  const Signers signers{"ann@acme.com ssh-ed25519 AAAA\n", std::nullopt};
  CHECK(policy_digest(policy, signers).hex() ==
        "c4b8d48c3717bbad425968b4b8132412d4b44426267a1a0889023c43e60a9f23");
}

TEST_CASE("what differs between two policies has names") {
  CHECK(changed_rules({}, {}, {}, {}).empty());
  CHECK(changed_rules(all_rules(), {}, all_rules(), {}).empty());
  Policy other = all_rules();
  other.max_changes = 51;
  other.locked = false;
  other.require.erase("owner");
  CHECK(changed_rules(all_rules(), {"a", std::nullopt}, other, {"b", "c"}) ==
        Names{"allowed_signers", "locked", "max_changes", "require", "revoked_keys"});
  CHECK(changed_rules({}, {}, all_rules(), {}).size() == 11);
}

}  // namespace
}  // namespace cemli
