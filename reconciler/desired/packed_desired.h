#pragma once

#include <tuple>

#include "reconciler/desired/desired_state.h"
#include "reconciler/desired/environment_file.h"
#include "state/base/packing.h"
#include "state/packed_identity.h"

namespace cemli {

template <>
struct Packed<RunnerSettings::Home> {
  static constexpr auto last = RunnerSettings::Home::inherit;
};

template <>
struct Packed<RunnerSettings> {
  static constexpr auto members =
      std::tuple(&RunnerSettings::pass, &RunnerSettings::set, &RunnerSettings::home);
};

template <>
struct Packed<SecretSource::Kind> {
  static constexpr auto last = SecretSource::Kind::oci_vault;
};

template <>
struct Packed<SecretSource> {
  static constexpr auto members = std::tuple(&SecretSource::kind, &SecretSource::name);
};

template <>
struct Packed<FloatingVersion> {
  static constexpr auto members =
      std::tuple(&FloatingVersion::package, &FloatingVersion::version, &FloatingVersion::range);
};

template <>
struct Packed<Reversible> {
  static constexpr auto last = Reversible::yes;
};

template <>
struct Packed<PackageType> {
  static constexpr auto last = PackageType::integration;
};

template <>
struct Packed<DesiredPackage> {
  static constexpr auto members = std::tuple(
      &DesiredPackage::identity, &DesiredPackage::depends_on, &DesiredPackage::locks,
      &DesiredPackage::idempotent, &DesiredPackage::reversible, &DesiredPackage::abilities,
      &DesiredPackage::can_rehearse, &DesiredPackage::zip_digest, &DesiredPackage::zip_size,
      &DesiredPackage::secrets, &DesiredPackage::reruns_on_new_secrets);
};

template <>
struct Packed<SignerRule> {
  static constexpr auto members = std::tuple(&SignerRule::by);
};

template <>
struct Packed<ApprovalRule> {
  static constexpr auto members =
      std::tuple(&ApprovalRule::count, &ApprovalRule::not_commit_author,
                 &ApprovalRule::not_package_author, &ApprovalRule::expire, &ApprovalRule::by);
};

template <>
struct Packed<Policy> {
  static constexpr auto members = std::tuple(
      &Policy::allow_removal, &Policy::mutable_versions, &Policy::exact_versions, &Policy::locked,
      &Policy::promoted, &Policy::require, &Policy::types, &Policy::signed_packages,
      &Policy::signed_commits, &Policy::approvals, &Policy::max_changes);
};

template <>
struct Packed<Signers> {
  static constexpr auto members = std::tuple(&Signers::allowed, &Signers::revoked);
};

template <>
struct Packed<DesiredState> {
  static constexpr auto members = std::tuple(
      &DesiredState::environment, &DesiredState::commit, &DesiredState::packages,
      &DesiredState::policy, &DesiredState::rules, &DesiredState::runner, &DesiredState::secrets,
      &DesiredState::floating, &DesiredState::ranges, &DesiredState::tracks_all);
};

template <>
struct Packed<FolderAddress> {
  static constexpr auto members = std::tuple(&FolderAddress::folder);
};

template <>
struct Packed<S3Address::Style> {
  static constexpr auto last = S3Address::Style::virtual_host;
};

template <>
struct Packed<S3Address> {
  static constexpr auto members =
      std::tuple(&S3Address::bucket, &S3Address::prefix, &S3Address::endpoint, &S3Address::region,
                 &S3Address::style, &S3Address::profile);
};

template <>
struct Packed<OciAddress> {
  static constexpr auto members = std::tuple(
      &OciAddress::name_space, &OciAddress::bucket, &OciAddress::prefix, &OciAddress::region,
      &OciAddress::endpoint, &OciAddress::auth, &OciAddress::profile);
};

template <>
struct Packed<StoreAddresses> {
  static constexpr auto members =
      std::tuple(&StoreAddresses::packages, &StoreAddresses::results, &StoreAddresses::state);
};

template <>
struct Packed<EnvironmentSettings> {
  static constexpr auto members = std::tuple(
      &EnvironmentSettings::file, &EnvironmentSettings::environment,
      &EnvironmentSettings::description, &EnvironmentSettings::stores, &EnvironmentSettings::lease,
      &EnvironmentSettings::promote_from, &EnvironmentSettings::runner,
      &EnvironmentSettings::secrets, &EnvironmentSettings::policy, &EnvironmentSettings::signers);
};

}  // namespace cemli
