#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/cli/command.h"
#include "tests/cli/sandbox.h"

namespace cemli::test {

/// What must never be seen, and all that was: prints, files and objects.
class LeakWatch {
 public:
  LeakWatch();

  /// From now on `secret` must be seen nowhere, whole or without its line ends.
  void forbid(const std::string& name, const std::string& secret);
  /// The body of a private key: each of its lines.
  void forbid_key(const std::string& name, const std::string& pem);

  /// Runs cemli, whatever comes of it, and remembers what it printed.
  Ended run(Sandbox& sandbox, const std::vector<std::string>& arguments);
  /// What is zipped is seen unpacked, too.
  void see(const std::string& where, std::string bytes);
  /// All files below, but for those in folders of that name.
  void see_files(const std::filesystem::path& folder, const std::string& except);

  /// Fails the test with each thing that was seen where it must not be.
  void check() const;
  /// Where `text` was seen; for tests that what is looked at is not empty.
  [[nodiscard]] bool has_seen(const std::string& text) const;

 private:
  std::vector<std::pair<std::string, std::string>> forbidden_;
  std::vector<std::pair<std::string, std::string>> seen_;
};

/// How much cemli is to say: as it does unless asked, or all that it can be made to.
enum class Talk { usual, all };
/// What somebody types on a day with an environment `dev`: everything that prints, on both formats.
[[nodiscard]] std::vector<std::vector<std::string>> commands_of_a_day(const std::string& address,
                                                                      Talk talk);

}  // namespace cemli::test
