#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "reconciler/execute/running_attempt.h"
#include "state/base/clock.h"

namespace cemli {

/// An attempt between being taken from the ready queue and the end of its programs.
struct Flight {
  enum class Stage {
    fetching,
    fetched,    ///< waits for a slot to be announced
    announced,  ///< waits to become durable
    durable,    ///< waits for a slot, or for the lease
    running,
    recording,  ///< waits until it is durable that its last program is done
    pausing,    ///< waits before its program is tried again
  };
  Stage stage = Stage::fetching;
  std::optional<RunningAttempt> attempt = std::nullopt;
  bool has_slot = false;
  bool is_shown = false;
  /// When a pause ends.
  BootTime due{};
};

/// What is in flight, by its action's index, and the slots that running programs take. Pure
/// bookkeeping.
class Flights {
 public:
  explicit Flights(std::size_t slots) : slots_(slots) {}

  void add(std::size_t index) { flights_.emplace(index, Flight{}); }
  void drop(std::size_t index);
  [[nodiscard]] bool empty() const { return flights_.empty(); }
  [[nodiscard]] Flight& at(std::size_t index) { return flights_.at(index); }
  /// Null where it is not in flight.
  [[nodiscard]] Flight* find(std::size_t index);
  /// In the plan's order.
  [[nodiscard]] std::map<std::size_t, Flight>& all() { return flights_; }
  [[nodiscard]] std::vector<std::size_t> in(Flight::Stage stage) const;
  /// How many there are but for those that pause, which keep nothing else from starting.
  [[nodiscard]] std::size_t crowd() const;

  /// Slots are handed out in the plan's order, also past a package that is still on its way.
  /// `waits_for_slot` says of a fetched one whether it is announced with its slot only.
  void hand_out_slots(const std::function<bool(std::size_t)>& waits_for_slot);
  void release_slot(Flight& flight);

  /// When the first pause ends.
  [[nodiscard]] std::optional<BootTime> next_due() const;
  /// Ends the pauses that are over: what paused waits for a slot again.
  void end_pauses(BootTime now);

 private:
  std::size_t slots_;
  std::size_t slots_used_ = 0;
  std::map<std::size_t, Flight> flights_;
};

}  // namespace cemli
