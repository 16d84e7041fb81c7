#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fragua/model/onnx_reader.h"
#include "onnx_test_model.h"

namespace fragua::model {
namespace {

using ::testing::ElementsAre;

struct WindowCase {
  int extent, kernel, stride;
  std::vector<int64_t> pads;  // top, left, bottom, right
  bool ceil;
  std::string auto_pad;
  int out, before, after;
};

class OnnxWindow : public ::testing::TestWithParam<WindowCase> {};

std::string NameOf(const ::testing::TestParamInfo<WindowCase>& info) {
  const WindowCase& c = info.param;
  std::string name = "Extent" + std::to_string(c.extent);
  name += "Kernel" + std::to_string(c.kernel);
  name += "Stride" + std::to_string(c.stride);
  if (!c.pads.empty()) name += "Padded";
  if (c.ceil) name += "Ceil";
  for (const char letter : c.auto_pad) {
    if (letter != '_') name += letter;
  }
  return name;
}

TEST_P(OnnxWindow, BecomesNumbers) {
  const WindowCase& c = GetParam();
  OnnxTestModel model;
  model.Input("data", {1, 1, c.extent, c.extent}).Node("MaxPool", {"data"}, "y");
  model.List("kernel_shape", {c.kernel, c.kernel}).List("strides", {c.stride, c.stride});
  if (!c.pads.empty()) model.List("pads", c.pads);
  if (c.ceil) model.Int("ceil_mode", 1);
  if (!c.auto_pad.empty()) model.Text("auto_pad", c.auto_pad);
  const Graph graph = ReadOnnxBytes(model.Output("y").Bytes(), "test.onnx");
  EXPECT_THAT(graph.tensor(graph.outputs[0]).shape, ElementsAre(1, c.out, c.out, 1));
  const Padding padding = graph.ops[0].attributes.padding;
  EXPECT_EQ(padding, (Padding{c.before, c.before, c.after, c.after}))
      << padding.top << " " << padding.left << " " << padding.bottom << " " << padding.right;
}

INSTANTIATE_TEST_SUITE_P(
    Table, OnnxWindow,
    ::testing::Values(
        WindowCase{113, 3, 2, {}, true, "", 56, 0, 0},  // ceil mode that changes nothing
        WindowCase{56, 3, 2, {}, true, "", 28, 0, 1},   // one window more
        WindowCase{56, 3, 2, {}, false, "", 27, 0, 0},
        // Rounded up there are 4 windows, but the last would begin at 6 = 5 + leading padding.
        WindowCase{5, 2, 2, {1, 1, 1, 1}, true, "", 3, 1, 0},
        WindowCase{5, 2, 2, {1, 1, 1, 1}, false, "", 3, 1, 1},
        WindowCase{5, 1, 3, {}, true, "", 2, 0, 0},  // a third would begin at 6, beyond the map
        WindowCase{6, 3, 2, {}, false, "SAME_UPPER", 3, 0, 1},
        WindowCase{6, 3, 2, {}, false, "SAME_LOWER", 3, 1, 0},
        WindowCase{7, 3, 2, {}, false, "VALID", 3, 0, 0}),
    NameOf);

}  // namespace
}  // namespace fragua::model
