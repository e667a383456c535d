#include "reconciler/execute/flights.h"

#include <algorithm>
#include <utility>

namespace cemli {

using Stage = Flight::Stage;

void Flights::drop(std::size_t index) {
  release_slot(flights_.at(index));
  flights_.erase(index);
}

Flight* Flights::find(std::size_t index) {
  const auto found = flights_.find(index);
  return found == flights_.end() ? nullptr : &found->second;
}

std::vector<std::size_t> Flights::in(Stage stage) const {
  std::vector<std::size_t> indices;
  for (const auto& [index, flight] : flights_) {
    if (flight.stage == stage) indices.push_back(index);
  }
  return indices;
}

std::size_t Flights::crowd() const {
  return flights_.size() - in(Stage::pausing).size();
}

void Flights::hand_out_slots(const std::function<bool(std::size_t)>& waits_for_slot) {
  std::size_t free = slots_ - slots_used_;
  for (auto& [index, flight] : flights_) {
    if (free == 0) return;
    if (flight.has_slot || flight.stage == Stage::pausing) continue;
    --free;
    const bool is_next = flight.stage == Stage::fetched && waits_for_slot(index);
    if (!is_next && flight.stage != Stage::durable) continue;
    flight.has_slot = true;
    ++slots_used_;
  }
}

void Flights::release_slot(Flight& flight) {
  if (std::exchange(flight.has_slot, false)) --slots_used_;
}

std::optional<BootTime> Flights::next_due() const {
  std::optional<BootTime> due;
  for (const auto& [index, flight] : flights_) {
    if (flight.stage == Stage::pausing) due = std::min(due.value_or(flight.due), flight.due);
  }
  return due;
}

void Flights::end_pauses(BootTime now) {
  for (auto& [index, flight] : flights_) {
    if (flight.stage == Stage::pausing && flight.due <= now) flight.stage = Stage::durable;
  }
}

}  // namespace cemli
