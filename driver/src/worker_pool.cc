#include "fragua/driver/worker_pool.h"

#include <fmt/format.h>

#include <chrono>
#include <system_error>

#include "fragua/model/error.h"

namespace fragua::driver {

WorkerPool::WorkerPool(int threads) : failures_(static_cast<size_t>(threads)) {
  FRAGUA_CHECK(threads >= 1, fmt::format("{} threads", threads));
  try {
    for (int part = 1; part < threads; ++part) {
      workers_.emplace_back([this, part] { Serve(part); });
    }
  } catch (const std::system_error& error) {
    Stop();
    throw Error(ErrorKind::kDevice, fmt::format("thread {} of {} cannot be started: {}; ask for "
                                                "fewer threads",
                                                workers_.size() + 2, threads, error.what()));
  }
}

WorkerPool::~WorkerPool() { Stop(); }

void WorkerPool::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  begin_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void WorkerPool::Run(const std::function<void(int)>& work) {
  {
    const std::lock_guard lock(mutex_);
    work_ = &work;
    running_ = static_cast<int>(workers_.size());
    ++round_;
  }
  begin_.notify_all();
  failures_[0] = nullptr;
  try {
    work(0);
  } catch (...) {
    failures_[0] = std::current_exception();
  }
  {
    // Shares of one size: whoever is not back after that long is not going to come. Its share still
    // refers to the caller's memory, so there is no way to go on.
    constexpr std::chrono::minutes kLimit{10};
    std::unique_lock lock(mutex_);
    const bool done = end_.wait_for(lock, kLimit, [this] { return running_ == 0; });
    FRAGUA_CHECK(done, fmt::format("{} worker threads have not ended their share within {} minutes",
                                   running_, kLimit.count()));
    work_ = nullptr;
  }
  for (const std::exception_ptr& failure : failures_) {
    if (failure) std::rethrow_exception(failure);
  }
}

void WorkerPool::Serve(int part) {
  for (int seen = 0;;) {
    const std::function<void(int)>* work = nullptr;
    {
      std::unique_lock lock(mutex_);
      begin_.wait(lock, [&] { return stop_ || round_ != seen; });
      if (stop_) return;
      seen = round_;
      work = work_;
    }
    std::exception_ptr failure;
    try {
      (*work)(part);
    } catch (...) {
      failure = std::current_exception();
    }
    {
      const std::lock_guard lock(mutex_);
      failures_[static_cast<size_t>(part)] = failure;
      --running_;
    }
    end_.notify_one();
  }
}

}  // namespace fragua::driver
