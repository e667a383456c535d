#include "tests/reconciler/report/recorded_samples.h"

#include "tests/reconciler/plan/states.h"

namespace cemli::test {

namespace {

AddressRecord marked(AddressRecord record, Status status, std::string why) {
  record.status = status;
  record.word = jane_says(std::move(why));
  return record;
}

RunStarted run_started(const RunId& run) {
  const Holder holder{"boot", "pid:[4026531836]", {4711, 1000}, {4712, 1001}};
  return RunStarted{run,
                    "3f2a91c0d1e27b7d1f0c9a8b7c6d5e4f3a2b1c0d",
                    Digest::of("desired"),
                    Digest::of("policy"),
                    Digest::of("plan"),
                    "CHG0012345",
                    std::chrono::minutes(5),
                    holder};
}

}  // namespace

Plan release_plan() {
  const Identity limits =
      identity_of("gl-approval-config", "1.4.2", {{"limit", 6000}, {"template", "A4"}});
  const Identity print = identity_of("ar-invoice-print", "2.1.0");
  const Identity french = identity_of("fr-l10n[FR]", "2.0.1");
  AddressRecord held = success_of(identity_of("fr-l10n[FR]", "2.0.0"));
  held.hold = Hold{french.digest(), jane_says("month end")};
  DesiredPackage german = package_of(identity_of("fr-l10n[DE]", "2.0.1"));
  german.reversible = Reversible::compensating;
  DesiredPackage reports = package_of(identity_of("hr-reports", "3.0.0-rc.1"));
  reports.reversible = Reversible::yes;
  return planned(
      desired_of({package_of(identity_of("gl-base", "1.2.0")), package_of(limits, {"gl-base"}),
                  package_of(print),
                  package_of(identity_of("ar-letters", "1.0.0"), {"ar-invoice-print"}),
                  package_of(identity_of("ar-mail", "1.0.0"), {"ar-letters"}), german,
                  package_of(french), reports, package_of(identity_of("po-sync", "0.3.0"))}),
      recorded_of(
          {{at("gl-base"), success_of(identity_of("gl-base", "1.2.0"))},
           {at("gl-approval-config"),
            success_of(
                identity_of("gl-approval-config", "1.4.1", {{"limit", 5000}, {"template", "A5"}}))},
           {at("ar-invoice-print"), only(Status::interrupted, print)},
           {at("fr-l10n[DE]"),
            then(success_of(identity_of("fr-l10n[DE]", "2.0.0")), Status::failed,
                 identity_of("fr-l10n[DE]", "2.0.1"),
                 "run: exit code 3, and a summary that is so long that it does not fit on a line")},
           {at("fr-l10n[FR]"), held},
           {at("po-sync"), marked(success_of(identity_of("po-sync", "0.3.0")), Status::tainted,
                                  "restored from a backup")},
           {at("old-report"), success_of(identity_of("old-report", "0.9.0"), {}, {"uninstall"})},
           {at("old-view"), success_of(identity_of("old-view", "0.9.0"))},
           {at("tried-once"),
            only(Status::failed, identity_of("tried-once", "0.1.0"), "run: exit code 1")}}));
}

RecordedState eventful_state() {
  const Identity limits = identity_of("gl-approval-config", "1.4.1", {{"limit", 5000}});
  AddressRecord held = success_of(identity_of("fr-l10n[FR]", "2.0.0"));
  held.hold = Hold{Digest::of("identity"), jane_says("month end")};
  AddressRecord blank;
  blank.attempts = 2;
  RecordedState recorded = recorded_of(
      {{at("ar-invoice-print"), only(Status::running, identity_of("ar-invoice-print", "2.1.0"))},
       {at("fr-l10n[FR]"), held},
       {at("gl-approval-config"),
        then(success_of(limits, {"gl-base"}, {"check", "uninstall"}), Status::failed,
             identity_of("gl-approval-config", "1.4.2"), "run: exit code 3")},
       {at("gl-base"), success_of(identity_of("gl-base", "1.2.0"))},
       {at("hr-drift"),
        marked(success_of(identity_of("hr-drift", "1.0.0")), Status::drifted, "check said 2")},
       {at("hr-error"), only(Status::error, identity_of("hr-error", "1.0.0"), "no space left")},
       {at("hr-forgotten"), blank},
       {at("hr-stopped"), only(Status::interrupted, identity_of("hr-stopped", "1.0.0"))}});
  const RunId run = "20261123T021455Z-6f3a9c21";
  const Writer writer{run, "build-7", std::nullopt, "pipeline", "0.1.0"};
  recorded.active_run =
      ActiveRun{run_started(run), 40, 42, time_at("2026-11-23T02:14:55.000Z"), writer};
  recorded.suspension = jane_says("quarter close");
  recorded.last_run = LastRun{
      "20261122T080000Z-aaaaaaaa",
      "failed",
      RunCounts{4, 1, 0, 0, 2, 0},
      time_at("2026-11-22T08:00:00.000Z"),
      time_at("2026-11-22T08:04:00.000Z"),
      "3f2a91c0d1e27b7d1f0c9a8b7c6d5e4f3a2b1c0d",
      "CHG0012345",
      "pipeline@build-7",
      ObjectReference{"prod/runs/20261122T080000Z-aaaaaaaa/result.json", Digest::of("result")}};
  recorded.converged =
      Convergence{Digest::of("desired"), Digest::of("policy"),
                  "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567", "20261120T080000Z-bbbbbbbb"};
  return recorded;
}

RecordedState quiet_state() {
  RecordedState recorded = recorded_of(
      {{at("gl-approval-config"), success_of(identity_of("gl-approval-config", "1.4.1"))},
       {at("gl-base"), success_of(identity_of("gl-base", "1.2.0"))}});
  recorded.last_run = LastRun{"20261122T080000Z-aaaaaaaa",
                              "succeeded",
                              RunCounts{2, 0, 0, 0, 0, 0},
                              time_at("2026-11-22T08:00:00.000Z"),
                              time_at("2026-11-22T08:00:13.000Z"),
                              std::nullopt,
                              "",
                              "jane@ops-1",
                              std::nullopt};
  recorded.converged = Convergence{Digest::of("desired"), Digest::of("policy"), std::nullopt,
                                   "20261122T080000Z-aaaaaaaa"};
  return recorded;
}

}  // namespace cemli::test
