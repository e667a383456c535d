#include "tests/cli/estate_of_two.h"

#include <catch2/catch.hpp>

namespace cemli::test {

void EstateOfTwo::set(const std::string& environment, const std::string& packages,
                      const std::string& head) {
  std::string text = "format: 1\nenvironment: " + environment + "\n" + head;
  if (environment == "prod") text += "promote_from: test\n";
  text += packages.empty() ? "packages: {}\n" : "packages:\n";
  for (const std::string& line : split_words(packages, '\n')) text += "  " + line + "\n";
  write("environments/" + environment + ".yaml", text);
}

void EstateOfTwo::deploy(const std::string& environment, const std::string& packages,
                         int exit_code) {
  set(environment, packages);
  commit("Desire in " + environment);
  cemli(exit_code, "apply -e " + environment + " --auto-approve");
}

std::string EstateOfTwo::text_of(const std::string& path) const {
  auto text = read_file(repository() / path);
  REQUIRE(text);
  return *std::move(text);
}

std::string EstateOfTwo::last_run(const std::string& environment) {
  return json_of("status -e " + environment + " --json").at("last_run").at("run");
}

}  // namespace cemli::test
