#include "reconciler/cli/signature_export.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "reconciler/package/package_signatures.h"
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
    if (auto done = export_packages(); !done) return std::move(done).error();
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

  Result<std::vector<StoredSignature>> read_packages() {
    std::vector<PackageVersion> versions;
    for (const RanPackage& package : run_.packages) {
      auto version = Version::parse(package.version);
      if (!version) return std::move(version).error();
      versions.push_back({package.name, *std::move(version)});
    }
    return read_signatures(packages_, versions);
  }

  Result<void> export_packages() {
    const auto stored = read_packages();
    if (!stored) {
      exported_.packages_unread = stored.error();
      return {};
    }
    auto found = stored->begin();
    for (const RanPackage& package : run_.packages) {
      const auto& [index, signature] = *found++;
      if (!index || !signature) continue;
      const std::string path = fmt::format("packages/{}-{}", package.name, package.version);
      if (auto done = take_signed(path, *index, *signature); !done) return done;
    }
    return {};
  }

  Result<void> take_signed(const std::string& path, std::string_view bytes,
                           std::string_view signature) {
    ++exported_.count;
    if (auto taken = sink_("signatures/" + path + ".json", bytes); !taken) return taken;
    return sink_("signatures/" + path + ".sig", signature);
  }

  /// The oldest that covers all of the run: made with the key that the executor had then.
  Result<void> export_head() {
    std::optional<SignedHead> found;
    auto looked =
        look_at_heads(results_, environment_, [&](const SignedHead& head) -> Result<KeyWalk> {
          if (head.statement.head.seq < run_.last) return KeyWalk::stop;
          if (head.statement.log == run_.log && head.statement.head.seq <= run_.head.seq)
            found = head;
          return KeyWalk::go_on;
        });
    if (!looked) return std::move(looked).error().while_doing("reading the signed heads");
    if (!found) return {};
    return take_signed(fmt::format("heads/{}", found->statement.head.seq), found->bytes,
                       found->signature);
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
