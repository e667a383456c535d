#include "reconciler/cli/signature_export.h"

#include <fmt/format.h>

#include <optional>
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

  Result<ExportedSignatures> run() {
    for (const UsedApproval& approval : run_.approvals) {
      if (auto done = export_approval(approval.statement.key); !done)
        return std::move(done).error();
    }
    for (const RanPackage& package : run_.packages) {
      auto found = find_signed(package);
      if (!found) {
        exported_.packages_unread = std::move(found).error();
        break;
      }
      if (auto done = export_package(package, *found); !done) return std::move(done).error();
    }
    if (auto done = export_head(); !done) return std::move(done).error();
    return std::move(exported_);
  }

 private:
  Result<void> export_approval(const std::string& statement) {
    const std::string key = signature_key(statement);
    auto signature = results_.get(key);
    if (!signature) return std::move(signature).error().while_doing("reading a signature");
    if (!*signature) return Error(ErrorCode::corrupt, fmt::format("'{}': missing", key));
    ++exported_.count;
    return sink_("signatures/approvals/" + file_name(key), **signature);
  }

  /// A package's index and signature, both empty where it is not signed, or no longer published.
  struct SignedPackage {
    std::string index;
    std::string signature;
  };

  Result<SignedPackage> find_signed(const RanPackage& package) {
    const auto version = Version::parse(package.version);
    if (!version) return Error(version.error());
    auto signature = packages_.get(key_of(PackageObject::signature, package.name, *version));
    if (!signature) return std::move(signature).error();
    if (!*signature) return SignedPackage();
    auto index = packages_.get(key_of(PackageObject::index, package.name, *version));
    if (!index) return std::move(index).error();
    if (!*index) return SignedPackage();
    return SignedPackage{**std::move(index), **std::move(signature)};
  }

  Result<void> export_package(const RanPackage& package, const SignedPackage& found) {
    if (found.signature.empty()) return {};
    ++exported_.count;
    const std::string path =
        fmt::format("signatures/packages/{}-{}", package.name, package.version);
    if (auto taken = sink_(path + ".json", found.index); !taken) return taken;
    return sink_(path + ".sig", found.signature);
  }

  /// The oldest that covers all of the run: made with the key that the executor had then.
  Result<void> export_head() {
    std::optional<SignedHead> found;
    auto looked =
        look_at_heads(results_, environment_, [&](const SignedHead& head) -> Result<HeadSearch> {
          if (head.statement.head.seq < run_.last) return HeadSearch::stop;
          if (head.statement.log == run_.log && head.statement.head.seq <= run_.head.seq)
            found = head;
          return HeadSearch::go_on;
        });
    if (!looked) return std::move(looked).error().while_doing("reading the signed heads");
    if (!found) return {};
    ++exported_.count;
    const std::string path = fmt::format("signatures/heads/{}", found->statement.head.seq);
    if (auto taken = sink_(path + ".json", found->bytes); !taken) return taken;
    return sink_(path + ".sig", found->signature);
  }

  Store& results_;
  Store& packages_;
  const std::string& environment_;
  const RunExport& run_;
  const ExportSink& sink_;
  ExportedSignatures exported_;
};

}  // namespace

Result<ExportedSignatures> export_signatures(Store& results, Store& packages,
                                             const std::string& environment, const RunExport& run,
                                             const ExportSink& sink) {
  return SignatureExporter(results, packages, environment, run, sink).run();
}

}  // namespace cemli
