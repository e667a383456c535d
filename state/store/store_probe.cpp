#include "state/store/store_probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "state/base/file.h"

namespace cemli {
namespace {

constexpr const char* kFolder = "store-check/";

class Probe {
 public:
  explicit Probe(Store& store) : store_(store) {}

  std::vector<StoreFinding> run(Probing probing) {
    found("read", read_absent());
    found("list", list());
    if (probing == Probing::reading) return std::move(findings_);
    if (!found("create", create())) return std::move(findings_);
    found("create only if absent", create_again());
    found("tell ages", tell_age());
    return std::move(findings_);
  }

 private:
  bool found(const char* ability, const Result<void>& result) {
    findings_.push_back({ability, result ? std::nullopt : std::optional(result.error())});
    return result.has_value();
  }

  static Error unexpected(std::string what) {
    return Error(ErrorCode::unavailable, std::move(what));
  }

  Result<void> read_absent() {
    auto bytes = store_.get(key_);
    if (!bytes) return std::move(bytes).error();
    if (*bytes) return unexpected("it serves an object that nobody has made");
    return {};
  }

  Result<void> list() {
    auto keys = store_.list(kFolder, key_, 1);
    if (!keys) return std::move(keys).error();
    return {};
  }

  Result<void> create() {
    auto created = store_.create({key_, bytes_});
    if (!created) return std::move(created).error();
    auto there = store_.get(key_);
    if (!there) return std::move(there).error();
    if (*there != bytes_) return unexpected("it does not serve what was just written");
    auto keys = store_.list(kFolder, key_, 1);
    if (!keys) return std::move(keys).error();
    if (std::find(keys->begin(), keys->end(), key_) == keys->end())
      return unexpected("it does not list what was just written");
    return {};
  }

  Result<void> create_again() {
    for (const std::string& bytes : {bytes_, bytes_ + "other bytes\n"}) {
      auto again = store_.create({key_, bytes});
      if (!again) return std::move(again).error();
      if (*again == Creation::created) {
        return Error(ErrorCode::unavailable,
                     "it accepts an object that exists already, so two runs could not be kept "
                     "apart: cemli runs nothing on it")
            .with_hint(
                "use a store that honours If-None-Match: * on writes; some ignore it where old "
                "versions of objects are kept");
      }
    }
    return {};
  }

  Result<void> tell_age() {
    auto aged = store_.get_aged(key_);
    if (!aged) return std::move(aged).error();
    if (!*aged) return unexpected("it has lost what was just written");
    if ((*aged)->bytes != bytes_) return unexpected("it has overwritten what was there");
    if (!(*aged)->age) {
      return Error(ErrorCode::unavailable,
                   "it does not tell how old an object is, so no run takes over from one that was "
                   "lost without cemli state unlock");
    }
    return {};
  }

  Store& store_;
  const std::string key_ = fmt::format("{}{}", kFolder, random_hex(16));
  const std::string bytes_ = fmt::format("written by cemli store check: {}\n", random_hex(16));
  std::vector<StoreFinding> findings_;
};

}  // namespace

std::vector<StoreFinding> probe_store(Store& store, Probing probing) {
  return Probe(store).run(probing);
}

}  // namespace cemli
