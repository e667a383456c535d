#include "state/object_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace cemli {
namespace {

constexpr std::size_t kSeqDigits = 20;

/// 99999999999999999999 does not fit 64 bits; its complement is taken digit by digit.
std::string nines_complement(std::string digits) {
  for (char& digit : digits) digit = static_cast<char>('9' - digit + '0');
  return digits;
}

/// Of a later time, less. Times before 1970 count as 1970.
std::string backwards(Timestamp time) {
  const auto since = std::max<std::int64_t>(0, time.time_since_epoch().count());
  return nines_complement(fmt::format("{:020}", since));
}

/// The twenty digits between `prefix` and `.json`.
std::optional<std::string> digits_of(std::string_view prefix, std::string_view key) {
  constexpr std::string_view kSuffix = ".json";
  if (key.size() != prefix.size() + kSeqDigits + kSuffix.size() || !key.starts_with(prefix) ||
      !key.ends_with(kSuffix)) {
    return std::nullopt;
  }
  const std::string_view digits = key.substr(prefix.size(), kSeqDigits);
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  return std::string(digits);
}

std::optional<std::uint64_t> number_of(const std::string& digits) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc()) return std::nullopt;
  return number;
}

std::string attempt_prefix(std::string_view environment, const RunId& run, const Address& address,
                           std::uint64_t attempt) {
  const std::string name = address.instance()
                               ? fmt::format("{}%5B{}%5D", address.name(), *address.instance())
                               : address.name();
  return fmt::format("{}{}/{}/", run_prefix(environment, run), name, attempt);
}

}  // namespace

std::string log_prefix(std::string_view environment) {
  return fmt::format("{}/log/", environment);
}

std::string log_key(std::string_view environment, std::uint64_t seq) {
  return fmt::format("{}/log/{:020}.json", environment, seq);
}

std::optional<std::uint64_t> seq_of_log_key(std::string_view environment, std::string_view key) {
  const auto digits = digits_of(log_prefix(environment), key);
  if (!digits) return std::nullopt;
  return number_of(*digits);
}

std::string checkpoint_prefix(std::string_view environment) {
  return fmt::format("{}/checkpoints/", environment);
}

std::string checkpoint_key(std::string_view environment, std::uint64_t seq) {
  return fmt::format("{}{}.json", checkpoint_prefix(environment),
                     nines_complement(fmt::format("{:020}", seq)));
}

std::optional<std::uint64_t> seq_of_checkpoint_key(std::string_view environment,
                                                   std::string_view key) {
  const auto digits = digits_of(checkpoint_prefix(environment), key);
  if (!digits) return std::nullopt;
  return number_of(nines_complement(*digits));
}

std::string approvals_prefix(std::string_view environment) {
  return fmt::format("{}/approvals/", environment);
}

std::string approval_key(std::string_view environment, Timestamp time, const Digest& statement) {
  return fmt::format("{}{}-{}.json", approvals_prefix(environment), backwards(time),
                     statement.hex().substr(0, 16));
}

std::string approvals_since(std::string_view environment, Timestamp time) {
  return approvals_prefix(environment) + backwards(time);
}

std::string signature_key(std::string_view statement_key) {
  constexpr std::string_view kSuffix = ".json";
  if (statement_key.ends_with(kSuffix)) statement_key.remove_suffix(kSuffix.size());
  return std::string(statement_key) + ".sig";
}

std::string approved_plans_prefix(std::string_view environment) {
  return fmt::format("{}/approved/", environment);
}

std::string approved_plan_key(std::string_view environment, const Digest& text) {
  return fmt::format("{}{}.json", approved_plans_prefix(environment), text.hex());
}

std::string heads_prefix(std::string_view environment) {
  return fmt::format("{}/heads/", environment);
}

std::string head_key(std::string_view environment, std::uint64_t seq) {
  return fmt::format("{}{}.json", heads_prefix(environment),
                     nines_complement(fmt::format("{:020}", seq)));
}

std::string state_copies_prefix(std::string_view environment) {
  return fmt::format("{}/refreshes/", environment);
}

std::string state_copy_key(std::string_view environment, const Digest& digest) {
  return fmt::format("{}{}.json", state_copies_prefix(environment), digest.hex());
}

std::string runs_prefix(std::string_view environment) {
  return fmt::format("{}/runs/", environment);
}

std::string run_prefix(std::string_view environment, const RunId& run) {
  return fmt::format("{}/runs/{}/", environment, run);
}

std::string plan_key(std::string_view environment, const RunId& run) {
  return run_prefix(environment, run) + "plan.json";
}

std::string policy_key(std::string_view environment, const RunId& run) {
  return run_prefix(environment, run) + "policy.json";
}

std::string allowed_signers_key(std::string_view environment, const RunId& run) {
  return run_prefix(environment, run) + "allowed_signers";
}

std::string revoked_keys_key(std::string_view environment, const RunId& run) {
  return run_prefix(environment, run) + "revoked_keys";
}

std::string run_result_key(std::string_view environment, const RunId& run) {
  return run_prefix(environment, run) + "result.json";
}

std::string result_key(std::string_view environment, const RunId& run, const Address& address,
                       std::uint64_t attempt) {
  return attempt_prefix(environment, run, address, attempt) + "result.json";
}

std::string files_key(std::string_view environment, const RunId& run, const Address& address,
                      std::uint64_t attempt) {
  return attempt_prefix(environment, run, address, attempt) + "files.zip";
}

}  // namespace cemli
