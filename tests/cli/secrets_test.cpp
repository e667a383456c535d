#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "reconciler/package/zip_reader.h"
#include "state/base/digest.h"
#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;
namespace fs = std::filesystem;

const std::string kSecret = "s3cr3t/passw+rd";
const std::string kEncoded = "czNjcjN0L3Bhc3N3K3Jk";
const std::string kHead = "secrets: {ERP_PASSWORD: 'env:ERP_PASSWORD'}\n";

/// An environment whose package `one` gets the secret.
struct SecretBox : Sandbox {
  explicit SecretBox(const std::string& run) {
    environment()["ERP_PASSWORD"] = kSecret;
    publish_and_desire({{.name = "one",
                         .run = "S=$(cat $CEMLI_SECRETS_DIR/ERP_PASSWORD); " + run,
                         .manifest = {{"secrets", {"ERP_PASSWORD"}}}}},
                       kHead);
  }
  /// Whether any byte that was kept shows the secret in some form.
  [[nodiscard]] bool is_secret_kept() const {
    for (const auto& [path, bytes] : contents(store())) {
      std::string all = bytes;
      if (path.ends_with("files.zip")) {
        auto zip = ZipReader::open(bytes);
        REQUIRE(zip);
        for (const ZipFile& file : zip->files()) {
          REQUIRE(zip->read(file, [&all](std::string_view part) {
            all += part;
            return Result<void>();
          }));
        }
      }
      if (all.find(kSecret) != std::string::npos || all.find(kEncoded) != std::string::npos)
        return true;
    }
    return false;
  }
};

}  // namespace

TEST_CASE("a step gets its secret as a file that only its owner can read") {
  SecretBox box(
      "printf %s \"$S\" > $E/value; stat -c %a $CEMLI_SECRETS_DIR/* > $E/mode; "
      "stat -c %a $CEMLI_SECRETS_DIR > $E/folder; echo $CEMLI_SECRETS_DIR > $E/where; "
      "ls $CEMLI_SECRETS_DIR > $E/names; env > $E/env");
  const Ended applied = box.cemli(0, "apply -e dev --auto-approve");
  CHECK(box.effect("value") == std::vector<std::string>{kSecret});
  CHECK(box.effect("mode") == std::vector<std::string>{"400"});
  CHECK(box.effect("folder") == std::vector<std::string>{"700"});
  CHECK(box.effect("names") == std::vector<std::string>{"ERP_PASSWORD"});
  for (const std::string& line : box.effect("env")) CHECK(line.find(kSecret) == std::string::npos);
  CHECK_FALSE(fs::exists(box.effect("where").at(0)));
  CHECK_FALSE(box.is_secret_kept());
  const json evidence = box.evidence_of("one");
  CHECK(evidence.at("secrets") == json{{"ERP_PASSWORD", "env:ERP_PASSWORD"}});
  CHECK_THAT(applied.out + applied.err, !Contains(kSecret));
}

TEST_CASE("a secret that is printed is masked wherever it is shown or kept") {
  SecretBox box(
      "echo plain $S; printf %s \"$S\" | base64; printf 's3cr3t%%2Fpassw%%2Brd\\n' >&2; "
      "printf s3cr; sleep 0.2; printf '3t/passw+rd\\n'; echo \"ORA-00942: $S\"; exit 3");
  const Ended applied = box.cemli(3, "apply -e dev --auto-approve");
  CHECK_THAT(applied.out, Contains("plain ***") && Contains("ORA-00942: ***"));
  for (const std::string& text :
       {applied.out, applied.err, box.cemli(0, "logs latest one -e dev").out,
        box.cemli(0, "show latest -e dev --json").out}) {
    CHECK_THAT(text, !Contains(kSecret) && !Contains(kEncoded) && !Contains("s3cr3t%2F"));
  }
  CHECK_FALSE(box.is_secret_kept());
}

TEST_CASE("a rule quotes a line without the secret in it") {
  Sandbox box;
  box.environment()["ERP_PASSWORD"] = kSecret;
  box.publish_and_desire(
      {{.name = "one",
        .run = "echo \"ORA-01017: $(cat $CEMLI_SECRETS_DIR/ERP_PASSWORD)\" | tee x.log",
        .manifest = {{"secrets", {"ERP_PASSWORD"}},
                     {"steps",
                      {{"run",
                        {{"program", "steps/run.sh"},
                         {"success", {{"rules", {"oracle"}}, {"logs", {"*.log"}}}}}}}}}}},
      kHead);
  CHECK_THAT(box.cemli(3, "apply -e dev --auto-approve").out, Contains("'ORA-01017: ***'"));
  const json hits = box.evidence_of("one").at("execution").at(0).at("rule_hits");
  REQUIRE(hits.size() == 2);
  CHECK(hits.at(1).at("file") == "x.log");
  CHECK(hits.at(1).at("text") == "ORA-01017: ***");
}

TEST_CASE("artifacts of text are masked; others that hold a secret are not kept") {
  SecretBox box("echo \"user/$S@db\" > $CEMLI_ARTIFACTS/connect.txt");
  box.cemli(0, "apply -e dev --auto-approve");
  CHECK_FALSE(box.is_secret_kept());
  SecretBox other("printf 'a\\000%s' \"$S\" > $CEMLI_ARTIFACTS/dump.bin");
  const Ended applied = other.cemli(3, "apply -e dev --auto-approve");
  CHECK_THAT(applied.out + applied.err,
             Contains("artifact 'dump.bin' is not text and holds a secret"));
  CHECK(other.status_of("one") == "failed");
  CHECK_FALSE(other.is_secret_kept());
}

TEST_CASE("a secret that is missing or too short is told before anything runs") {
  SecretBox box("touch $E/ran");
  box.environment().erase("ERP_PASSWORD");
  const Ended missing = box.cemli(1, "apply -e dev --auto-approve");
  CHECK_THAT(missing.err, Contains("secret 'ERP_PASSWORD': the environment variable "
                                   "'ERP_PASSWORD' is not set"));
  box.environment()["ERP_PASSWORD"] = "tiger";
  const Ended short_one = box.cemli(1, "apply -e dev --auto-approve");
  CHECK_THAT(short_one.err, Contains("fewer than 6 bytes") && !Contains("tiger"));
  CHECK_FALSE(box.has_effect("ran"));
  CHECK(box.events().empty());
  // A plan reads no secret.
  box.environment().erase("ERP_PASSWORD");
  box.cemli(0, "plan -e dev");
}

TEST_CASE("steps see what the runner passes on and sets, and nothing else") {
  Sandbox box;
  box.environment()["ORACLE_HOME"] = "/u01/oracle";
  box.environment()["OTHER"] = "hidden";
  box.publish_and_desire({{.name = "one", .run = "env | sort > $E/env"}},
                         "runner: {pass: [ORACLE_HOME, TNS_ADMIN], set: {NLS_LANG: "
                         "AMERICAN_AMERICA.AL32UTF8}, home: inherit}\n");
  box.cemli(0, "apply -e dev --auto-approve");
  const std::vector<std::string> env = box.effect("env");
  const auto has = [&env](const std::string& line) {
    return std::find(env.begin(), env.end(), line) != env.end();
  };
  CHECK(has("ORACLE_HOME=/u01/oracle"));
  CHECK(has("NLS_LANG=AMERICAN_AMERICA.AL32UTF8"));
  CHECK(has("HOME=" + box.environment().at("HOME")));
  CHECK(has("TZ=UTC"));
  for (const std::string& line : env) {
    CHECK_FALSE(line.starts_with("OTHER="));
    CHECK_FALSE(line.starts_with("TNS_ADMIN="));
  }
  const json runner = box.evidence_of("one").at("runner");
  CHECK(runner.at("ORACLE_HOME") == Digest::of("/u01/oracle").hex());
  CHECK(runner.contains("NLS_LANG"));
  CHECK(runner.contains("HOME"));
  CHECK_FALSE(runner.contains("TNS_ADMIN"));
}

}  // namespace cemli::test
