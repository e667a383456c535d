#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "tests/support/oci_sample.h"
#include "tests/support/oci_server.h"

/// OCI's services for programs that are not ours: says on standard output where it is and who may
/// ask, and serves until its standard input ends.
int main() {
  using namespace cemli::test;
  OciServer server;
  server.set_page_size(2);
  const nlohmann::json facts{{"url", server.url()},          {"namespace", OciServer::kNamespace},
                             {"bucket", OciServer::kBucket}, {"tenancy", kSampleTenancy},
                             {"user", kSampleUser},          {"fingerprint", kSampleFingerprint},
                             {"key", sample_key_pem()}};
  std::cout << facts.dump() << std::endl;
  for (char byte = 0; ::read(STDIN_FILENO, &byte, 1) > 0;) continue;
  for (const std::string& refusal : server.refusals()) std::cerr << "refused: " << refusal << '\n';
}
