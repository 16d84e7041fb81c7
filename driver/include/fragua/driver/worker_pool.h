#pragma once
// A few threads that share one piece of work and wait for each other.

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace fragua::driver {

/// Threads that live as long as the pool. Not for use from several threads at once.
class WorkerPool {
 public:
  /// `threads` >= 1 counts the caller: that many minus one are started. Throws Error(kDevice) when
  /// the system has none to give.
  explicit WorkerPool(int threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  /// Calls work(part) for part = 0 .. threads() - 1, part 0 on the calling thread, and returns when
  /// all have ended. An exception of any part is thrown again here, the lowest part's first.
  void Run(const std::function<void(int)>& work);

 private:
  void Serve(int part);
  void Stop();

  std::mutex mutex_;
  std::condition_variable begin_;
  std::condition_variable end_;
  const std::function<void(int)>* work_ = nullptr;
  std::vector<std::exception_ptr> failures_;
  int round_ = 0;
  int running_ = 0;
  bool stop_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace fragua::driver
