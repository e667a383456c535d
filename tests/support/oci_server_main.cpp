#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "state/base/file.h"
#include "tests/support/oci_sample.h"
#include "tests/support/oci_server.h"

namespace cemli::test {
namespace {

namespace fs = std::filesystem;

/// The files that a user of OCI has at home.
bool write_home(const fs::path& home) {
  const fs::path key = home / ".oci/key.pem";
  const std::string config = fmt::format(
      "[DEFAULT]\ntenancy={}\nuser={}\nfingerprint={}\nkey_file={}\nregion=eu-frankfurt-1\n",
      kSampleTenancy, kSampleUser, kSampleFingerprint, key.string());
  return make_folders(key.parent_path(), Durability::relaxed) &&
         replace_file(key, sample_key_pem(), Durability::relaxed) &&
         ::chmod(key.c_str(), S_IRUSR | S_IWUSR) == 0 &&
         replace_file(home / ".oci/config", config, Durability::relaxed);
}

int serve(int argc, char** argv) {
  std::size_t page_size = 1000;
  int latency = 0;
  std::string home;
  std::string requests;
  CLI::App app{
      "OCI's services for programs: says on standard output where it is and who may ask, and "
      "serves "
      "until its standard input ends."};
  app.add_option("--page-size", page_size, "Objects on a page of a list");
  app.add_option("--latency", latency, "Milliseconds that each answer is under way");
  app.add_option("--home", home, "Folder in which a user's .oci is written");
  app.add_option("--requests", requests, "File for method and target of each request, at the end");
  CLI11_PARSE(app, argc, argv);

  OciServer server;
  server.set_page_size(page_size);
  server.answer_after(std::chrono::milliseconds(latency));
  if (!home.empty() && !write_home(home)) return 1;
  const nlohmann::json facts{{"url", server.url()},          {"namespace", OciServer::kNamespace},
                             {"bucket", OciServer::kBucket}, {"tenancy", kSampleTenancy},
                             {"user", kSampleUser},          {"fingerprint", kSampleFingerprint},
                             {"key", sample_key_pem()}};
  std::cout << facts.dump() << std::endl;
  for (char byte = 0; ::read(STDIN_FILENO, &byte, 1) > 0;) continue;
  for (const std::string& refusal : server.refusals()) std::cerr << "refused: " << refusal << '\n';
  if (!requests.empty()) {
    std::ofstream list(requests);
    for (const ReceivedRequest& request : server.received())
      list << request.method << ' ' << request.target << '\n';
  }
  return 0;
}

}  // namespace
}  // namespace cemli::test

int main(int argc, char** argv) {
  return cemli::test::serve(argc, argv);
}
