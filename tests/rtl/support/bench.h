#pragma once
// What every block bench needs: a clock, reset, a seed that can be given back, a cycle limit.

#include <gtest/gtest.h>
#include <verilated.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>

#include "platform/rtl_coverage.h"

namespace fragua::rtltest {

/// The seed of this test: FRAGUA_SEED from the environment, else `fallback`. Shown with every
/// failure.
inline uint32_t Seed(uint32_t fallback) {
  const char* text = std::getenv("FRAGUA_SEED");
  const uint32_t seed =
      text == nullptr ? fallback : static_cast<uint32_t>(std::strtoul(text, nullptr, 0));
  ::testing::Test::RecordProperty("seed", std::to_string(seed));
  return seed;
}

/// What the state of a Verilated module starts from: `seed` and the name of the test (FNV-1a), so a
/// test alone starts as it does among others. Never 0, which Verilator takes for "choose one".
inline uint32_t StateSeed(uint32_t seed) {
  uint32_t hash = 2166136261u ^ seed;
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  for (const char c : std::string(test == nullptr ? "" : test->name())) {
    hash = (hash ^ static_cast<uint8_t>(c)) * 16777619u;
  }
  return (hash & 0x7fffffffu) | 1u;
}

/// Random numbers for stalls and data.
class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  /// True in `percent` of the calls.
  bool Chance(int percent) { return static_cast<int>(engine_() % 100) < percent; }
  /// low..high, both included.
  uint32_t Range(uint32_t low, uint32_t high) {
    return low + static_cast<uint32_t>(engine_() % (uint64_t{high} - low + 1));
  }
  uint32_t Half() { return static_cast<uint32_t>(Word()); }
  uint64_t Word() { return (uint64_t{engine_()} << 32) | engine_(); }

 private:
  std::mt19937 engine_;
};

/// A Verilated module with clk_i and rst_ni. Inputs set between Settle() and Tick() belong to that
/// cycle.
template <typename Model>
class Bench {
 public:
  Bench() : context_(std::make_unique<VerilatedContext>()) {
    // Registers and memories start with noise, another for every test and every FRAGUA_SEED.
    context_->randReset(2);
    context_->randSeed(static_cast<int>(StateSeed(Seed(kStateSeed))));
    sim::ChooseRtlState(*context_);
    model_ = std::make_unique<Model>(context_.get());
    model_->clk_i = 0;
    model_->rst_ni = 0;
  }
  ~Bench() {
    model_->final();
    sim::WriteRtlCoverage(*context_);
    if (::testing::Test::HasFailure()) {
      const char* seed = std::getenv("FRAGUA_SEED");
      std::cerr << "the registers started from what "
                << (seed == nullptr ? "no FRAGUA_SEED" : std::string("FRAGUA_SEED=") + seed)
                << " gives\n";
    }
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  Model& operator*() { return *model_; }
  Model* operator->() { return model_.get(); }

  /// Combinational outputs follow the inputs.
  void Settle() { model_->eval(); }
  /// One rising edge; throws when `cycle_limit` is passed: a hang is a failure.
  void Tick() {
    if (++cycle_ > cycle_limit) {
      throw std::runtime_error("bench: no end after " + std::to_string(cycle_limit) + " cycles");
    }
    model_->clk_i = 0;
    model_->eval();
    model_->clk_i = 1;
    model_->eval();
    model_->clk_i = 0;
  }
  void Reset(int cycles = 3) {
    model_->rst_ni = 0;
    for (int i = 0; i < cycles; ++i) Tick();
    if (!started_) sim::ForgetRtlCoverage(*context_);
    started_ = true;
    model_->rst_ni = 1;
    Settle();
  }
  uint64_t cycle() const { return cycle_; }

  uint64_t cycle_limit = 1000000;

 private:
  static constexpr uint32_t kStateSeed = 1;

  std::unique_ptr<VerilatedContext> context_;
  std::unique_ptr<Model> model_;
  uint64_t cycle_ = 0;
  bool started_ = false;
};

}  // namespace fragua::rtltest
