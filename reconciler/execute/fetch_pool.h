#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "reconciler/execute/workspace.h"
#include "state/base/file.h"

namespace cemli {

/// Brings the zip of a desired package as an open file; called from several threads.
using PackageFetcher = std::function<Result<UniqueFd>(const DesiredPackage&)>;

/// A package made ready ahead of need.
struct PreparedPackage {
  std::size_t action;  ///< as it was asked for
  Result<Workspace> workspace;
};

/// A few threads that download, verify and unpack packages. Its end drops what nobody took.
class FetchPool {
 public:
  FetchPool(std::size_t threads, PackageFetcher fetch, std::filesystem::path parent);
  FetchPool(const FetchPool&) = delete;
  FetchPool& operator=(const FetchPool&) = delete;
  ~FetchPool();

  /// Asks for a package; `desired` must live until it was taken.
  void ask(std::size_t action, const DesiredPackage& desired);
  /// What became ready since the last call.
  [[nodiscard]] std::vector<PreparedPackage> take();
  /// Readable when `take` has something.
  [[nodiscard]] int ready_fd() const { return ready_event_.get(); }

 private:
  struct Wish {
    std::size_t action;
    const DesiredPackage* desired;
  };
  void work();
  [[nodiscard]] Result<Workspace> prepare(const DesiredPackage& desired) const;

  PackageFetcher fetch_;
  std::filesystem::path parent_;
  UniqueFd ready_event_;
  std::mutex mutex_;
  std::condition_variable wishes_changed_;
  std::deque<Wish> wishes_;
  std::vector<PreparedPackage> ready_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace cemli
