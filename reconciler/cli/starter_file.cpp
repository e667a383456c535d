#include "reconciler/cli/starter_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace cemli {
namespace {

/// A YAML text in double quotes, which is written as JSON's.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump();
}

std::string stores_part(const std::optional<StoreAddress>& store) {
  if (!store) {
    return "# stores:                   # left out: in the folder .cemli of this repository, on "
           "this\n"
           "#   packages: ...           # machine alone; for more than one machine name buckets, "
           "as\n"
           "#   results: ...            # 's3://BUCKET/PREFIX' or 'oci://NAMESPACE/BUCKET/PREFIX'\n"
           "#   state: ...\n";
  }
  std::string part = "stores:\n";
  for (const char* name : {"packages", "results", "state"}) {
    part += fmt::format("  {:<9} {}\n", std::string(name) + ":",
                        quoted(format_store_address(address_below(*store, name))));
  }
  return part;
}

constexpr const char* kRest = R"(
lease: 5m                   # how long a run may be silent before another may take over

# parameters:               # defaults for every package that declares the parameter
#   region: EMEA

# runner:                   # which of cemli's own variables steps see
#   pass: [ORACLE_HOME, TNS_ADMIN]

# secrets:                  # where values come from; a value never stands here
#   ERP_PASSWORD: env:ERP_PASSWORD
#   ERP_PASSWORD: file:/run/secrets/erp
#   ERP_PASSWORD: oci-vault:ocid1.vaultsecret.oc1.REGION.UNIQUE

# policy:
#   allow_removal: true     # whether the step uninstall may run for what is no longer desired
#   locked: true            # there must be a lock file: cemli lock
#   types: [configuration, extension]
#   max_changes: 50         # addresses that one run may change

packages: {}                # what the environment should have. Once something is published:
# packages:
#   gl-approval-config: 1.4.2
#   ar-invoice-print:
#     version: ">=2.1 <3"
#     parameters: {template: A4}
)";

}  // namespace

StoreAddress address_below(const StoreAddress& address, const std::string& name) {
  StoreAddress below = address;
  if (auto* folder = std::get_if<FolderAddress>(&below)) folder->folder /= name;
  if (auto* s3 = std::get_if<S3Address>(&below)) s3->prefix += name + '/';
  if (auto* oci = std::get_if<OciAddress>(&below)) oci->prefix += name + '/';
  return below;
}

std::string starter_file(const std::string& environment, const std::optional<StoreAddress>& store) {
  return fmt::format(
             "# What the environment '{}' should have. cemli reads it as it is committed.\n"
             "# All keys: docs/environment-format.md; check it with: cemli validate -e {}\n"
             "format: 1\n"
             "environment: {}\n"
             "description: \"\"             # for people\n\n",
             environment, environment, quoted(environment)) +
         stores_part(store) + kRest;
}

}  // namespace cemli
