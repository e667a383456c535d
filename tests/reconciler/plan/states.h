#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/desired/desired_state.h"
#include "reconciler/plan/plan.h"
#include "state/recorded_state.h"

/// Short ways to write desired and recorded states down.
namespace cemli::test {

[[nodiscard]] Address at(std::string_view text);
[[nodiscard]] Timestamp time_at(std::string_view text);
[[nodiscard]] Identity identity_of(std::string_view address, std::string version,
                                   Parameters parameters = {});
[[nodiscard]] DesiredPackage package_of(const Identity& identity,
                                        const std::vector<std::string>& depends_on = {});

/// An environment `prod` at a commit.
[[nodiscard]] DesiredState desired_of(const std::vector<DesiredPackage>& packages);
/// A log of environment `prod` at entry 42, which has converged under the same policy.
[[nodiscard]] RecordedState recorded_of(const std::map<Address, AddressRecord>& addresses);

/// A success of run `20261122T080000Z-aaaaaaaa` that took 12 s.
[[nodiscard]] AddressRecord success_of(const Identity& identity,
                                       const std::vector<std::string>& depends_on = {},
                                       const std::vector<std::string>& abilities = {});
/// The record with a later attempt of run `20261123T021455Z-6f3a9c21` that came to `status`.
[[nodiscard]] AddressRecord then(AddressRecord record, Status status, const Identity& identity,
                                 std::string summary = {});
/// An attempt that came to `status`, and no success before it.
[[nodiscard]] AddressRecord only(Status status, const Identity& identity, std::string summary = {});
[[nodiscard]] OperatorWord jane_says(std::string why);

/// The plan of what must be plannable, judged by its own rules.
[[nodiscard]] Plan planned(const DesiredState& desired, const RecordedState& recorded);
/// A plan's actions as `ADDRESS ACTION CODE,CODE`, in their order.
[[nodiscard]] std::vector<std::string> lines_of(const Plan& plan);

}  // namespace cemli::test
