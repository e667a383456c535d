#include "reconciler/report/reasons_text.h"

#include <fmt/format.h>

#include "reconciler/report/terminal.h"
#include "reconciler/report/wording.h"

namespace cemli {
namespace {

/// Reads a reason's parts; what is missing (an older log, a newer planner) reads as `?`.
class ReasonReader {
 public:
  explicit ReasonReader(const Reason& reason) : reason_(reason) {}

  [[nodiscard]] bool has(const std::string& detail) const {
    return reason_.details.contains(detail);
  }
  [[nodiscard]] std::string detail(const std::string& name) const {
    const auto found = reason_.details.find(name);
    return found == reason_.details.end() ? "?" : printable(found->second);
  }
  [[nodiscard]] bool has_operand(const std::string& name) const {
    return reason_.operands.contains(name);
  }
  /// As it is: a name, a version.
  [[nodiscard]] std::string operand(const std::string& name) const {
    const auto found = reason_.operands.find(name);
    if (found == reason_.operands.end()) return "?";
    const auto* text = std::get_if<std::string>(&found->second);
    return text != nullptr ? printable(*text) : describe_value(found->second);
  }
  /// A parameter's value: text is quoted.
  [[nodiscard]] std::string value(const std::string& name) const {
    const auto found = reason_.operands.find(name);
    return found == reason_.operands.end() ? "?" : printable(describe_value(found->second));
  }

  [[nodiscard]] std::string when() const { return describe_time(detail("time")); }
  [[nodiscard]] std::string in_run() const {
    return fmt::format("in run {} at {}", detail("run"), when());
  }
  [[nodiscard]] std::string said_by() const {
    if (!has("who")) return "";
    return fmt::format(" by {} at {}: {}", detail("who"), when(), detail("why"));
  }
  [[nodiscard]] std::string summary() const {
    return has("summary") ? ": " + detail("summary") : "";
  }
  /// The attempt a reason is about: `1.4.2`, or `the removal of 1.4.2`.
  [[nodiscard]] std::string attempt() const {
    return (has("action") ? "the removal of " : "") + operand("version");
  }

 private:
  const Reason& reason_;
};

std::string difference_text(const std::string& code, const ReasonReader& r) {
  if (code == "new") return "new";
  if (code == "content_changed") {
    return fmt::format("content {} -> {} under the same version", r.operand("from").substr(0, 12),
                       r.operand("to").substr(0, 12));
  }
  if (code == "version_changed")
    return fmt::format("version {} -> {}", r.operand("from"), r.operand("to"));
  if (code == "parameter_changed") {
    return fmt::format("parameter '{}' {} -> {}", r.operand("name"), r.value("from"),
                       r.value("to"));
  }
  if (code == "parameter_added")
    return fmt::format("parameter '{}' is new: {}", r.operand("name"), r.value("to"));
  if (code == "parameter_removed")
    return fmt::format("parameter '{}' is gone, was {}", r.operand("name"), r.value("from"));
  if (code == "rerun_on_changed") {
    if (!r.has_operand("from")) return fmt::format("now reruns on '{}'", r.operand("name"));
    if (!r.has_operand("to")) return fmt::format("no longer reruns on '{}'", r.operand("name"));
    return fmt::format("'{}' {} -> {}", r.operand("name"), r.operand("from"), r.operand("to"));
  }
  return "";
}

std::string interrupted_text(const ReasonReader& r) {
  if (r.has("running")) {
    return fmt::format("{} is being run by run {} since {}", r.attempt(), r.detail("run"),
                       r.when());
  }
  return fmt::format("{} was interrupted {}", r.attempt(), r.in_run());
}

std::string attempt_text(const std::string& code, const ReasonReader& r) {
  if (code == "failed_before")
    return fmt::format("{} failed {}{}", r.attempt(), r.in_run(), r.summary());
  if (code == "error_before")
    return fmt::format("{} could not be started {}{}", r.attempt(), r.in_run(), r.summary());
  if (code == "rolled_back_before")
    return fmt::format("{} failed and was rolled back {}{}", r.attempt(), r.in_run(), r.summary());
  if (code == "interrupted_before") return interrupted_text(r);
  if (code == "interrupted_not_idempotent") {
    if (r.has("running")) return interrupted_text(r) + "; wait for that run to end";
    return interrupted_text(r) + ", outcome unknown; find out what it did, then:";
  }
  if (code == "resolved_to_retry") {
    return fmt::format("{}; {} says to try again: {}", interrupted_text(r), r.detail("who"),
                       r.detail("why"));
  }
  if (code == "failed_unchanged") {
    return fmt::format("{} failed {} and nothing changed since{}", r.attempt(), r.in_run(),
                       r.summary());
  }
  return "";
}

std::string dependency_text(const std::string& code, const ReasonReader& r) {
  const std::string on = "depends on " + r.operand("address");
  if (r.has("cause") && r.detail("cause") != r.operand("address"))
    return fmt::format("{}, which waits for {} since {}", on, r.detail("cause"), r.when());
  if (code == "dependency_failed")
    return fmt::format("{}, which failed {}{}", on, r.in_run(), r.summary());
  if (code == "dependency_held") return fmt::format("{}, which is held{}", on, r.said_by());
  return fmt::format("{}, which is blocked since {}", on, r.when());
}

std::string_view ended_as(const std::string& status) {
  if (status == "failed") return "failed";
  if (status == "rolled_back") return "failed and was rolled back";
  if (status == "error") return "could not be started";
  return "was interrupted";
}

std::string undesired_text(const std::string& code, const ReasonReader& r) {
  if (code == "undesired") return "no longer desired";
  if (code == "undesired_no_uninstall")
    return "no longer desired, and it has no 'uninstall'; take back by hand what it did, then:";
  if (!r.has("run")) return "no longer desired, and never succeeded";
  return fmt::format("no longer desired, and never succeeded: {} {} {}{}", r.operand("version"),
                     ended_as(r.detail("status")), r.in_run(), r.summary());
}

}  // namespace

std::string reason_text(const Reason& reason) {
  const ReasonReader r(reason);
  const std::string& code = reason.code;
  if (std::string text = difference_text(code, r); !text.empty()) return text;
  if (std::string text = attempt_text(code, r); !text.empty()) return text;
  if (code.starts_with("dependency_")) return dependency_text(code, r);
  if (code.starts_with("undesired")) return undesired_text(code, r);
  if (code == "tainted") return "tainted" + r.said_by();
  if (code == "drifted") return "drifted, as found" + r.said_by();
  if (code == "held") return "held" + r.said_by();
  if (code == "suspended") return "the environment was suspended" + r.said_by();
  if (code == "dependent_blocked")
    return fmt::format("still needed by {}, which stays as it is", r.operand("address"));
  return code;
}

std::optional<std::string> reason_command(const Reason& reason, const Address& address,
                                          std::string_view environment) {
  const std::string word = shell_word(address.text());
  if (reason.code == "interrupted_not_idempotent" && !reason.details.contains("running")) {
    return fmt::format("cemli state resolve {} --succeeded|--failed|--retry --why TEXT -e {}", word,
                       environment);
  }
  if (reason.code == "undesired_no_uninstall")
    return fmt::format("cemli state forget {} --why TEXT -e {}", word, environment);
  return std::nullopt;
}

}  // namespace cemli
