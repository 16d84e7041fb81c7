#pragma once
// A small network on the functional engine, behind a port that tests can tamper with.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fragua/driver/compiler.h"
#include "fragua/driver/runtime.h"
#include "fragua/golden/executor.h"
#include "fragua/model/error.h"
#include "fragua/sim/functional_port.h"
#include "net_builder.h"
#include "tampered_port.h"

namespace fragua::test {

class RuntimeTest : public testing::Test {
 protected:
  RuntimeTest() : net_(51), port_(options_.engine, driver::BoardConfig{}), device_(port_) {
    int x = net_.Conv(net_.Input(14, 14, 3), Square(24, 3, 2, 1), "conv1");
    x = net_.Fire(x, 16, 24, 24, "fire2");
    net_.Output(net_.Mean(net_.Conv(x, Square(20, 1), "conv10")));
    plan_ = driver::Compile(net_.graph(), driver::PlaceAllOnFabric(net_.graph(), options_.engine),
                            options_);
  }

  driver::RunReport RunOnce(driver::Runtime& runtime) {
    const auto inputs = net_.RandomInputs();
    const golden::Values expected = golden::Run(net_.graph(), inputs);
    driver::TensorStore store(net_.graph());
    store.Set(net_.graph().inputs[0], inputs[0]);
    const driver::RunReport report = runtime.Run(store);
    const int output = net_.graph().outputs[0];
    const auto got = store.Bytes(output);
    EXPECT_EQ(std::vector<uint8_t>(got.begin(), got.end()), expected[static_cast<size_t>(output)]);
    return report;
  }

  /// The message of the Error of this kind that the runtime's construction throws.
  std::string OpenError(ErrorKind kind) {
    try {
      driver::Runtime runtime(net_.graph(), plan_, device_);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind);
      return error.what();
    }
    ADD_FAILURE() << "opened";
    return "";
  }

  NetBuilder net_;
  driver::CompileOptions options_;
  sim::FunctionalPort port_;
  TamperedPort device_;
  driver::Plan plan_;
};

}  // namespace fragua::test
