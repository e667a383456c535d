#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "state/base/file.h"
#include "tests/cli/sandbox.h"

namespace cemli::test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using nlohmann::json;

/// An installer as it is found in the wild, and how a package judges it.
struct Installer {
  std::string file;
  /// Beside the rules of the pack `oracle`.
  json success = json::object();
  /// What is quoted of its lie.
  std::string quoted;
};

const std::vector<Installer> kInstallers{
    {"01_tables", {}, "ORA-00942: table or view does not exist"},
    {"02_package_body", {}, "Warning: Package Body created with compilation errors."},
    {"03_asks_for_password", {}, "ORA-01017: invalid username/password; logon denied"},
    {"04_tee", {}, "ORA-00942: table or view does not exist"},
    {"05_fndload_lookups",
     {{"logs", {"L*.log"}}, {"must_see", {"^Concurrent request completed successfully"}}},
     "ORA-20001: APP-FND-01564: ORACLE error 1403 in fdflvc"},
    {"06_fndload_many", {{"logs", {"L*.log"}}}, "ORA-20001: APP-FND-01564"},
    {"07_workflow", {{"logs", {"L*.log"}}}, "ORA-20001: APP-FND-01564"},
    {"08_xdo_template",
     {{"must_see", {"^XDOLoader done successfully"}}},
     "Exception in thread \"main\" java.lang.RuntimeException: ORA-20001: boom"},
    {"09_oaf_import", {{"must_see", {"^Import completed"}}}, "^Import completed"},
    {"10_form", {{"must_see", {"^Created form file "}}}, "Compilation errors on XX_HANDLE_ERRORS:"},
    {"11_form_tee", {}, "Compilation errors on XX_HANDLE_ERRORS:"},
    {"12_loader", {{"logs", {"*.log"}}}, "  5 Rows not loaded due to data errors."},
    {"13_datapump", {}, "ORA-39083: Object type PROCACT_SCHEMA failed to create with error:"},
    {"14_adop",
     {{"must_see", {"^adop exiting with status = 0"}}},
     "[UNEXPECTED] Could not find patch context file from database"},
    {"15_concurrent_request",
     {{"logs", {"l*.req"}}},
     "Concurrent Manager encountered an error while running SQL*Plus"},
    {"16_run_again", {{"allow", {"ORA-00955"}}}, "ORA-02303: cannot drop or replace a type"},
    {"17_missing_script", {}, "SP2-0310: unable to open file \"xx_missing.sql\""},
    {"18_always_success", {}, "ORA-20001: seed row 7 is missing"},
    {"19_background", {{"logs", {"*.lst"}}}, "ORA-00942: table or view does not exist"},
    {"20_here_document", {}, "ORA-20001: seed row 7 is missing"},
    {"21_opatch", {}, "UtilSession failed"},
    {"22_unit_tests", {}, "2 tests, 1 failed, 0 errored"},
};

std::string package_name(const Installer& installer) {
  std::string name = installer.file;
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

/// The installer as it is; its password, which it wants as an argument, is a secret.
PackageSource package_of(const Installer& installer) {
  const std::string file = installer.file + "_install.sh";
  json success{{"rules", {"oracle"}}};
  if (installer.success.is_object()) success.update(installer.success);
  const json run{
      {"program", "sh"},
      {"args",
       {"-c", "exec sh artifacts/" + file + " \"$(cat \"$CEMLI_SECRETS_DIR/APPS_PASSWORD\")\""}},
      {"success", success}};
  PackageSource source{package_name(installer), "1.0.0"};
  source.run = "";
  source.manifest = {{"secrets", {"APPS_PASSWORD"}}, {"steps", {{"run", run}}}};
  source.files = {{"artifacts/" + file, read_file(fs::path(CEMLI_LEGACY) / file).value()}};
  return source;
}

void desire_all(Sandbox& sandbox, const std::string& outcome) {
  std::string packages;
  for (const Installer& installer : kInstallers)
    packages += "  " + package_name(installer) + ": 1.0.0\n";
  sandbox.desire(packages,
                 "secrets: {APPS_PASSWORD: 'env:APPS_PASSWORD'}\nrunner: {set: {LEGACY_OUTCOME: " +
                     outcome + "}}\n");
}

TEST_CASE(
    "legacy installers are wrapped as they are: their lies are caught, their truths believed") {
  Sandbox sandbox;
  sandbox.environment()["PATH"] =
      std::string(CEMLI_LEGACY) + "/tools:" + sandbox.environment()["PATH"];
  sandbox.environment()["APPS_PASSWORD"] = "welcome1";
  for (const Installer& installer : kInstallers) sandbox.publish({package_of(installer)});

  desire_all(sandbox, "bad");
  sandbox.cemli(3, "apply -e dev --auto-approve");
  for (const Installer& installer : kInstallers) {
    INFO(installer.file);
    CHECK(sandbox.status_of(package_name(installer)) == "failed");
    const Ended logs = sandbox.cemli(0, "logs latest " + package_name(installer) + " -e dev");
    CHECK_THAT(logs.out, Contains(installer.quoted) && !Contains("welcome1"));
  }

  desire_all(sandbox, "good");
  sandbox.cemli(0, "apply -e dev --auto-approve");
  for (const Installer& installer : kInstallers) {
    INFO(installer.file);
    CHECK(sandbox.status_of(package_name(installer)) == "succeeded");
  }
}

}  // namespace
}  // namespace cemli::test
