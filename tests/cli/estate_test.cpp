#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>
#include <set>

#include "tests/cli/sandbox.h"
#include "tests/support/long_tests.h"

namespace cemli::test {
namespace {

using nlohmann::json;

constexpr int kPackages = 60;
constexpr int kUnits = 20;
const std::vector<std::string> kEnvironments{"dev", "test", "prod"};

/// A version and the parameter it runs with.
struct Use {
  int version = 0;
  int level = 1;
  friend auto operator<=>(const Use&, const Use&) = default;
};

/// What the commits alone say of a package.
struct Package {
  std::string name;
  std::vector<std::size_t> depends_on;
  bool per_unit = false;          ///< one instance for each business unit
  bool is_legacy = false;         ///< prints its errors and exits with 0
  std::vector<bool> is_bad = {};  ///< by version
};

std::string version_text(int version) {
  return fmt::format("1.{}.0", version);
}

std::vector<std::string> addresses_of(const Package& package) {
  if (!package.per_unit) return {package.name};
  std::vector<std::string> addresses;
  for (int unit = 1; unit <= kUnits; ++unit)
    addresses.push_back(fmt::format("{}[BU{:02}]", package.name, unit));
  return addresses;
}

/// One environment as an auditor would work it out from the commits.
struct Model {
  struct Record {
    Use use;
    bool succeeded = false;
  };
  std::map<std::size_t, Use> desired;
  std::map<std::string, Record> recorded;
  /// What every step that ran has left.
  std::multiset<std::string> effects;
  bool all_succeeded = true;

  void apply(const std::vector<Package>& packages) {
    all_succeeded = true;
    std::set<std::size_t> stuck;
    for (const auto& [index, use] : desired) {
      const Package& package = packages[index];
      const bool waits = std::any_of(package.depends_on.begin(), package.depends_on.end(),
                                     [&](std::size_t other) { return stuck.contains(other); });
      bool is_stuck = waits;
      for (const std::string& address : addresses_of(package)) {
        const auto found = recorded.find(address);
        const bool is_done =
            found != recorded.end() && found->second.succeeded && found->second.use == use;
        if (is_done) continue;
        if (!waits) {
          const bool is_bad = package.is_bad[static_cast<std::size_t>(use.version)];
          effects.insert(fmt::format("{} {} {}", address, version_text(use.version), use.level));
          recorded[address] = Record{use, !is_bad};
          is_stuck = is_stuck || is_bad;
        }
        all_succeeded = all_succeeded && !is_stuck;
      }
      if (is_stuck) stuck.insert(index);
    }
    for (auto record = recorded.begin(); record != recorded.end();) {
      const std::string name = record->first.substr(0, record->first.find('['));
      const bool is_desired = std::any_of(desired.begin(), desired.end(), [&](const auto& entry) {
        return packages[entry.first].name == name;
      });
      if (is_desired) {
        ++record;
      } else {
        effects.insert(record->first + " removed");
        record = recorded.erase(record);
      }
    }
  }
};

/// The repository, its environments and what becomes of them.
class Estate {
 public:
  explicit Estate(unsigned seed) : random_(seed) {
    for (int i = 0; i < kPackages; ++i) {
      Package package{fmt::format("p{:02}", i), {}, i % 20 == 7, i % 20 == 11};
      for (int n = 0; n < 2 && i > 0; ++n) {
        const auto other = static_cast<std::size_t>(std::max(0, i - 1 - below(8)));
        if (std::find(package.depends_on.begin(), package.depends_on.end(), other) ==
            package.depends_on.end())
          package.depends_on.push_back(other);
      }
      packages_.push_back(std::move(package));
      publish_version(packages_.size() - 1, false);
    }
    for (const std::string& name : kEnvironments) {
      for (std::size_t i = 0; i < packages_.size(); ++i) models_[name].desired[i] = Use{};
    }
    publish_pending();
    commit();
  }

  /// A commit of one to four changes.
  void change() {
    for (int n = 1 + below(4); n > 0; --n) {
      const auto index = static_cast<std::size_t>(below(kPackages));
      Model& model = models_[kEnvironments[static_cast<std::size_t>(below(3))]];
      const int what = below(10);
      if (what < 5) {
        bump(index, below(4) == 0);
      } else if (what < 7) {
        if (const auto found = model.desired.find(index); found != model.desired.end())
          found->second.level = 1 + below(9);
      } else if (what < 9) {
        remove(model, index);
      } else {
        add(model, index);
      }
    }
    publish_pending();
    commit();
  }

  /// Every package gets a version that works.
  void repair() {
    for (std::size_t i = 0; i < packages_.size(); ++i) {
      if (packages_[i].is_bad.back()) bump(i, false);
    }
    publish_pending();
    commit();
  }

  /// Applies each environment twice and compares it with its model.
  void apply_and_check() {
    for (const std::string& name : kEnvironments) {
      INFO("environment " << name);
      Model& model = models_[name];
      model.apply(packages_);
      sandbox_.cemli(model.all_succeeded ? 0 : 3, "apply --auto-approve -j 2 -e " + name);
      const auto recorded = Sandbox::contents(sandbox_.store() / "state" / name);
      check(name, model);
      // Nothing is left to do, or only what a person must look at.
      if (model.all_succeeded) {
        sandbox_.cemli(0, "apply -e " + name);
      } else {
        sandbox_.cemli(3, "reconcile --once -e " + name);
      }
      CHECK((Sandbox::contents(sandbox_.store() / "state" / name) == recorded));
    }
  }

  bool all_succeeded() const {
    return std::all_of(models_.begin(), models_.end(),
                       [](const auto& entry) { return entry.second.all_succeeded; });
  }
  void audit() {
    for (const std::string& name : kEnvironments) sandbox_.cemli(0, "audit verify -e " + name);
  }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  void publish_version(std::size_t index, bool is_bad) {
    Package& package = packages_[index];
    const int version = static_cast<int>(package.is_bad.size());
    package.is_bad.push_back(is_bad);
    const std::string address =
        package.per_unit ? "\"$CEMLI_PACKAGE[$CEMLI_INSTANCE]" : "\"$CEMLI_PACKAGE";
    std::string run = fmt::format(
        "echo {} $CEMLI_VERSION $CEMLI_PARAM_LEVEL\" >> $E/$CEMLI_ENVIRONMENT\n", address);
    if (is_bad) {
      run += package.is_legacy ? "echo 'ORA-00942: table or view does not exist'\nexit 0\n"
                               : "exit 1\n";
    }
    json manifest{{"parameters", {{"level", {{"type", "integer"}, {"default", 1}}}}}};
    for (const std::size_t other : package.depends_on)
      manifest["depends_on"][packages_[other].name] = "^1";
    manifest["steps"]["run"] = {{"program", "steps/run.sh"}};
    if (package.is_legacy) manifest["steps"]["run"]["success"]["rules"] = {"oracle"};
    const std::string uninstall =
        fmt::format("echo {} removed\" >> $E/$CEMLI_ENVIRONMENT\n", address);
    pending_.push_back(
        {package.name, version_text(version), run, manifest, {{"steps/uninstall.sh", uninstall}}});
  }

  void publish_pending() {
    if (!pending_.empty()) sandbox_.publish(pending_);
    pending_.clear();
  }

  /// A new version, desired wherever the package is.
  void bump(std::size_t index, bool is_bad) {
    publish_version(index, is_bad);
    for (auto& [name, model] : models_) {
      if (const auto found = model.desired.find(index); found != model.desired.end())
        found->second.version = static_cast<int>(packages_[index].is_bad.size()) - 1;
    }
  }

  void remove(Model& model, std::size_t index) {
    const bool is_needed =
        std::any_of(model.desired.begin(), model.desired.end(), [&](const auto& entry) {
          const auto& needed = packages_[entry.first].depends_on;
          return std::find(needed.begin(), needed.end(), index) != needed.end();
        });
    if (!is_needed && model.desired.size() > 1) model.desired.erase(index);
  }

  void add(Model& model, std::size_t index) {
    const auto& needed = packages_[index].depends_on;
    const bool can_be = std::all_of(needed.begin(), needed.end(), [&](std::size_t other) {
      return model.desired.contains(other);
    });
    if (can_be && !model.desired.contains(index))
      model.desired[index] = Use{static_cast<int>(packages_[index].is_bad.size()) - 1, 1};
  }

  void commit() {
    for (const auto& [name, model] : models_) {
      std::string text = fmt::format(
          "format: 1\nenvironment: {}\npolicy: {{allow_removal: true}}\npackages:\n", name);
      for (const auto& [index, use] : model.desired) {
        text += fmt::format("  {}:\n    version: {}\n    parameters: {{level: {}}}\n",
                            packages_[index].name, version_text(use.version), use.level);
        if (!packages_[index].per_unit) continue;
        text += "    instances:\n";
        for (int unit = 1; unit <= kUnits; ++unit)
          text += fmt::format("      BU{:02}: {{}}\n", unit);
      }
      sandbox_.write(fmt::format("environments/{}.yaml", name), text);
    }
    sandbox_.commit();
  }

  void check(const std::string& name, const Model& model) {
    std::map<std::string, std::string> expected;
    for (const auto& [address, record] : model.recorded)
      expected[address] =
          record.succeeded ? "succeeded " + version_text(record.use.version) : "failed";
    std::map<std::string, std::string> found;
    const json list = sandbox_.json_of("state list --json -e " + name);
    for (const json& line : list.at("packages")) {
      std::string status = line.at("status");
      if (status == "not_started") continue;
      if (status == "succeeded") status += " " + line.at("version").get<std::string>();
      found[line.at("address")] = status;
    }
    CHECK(found == expected);
    const auto lines = sandbox_.effect(name);
    CHECK((std::multiset<std::string>(lines.begin(), lines.end()) == model.effects));
  }

  Sandbox sandbox_;
  std::minstd_rand random_;
  std::vector<Package> packages_;
  std::vector<PackageSource> pending_;
  std::map<std::string, Model> models_;
};

TEST_CASE("an estate follows its commits, and agrees with what they say, at each of them") {
  const unsigned seed = GENERATE(1U, 2U, 3U);
  if (seed > 1 && !is_long()) return;
  INFO("seed " << seed);
  Estate estate(seed);
  estate.apply_and_check();
  for (int commit = 1; commit <= 30; ++commit) {
    INFO("commit " << commit);
    if (commit % 10 == 0) {
      estate.repair();
    } else {
      estate.change();
    }
    estate.apply_and_check();
  }
  CHECK(estate.all_succeeded());
  estate.audit();
}

}  // namespace
}  // namespace cemli::test
