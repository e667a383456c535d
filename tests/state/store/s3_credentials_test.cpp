#include "state/store/s3_credentials.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>

#include "state/base/file.h"

namespace cemli {
namespace {

/// A home with the AWS tools' files, and variables.
class Home {
 public:
  void write(const std::string& file, const std::string& text) {
    REQUIRE(replace_file(folder_.path() / ".aws" / file, text, Durability::relaxed));
  }
  void set(const std::string& name, const std::string& value) { variables_[name] = value; }
  [[nodiscard]] std::string path(const std::string& file) const { return folder_.path() / file; }

  Result<S3Credentials> find(const std::optional<std::string>& profile = std::nullopt) {
    return find_s3_credentials(variables(), profile);
  }
  std::optional<std::string> region(const std::optional<std::string>& profile = std::nullopt) {
    auto found = find_s3_region(variables(), profile);
    REQUIRE(found);
    return *std::move(found);
  }

 private:
  static TemporaryFolder make_folder() {
    auto folder =
        TemporaryFolder::make(std::filesystem::temp_directory_path(), "cemli-credentials-test-");
    REQUIRE(folder);
    return *std::move(folder);
  }
  Variables variables() {
    return [this](const char* name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      if (found == variables_.end()) return std::nullopt;
      return found->second;
    };
  }

  TemporaryFolder folder_ = make_folder();
  std::map<std::string, std::string> variables_{{"HOME", folder_.path()}};
};

constexpr const char* kCredentials =
    "# written by a tool\n"
    "[default]\n"
    "aws_access_key_id = DEFAULTKEY\n"
    "aws_secret_access_key=default/secret=+\r\n"
    "\n"
    "[ops]\n"
    "aws_access_key_id=OPSKEY\n"
    "aws_secret_access_key=ops secret\n"
    "aws_session_token=ops token\n"
    "[half]\n"
    "aws_access_key_id=HALF\n";

}  // namespace

TEST_CASE("variables come first, with their session token") {
  Home home;
  home.write("credentials", kCredentials);
  home.set("AWS_ACCESS_KEY_ID", "ENVKEY");
  home.set("AWS_SECRET_ACCESS_KEY", "env secret");
  auto found = home.find();
  REQUIRE(found);
  CHECK(found->key == AwsKey{"ENVKEY", "env secret"});
  CHECK(found->origin == "the environment");
  home.set("AWS_SESSION_TOKEN", "env token");
  CHECK(home.find()->key.session_token == "env token");
  // A profile that an address names is meant.
  CHECK(home.find("ops")->key.id == "OPSKEY");
}

TEST_CASE("a profile is found in the shared credentials file") {
  Home home;
  home.write("credentials", kCredentials);
  CHECK(home.find()->key == AwsKey{"DEFAULTKEY", "default/secret=+"});
  home.set("AWS_PROFILE", "ops");
  const auto found = home.find();
  REQUIRE(found);
  CHECK(found->key == AwsKey{"OPSKEY", "ops secret", "ops token"});
  CHECK(found->origin == "profile 'ops' of '" + home.path(".aws/credentials") + "'");
  home.set("AWS_SHARED_CREDENTIALS_FILE", home.path("elsewhere"));
  CHECK(home.find().error().code() == ErrorCode::denied);
  REQUIRE(replace_file(home.path("elsewhere"),
                       "[ops]\naws_access_key_id=E\naws_secret_access_key=S", Durability::relaxed));
  CHECK(home.find()->key == AwsKey{"E", "S"});
}

TEST_CASE("the config file has profiles under another name, and regions") {
  Home home;
  home.write("config",
             "[default]\nregion = eu-west-1\ns3 =\n  region = nested\n"
             "[profile ops]\nregion=us-west-2\naws_access_key_id=C\naws_secret_access_key=S\n"
             "[plain]\nregion=none\n");
  CHECK(home.region() == "eu-west-1");
  CHECK(home.region("ops") == "us-west-2");
  CHECK_FALSE(home.region("plain"));
  CHECK(home.find("ops")->key.id == "C");
  home.set("AWS_DEFAULT_REGION", "default-1");
  CHECK(home.region() == "default-1");
  home.set("AWS_REGION", "first-1");
  CHECK(home.region() == "first-1");
  CHECK(home.region("ops") == "us-west-2");
}

TEST_CASE("what is missing is said, and no secret is") {
  Home home;
  const auto none = home.find();
  REQUIRE_FALSE(none);
  CHECK(none.error().code() == ErrorCode::denied);
  CHECK(none.error().message().find("'default'") != std::string::npos);
  home.write("credentials", kCredentials);
  CHECK(home.find("half").error().message().find("no aws_secret_access_key") != std::string::npos);
  home.set("AWS_ACCESS_KEY_ID", "ENVKEY");
  CHECK(home.find().error().message().find("no AWS_SECRET_ACCESS_KEY") != std::string::npos);
}

TEST_CASE("a profile that gets its key in another way is refused by that way's name") {
  Home home;
  home.write("config", "[profile ops]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile=y\n");
  const auto found = home.find("ops");
  REQUIRE_FALSE(found);
  CHECK(found.error().message().find("'role_arn'") != std::string::npos);
  REQUIRE(found.error().hint());
  CHECK(found.error().hint()->find("export-credentials --profile ops") != std::string::npos);
}

}  // namespace cemli
