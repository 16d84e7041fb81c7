#include "fragua/driver/worker_pool.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <stdexcept>

namespace fragua::driver {
namespace {

TEST(WorkerPool, EveryPartRunsOnceInEveryRound) {
  for (const int threads : {1, 2, 4}) {
    WorkerPool pool(threads);
    ASSERT_EQ(pool.threads(), threads);
    std::array<std::atomic<int>, 4> calls{};
    for (int round = 1; round <= 200; ++round) {
      pool.Run([&](int part) { ++calls[static_cast<size_t>(part)]; });
      for (int part = 0; part < 4; ++part) {
        ASSERT_EQ(calls[static_cast<size_t>(part)], part < threads ? round : 0);
      }
    }
  }
}

TEST(WorkerPool, AFailedPartIsReportedAndThePoolGoesOn) {
  WorkerPool pool(3);
  for (int failing = 0; failing < 3; ++failing) {
    EXPECT_THROW(pool.Run([&](int part) {
      if (part == failing) throw std::runtime_error("no");
    }),
                 std::runtime_error);
  }
  std::atomic<int> calls = 0;
  pool.Run([&](int) { ++calls; });
  EXPECT_EQ(calls, 3);
}

}  // namespace
}  // namespace fragua::driver
