#pragma once
// A small network through the Linux port on a fake board.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "fake_board.h"
#include "fragua/driver/compiler.h"
#include "fragua/driver/runtime.h"
#include "fragua/driver_linux/linux_port.h"
#include "fragua/golden/executor.h"
#include "fragua/model/error.h"
#include "net_builder.h"

namespace fragua::test {

class LinuxPortTest : public testing::Test {
 protected:
  LinuxPortTest() : net_(71), board_(compile_.engine) {
    int x = net_.Conv(net_.Input(14, 14, 3), Square(24, 3, 2, 1), "conv1");
    x = net_.Fire(x, 16, 24, 24, "fire2");
    net_.Output(net_.Mean(net_.Conv(x, Square(20, 1), "conv10")));
    plan_ = driver::Compile(net_.graph(), driver::PlaceAllOnFabric(net_.graph(), compile_.engine),
                            compile_);
    options_.engine = compile_.engine;
    options_.heap_bytes = FakeBoard::kBytes;
  }

  std::unique_ptr<driver::LinuxPort> Open() { return driver::LinuxPort::Open(board_, options_); }

  /// Runs one inference and compares it with the golden model.
  driver::RunReport RunOnce(driver::DevicePort& port, const driver::RuntimeOptions& options = {}) {
    driver::Runtime runtime(net_.graph(), plan_, port, options);
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

  /// The message of the device error that opening ends in; nothing stays open or mapped.
  std::string OpenError() {
    try {
      Open();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kDevice);
      EXPECT_EQ(board_.open_files(), 0);
      EXPECT_EQ(board_.mappings, 0);
      return error.what();
    }
    ADD_FAILURE() << "opened";
    return "";
  }

  NetBuilder net_;
  driver::CompileOptions compile_;
  driver::Plan plan_;
  FakeBoard board_;
  driver::LinuxPortOptions options_;
};

}  // namespace fragua::test
