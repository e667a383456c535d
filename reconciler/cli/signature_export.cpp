#include "reconciler/cli/signature_export.h"

#include <fmt/format.h>

#include <utility>

#include "reconciler/package/package_keys.h"
#include "state/object_names.h"
#include "state/signed_head.h"

namespace cemli {
namespace {

/// What stands behind the last `/`.
std::string file_name(const std::string& key) {
  return key.substr(key.rfind('/') + 1);
}

class SignatureExporter {
 public:
  SignatureExporter(Store& results, Store& packages, const std::string& environment,
                    const RunExport& run, const ExportSink& sink)
      : results_(results), packages_(packages), environment_(environment), run_(run), sink_(sink) {}

  Result<std::uint64_t> run() {
    for (const UsedApproval& approval : run_.approvals) {
      if (auto done = export_approval(approval.statement.key); !done)
        return std::move(done).error();
    }
    for (const RanPackage& package : run_.packages) {
      if (auto done = export_package(package); !done) return std::move(done).error();
    }
    if (auto done = export_head(); !done) return std::move(done).error();
    return count_;
  }

 private:
  Result<void> export_approval(const std::string& statement) {
    const std::string key = signature_key(statement);
    auto signature = results_.get(key);
    if (!signature) return std::move(signature).error().while_doing("reading a signature");
    if (!*signature) return Error(ErrorCode::corrupt, fmt::format("'{}': missing", key));
    ++count_;
    return sink_("signatures/approvals/" + file_name(key), **signature);
  }

  Result<void> export_package(const RanPackage& package) {
    const auto version = Version::parse(package.version);
    if (!version) return Error(version.error());
    auto signature = packages_.get(key_of(PackageObject::signature, package.name, *version));
    if (!signature) return std::move(signature).error().while_doing("reading a signature");
    if (!*signature) return {};
    auto index = packages_.get(key_of(PackageObject::index, package.name, *version));
    if (!index) return std::move(index).error().while_doing("reading what was signed");
    if (!*index) return {};
    ++count_;
    const std::string path =
        fmt::format("signatures/packages/{}-{}", package.name, package.version);
    if (auto taken = sink_(path + ".json", **index); !taken) return taken;
    return sink_(path + ".sig", **signature);
  }

  Result<void> export_head() {
    auto newest =
        find_newest_head(results_, environment_, [this](const SignedHead& head) -> Result<bool> {
          const auto statement = decode_head(head.statement);
          return statement && statement->log == run_.log && statement->head.seq >= run_.first &&
                 statement->head.seq <= run_.head.seq;
        });
    if (!newest) return std::move(newest).error().while_doing("reading the signed heads");
    if (!*newest) return {};
    ++count_;
    const std::string seq = std::to_string(decode_head((*newest)->statement)->head.seq);
    if (auto taken = sink_("signatures/heads/" + seq + ".json", (*newest)->statement); !taken)
      return taken;
    return sink_("signatures/heads/" + seq + ".sig", (*newest)->signature);
  }

  Store& results_;
  Store& packages_;
  const std::string& environment_;
  const RunExport& run_;
  const ExportSink& sink_;
  std::uint64_t count_ = 0;
};

}  // namespace

Result<std::uint64_t> export_signatures(Store& results, Store& packages,
                                        const std::string& environment, const RunExport& run,
                                        const ExportSink& sink) {
  return SignatureExporter(results, packages, environment, run, sink).run();
}

}  // namespace cemli
