#pragma once
// What came out of the compute unit against what the reference says.

#include <algorithm>
#include <string>
#include <vector>

#include "support/compute_bench.h"
#include "support/compute_reference.h"

namespace fragua::rtltest {

inline void CompareWords(const char* stage, const std::vector<uint64_t>& expected,
                         const std::vector<uint64_t>& got, const std::string& where) {
  EXPECT_EQ(expected.size(), got.size()) << where << ", " << stage << ": number of words";
  for (size_t i = 0; i < std::min(expected.size(), got.size()); ++i) {
    ASSERT_EQ(expected[i], got[i])
        << where << ", " << stage << ": word " << i << " of " << expected.size();
  }
}

// All counters belong to one cycle: the one in which the last result left.
inline void CheckStamp(const ComputeBench& bench, const regs::Command& command, size_t at,
                       const std::string& where) {
  const auto Word = [&](size_t i) {
    return static_cast<uint32_t>(bench.stream[at + i / 2] >> (32 * (i % 2)));
  };
  EXPECT_EQ(Word(0), static_cast<uint32_t>(command.Get(regs::header::kTag))) << where;
  EXPECT_EQ(Word(15), regs::stamp::kMagicValue) << where;
  const uint64_t cycle = (Word(1) - 1) / 16;
  for (uint32_t i = 1; i < 15; ++i) {
    ASSERT_EQ(Word(i), ComputeBench::CounterWord(cycle, i)) << where << " word " << i;
  }
  EXPECT_LT(cycle, bench.stream_cycles[at]) << where;
  if (command.Get(compute::kDstSelect) == 2 && command.Get(compute::kPoolMode) == 0) {
    EXPECT_EQ(cycle, bench.stream_cycles[at - 1]) << where;
  }
}

/// Results and stamp records in the store stream, in the order of the commands.
inline void CompareStream(const ComputeBench& bench, const ComputeReference& reference,
                          const std::vector<regs::Command>& sent, const std::string& where) {
  size_t at = 0;
  size_t done = 0;
  for (size_t i = 0; i < sent.size(); ++i) {
    for (; done < reference.stream_at_end[i]; ++done, ++at) {
      ASSERT_LT(at, bench.stream.size()) << where << ": the stream ends early, command " << i;
      ASSERT_EQ(bench.stream[at], reference.stream[done])
          << where << ": stream word " << at << ", command " << i;
    }
    if ((sent[i].Get(regs::header::kFlags) & compute::kFlagStamp) == 0) continue;
    ASSERT_LE(at + 8, bench.stream.size()) << where << ": no stamp behind command " << i;
    CheckStamp(bench, sent[i], at, where + ": stamp of command " + std::to_string(i));
    at += 8;
  }
  EXPECT_EQ(at, bench.stream.size()) << where << ": words behind the last command";
}

}  // namespace fragua::rtltest
