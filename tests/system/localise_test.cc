// `check --localise` on engines with a mistake each (mutants/), and on the good one.
//
// The network is made so that every mistake shows in exactly one known place: all activations are
// zero but one, and each output channel of the second layer has one weight.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "../support/command.h"
#include "../support/fst_signals.h"
#include "fragua/model/file.h"
#include "fragua/model/graph.h"
#include "fragua/model/tflite_writer.h"

namespace fragua::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kHeight = 6, kWidth = 7, kChannels = 8, kOutputs = 16;
// The one activation that is not zero: 10 at the input, 5 behind the first layer.
constexpr int kRow = 2, kColumn = 0, kChannel = 2;

model::Tensor Map(const std::string& name, int height, int width, int channels) {
  model::Tensor tensor;
  tensor.name = name;
  tensor.type = model::DataType::kInt8;
  tensor.shape = {1, height, width, channels};
  tensor.quant = {{1.0F}, {0}, 0};
  return tensor;
}

/// A convolution whose factor is `scale` and whose weights are zero so far.
model::Op AddConvolution(model::Graph& graph, const std::string& name, int input, int output,
                         int kernel, float scale) {
  const int channels = graph.tensor(input).shape[3];
  const int outputs = graph.tensor(output).shape[3];
  model::Tensor weights = Map(name + "/weights", kernel, kernel, channels);
  weights.shape[0] = outputs;
  weights.data.resize(static_cast<size_t>(weights.elements()));
  weights.quant = {std::vector<float>(static_cast<size_t>(outputs), scale),
                   std::vector<int32_t>(static_cast<size_t>(outputs)), 0};
  model::Tensor bias;
  bias.name = name + "/bias";
  bias.type = model::DataType::kInt32;
  bias.shape = {outputs};
  bias.data.resize(static_cast<size_t>(outputs) * 4);
  bias.quant = weights.quant;
  model::Op op;
  op.type = model::OpType::kConv2d;
  op.name = name;
  op.inputs = {input, static_cast<int>(graph.tensors.size()),
               static_cast<int>(graph.tensors.size()) + 1};
  op.outputs = {output};
  op.attributes.padding = {kernel / 2, kernel / 2, kernel / 2, kernel / 2};
  graph.tensors.push_back(weights);
  graph.tensors.push_back(bias);
  return op;
}

void SetWeight(model::Graph& graph, const model::Op& op, int output, int ky, int kx, int value) {
  model::Tensor& weights = graph.tensor(op.inputs[1]);
  const int kernel = weights.shape[1];
  weights.data[static_cast<size_t>(((output * kernel + ky) * kernel + kx) * weights.shape[3] +
                                   kChannel)] = static_cast<uint8_t>(static_cast<int8_t>(value));
}

/// `first` halves every channel. Of `second`, channel 4 is minus and channel 5 plus the activation
/// under the window's middle (the two share a multiplier), and channel 9 the one below to the
/// right; results are a quarter of that. Then a pool.
void WriteNetwork(const ScratchFolder& folder) {
  model::Graph graph;
  graph.name = "localise";
  graph.tensors = {
      Map("input", kHeight, kWidth, kChannels), Map("first", kHeight, kWidth, kChannels),
      Map("second", kHeight, kWidth, kOutputs), Map("pool", kHeight / 2, kWidth / 2, kOutputs)};
  model::Op first = AddConvolution(graph, "first", 0, 1, 1, 0.5F);
  SetWeight(graph, first, kChannel, 0, 0, 1);
  model::Op second = AddConvolution(graph, "second", 1, 2, 3, 0.25F);
  SetWeight(graph, second, 4, 1, 1, -1);
  SetWeight(graph, second, 5, 1, 1, 1);
  SetWeight(graph, second, 9, 2, 2, 1);
  model::Op pool;
  pool.type = model::OpType::kMaxPool2d;
  pool.name = "pool";
  pool.inputs = {2};
  pool.outputs = {3};
  pool.attributes.filter_h = pool.attributes.filter_w = 2;
  pool.attributes.stride_h = pool.attributes.stride_w = 2;
  graph.ops = {first, second, pool};
  graph.inputs = {0};
  graph.outputs = {3};
  model::Validate(graph);
  model::WriteTflite(graph, (folder / "net.tflite").string());
  std::vector<uint8_t> input(kHeight * kWidth * kChannels);
  input[(kRow * kWidth + kColumn) * kChannels + kChannel] = 10;
  model::WriteFileAtomically((folder / "input.bin").string(), input);
}

std::string EngineOf(const std::string& mutant) {
  return mutant.empty() ? "tiny" : FRAGUA_MUTANTS "/tiny-" + mutant + "/tiny-" + mutant + ".yaml";
}

Outcome Localise(const ScratchFolder& folder, const std::string& mutant,
                 const std::string& more = "") {
  return Fragua("check --localise --quiet --engine '" + EngineOf(mutant) + "' --model '" +
                (folder / "net.tflite").string() + "' --input '" + (folder / "input.bin").string() +
                "' " + more);
}

std::string Replaced(std::string text, const std::string& what, const std::string& by) {
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what << " is not in " << text;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

/// Every signal that the save file shows is in the waveform.
void ExpectShown(const std::filesystem::path& folder) {
  const std::set<std::string> known = SignalsOf(folder / "window.fst");
  std::istringstream lines(ReadText(folder / "window.gtkw"));
  int shown = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("TOP.")) continue;
    ++shown;
    EXPECT_TRUE(known.contains(line)) << line << " is not among " << known.size() << " signals";
  }
  EXPECT_GT(shown, 5);
}

struct MutantCase {
  const char* mutant;
  const char* layer;
  const char* element;
  const char* step;  ///< empty = the cause is no matter of steps
  const char* cause;
  std::vector<const char*> says;
};

class LocaliseMutantTest : public testing::TestWithParam<MutantCase> {};

TEST_P(LocaliseMutantTest, NamesPlaceAndCauseAndItsReproducerShowsItAgain) {
  const MutantCase& each = GetParam();
  const ScratchFolder folder;
  WriteNetwork(folder);
  const std::string made = (folder / "repro").string();
  const Outcome outcome = Localise(folder, each.mutant, "--reproducer '" + made + "'");
  ASSERT_EQ(outcome.exit_code, 1) << outcome.out << outcome.err;
  SCOPED_TRACE(outcome.out);
  EXPECT_THAT(outcome.out, HasSubstr(std::string("layer      ") + each.layer + " ("));
  EXPECT_THAT(outcome.out, HasSubstr(each.element));
  EXPECT_THAT(outcome.out, HasSubstr(std::string("cause      ") + each.cause + "\n"));
  if (*each.step != '\0') {
    EXPECT_THAT(outcome.out, HasSubstr(std::string("step       ") + each.step));
  }
  for (const char* text : each.says) EXPECT_THAT(outcome.out, HasSubstr(text));
  EXPECT_TRUE(
      std::regex_search(outcome.out, std::regex("\ntile       command [0-9]+: rows 0\\.\\.")));
  EXPECT_TRUE(std::regex_search(outcome.out, std::regex("\ncycle      [1-9][0-9]*: ")));

  // The folder: the command shows the same cause on the mutant, and nothing on the good engine.
  const std::string line = ReadText(folder / "repro" / "command.txt");
  ASSERT_EQ(line.rfind("fragua check --localise ", 0), 0U) << line;
  const std::string arguments = line.substr(7, line.size() - 8);
  const Outcome again = Fragua(arguments + " --quiet");
  EXPECT_EQ(again.exit_code, 1) << again.out << again.err;
  EXPECT_THAT(again.out, HasSubstr(std::string("cause      ") + each.cause + "\n"));
  const Outcome good = Fragua(Replaced(arguments, EngineOf(each.mutant), "tiny") + " --quiet");
  EXPECT_EQ(good.exit_code, 0) << good.out << good.err;
  EXPECT_THAT(good.out, HasSubstr("nothing to localise"));
  EXPECT_LT(std::filesystem::file_size(folder / "repro" / "input.bin"),
            std::filesystem::file_size(folder / "input.bin"));
  EXPECT_GT(std::filesystem::file_size(folder / "repro" / "window.fst"), 0U);
  EXPECT_THAT(ReadText(folder / "repro" / "window.gtkw"), HasSubstr("[dumpfile] \"window.fst\""));
  EXPECT_FALSE(std::filesystem::exists(folder / "repro" / "window.partial.fst"));
  ExpectShown(folder / "repro");
}

// Where each shows, by hand. An array step is four input channels of a tap, so a tap of eight
// channels is two steps: tap (ky, kx) begins with step 6*ky + 2*kx of 18.
INSTANTIATE_TEST_SUITE_P(
    Mutants, LocaliseMutantTest,
    testing::Values(
        // Right of row 1 lies row 2, whose first pixel is the 5. The window of row 0, column 6
        // has two taps beside the map and not above it, (1, 2) and (2, 2).
        MutantCase{"padding",
                   "second",
                   "row 0, column 6, channel 9: expected 0, got 2",
                   "10 of 18: kernel 1,2",
                   "activation read: padding",
                   {"where the specification reads the padding"}},
        // Channel 4's product is -5, so channel 5 must get its carry in the middle tap: 5, not 4.
        MutantCase{"carry",
                   "second",
                   "row 2, column 0, channel 5: expected 2, got 1",
                   "8 of 18: kernel 1,1",
                   "product or accumulation",
                   {"the accumulator becomes 4 instead of 5"}},
        // -5 * 2^30 / 2^31 is -2 (ties up), half of it -1; cut after the correction for negative
        // values it is -2. The first layer has no second rounding.
        MutantCase{"rounding",
                   "second",
                   "row 2, column 0, channel 4: expected -1, got -2",
                   "",
                   "bias or requantisation",
                   {"the accumulator and the parameters agree with the golden model",
                    "spec  accumulator -5, bias 0, multiplier 1073741824, shift 1",
                    "rtl   accumulator -5, bias 0, multiplier 1073741824, shift 1",
                    "zero point 0, limits -128..127: expected -1, got -2"}},
        // Row 2 of the pool's window has the 2, row 3 nothing.
        MutantCase{"pool",
                   "pool",
                   "row 1, column 0, channel 5: expected 2, got 0",
                   "",
                   "pool or sum stage",
                   {"the requantised words are right"}}),
    [](const auto& each) { return std::string(each.param.mutant); });

TEST(LocaliseTest, AResultBelowItsRowIsInAWrongPlace) {
  const ScratchFolder folder;
  const Outcome outcome = Fragua("check --localise --quiet --size 48 --classes 8 --engine '" +
                                 EngineOf("placement") + "'");
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  // The second K-block's first row is the first that is not where it should be.
  EXPECT_THAT(outcome.out, HasSubstr("'pool1' row 0, column 0, channel 8: "));
  EXPECT_THAT(outcome.out, HasSubstr("cause      result placed wrong\n"));
  EXPECT_THAT(outcome.out,
              HasSubstr("the result is right, but the word went to activation buffer"));
}

TEST(LocaliseTest, TheGoodEngineHasNothingToLocalise) {
  const ScratchFolder folder;
  WriteNetwork(folder);
  const Outcome outcome =
      Localise(folder, "", "--reproducer '" + (folder / "repro").string() + "'");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("3 of 3 layers match the golden model byte for byte"));
  EXPECT_TRUE(std::filesystem::is_empty(folder / "repro"));
}

TEST(LocaliseTest, AChosenLayerIsLookedAtAlone) {
  const ScratchFolder folder;
  WriteNetwork(folder);
  EXPECT_EQ(Localise(folder, "rounding", "--layer first").exit_code, 0);
  const Outcome outcome = Localise(folder, "rounding", "--layer second");
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("row 2, column 0, channel 4: expected -1, got -2"));
  EXPECT_THAT(outcome.out, HasSubstr("give --reproducer FOLDER"));
}

TEST(LocaliseTest, StallsChangeTheCycleAndNotTheFinding) {
  const ScratchFolder folder;
  WriteNetwork(folder);
  const std::regex cycle("\ncycle      ([0-9]+):");
  std::smatch plain, stalled;
  const Outcome without = Localise(folder, "carry");
  const Outcome with = Localise(folder, "carry", "--stalls 5");
  ASSERT_TRUE(std::regex_search(without.out, plain, cycle)) << without.out;
  ASSERT_TRUE(std::regex_search(with.out, stalled, cycle)) << with.out;
  EXPECT_NE(plain[1], stalled[1]);
  EXPECT_THAT(with.out, HasSubstr("8 of 18: kernel 1,1"));
}

TEST(LocaliseTest, WhatCannotBeLookedIntoIsRefused) {
  const ScratchFolder folder;
  WriteNetwork(folder);
  for (const char* backend : {"functional", "arm", "linux"}) {
    const Outcome outcome = Localise(folder, "", std::string("--backend ") + backend);
    EXPECT_EQ(outcome.exit_code, 2) << backend;
    EXPECT_THAT(outcome.err, HasSubstr("--localise needs --backend rtl"));
  }
  const Outcome traced = Localise(folder, "", "--trace '" + (folder / "wave.fst").string() + "'");
  EXPECT_EQ(traced.exit_code, 2);
  EXPECT_THAT(traced.err, HasSubstr("leave --trace out"));
  const Outcome alone = Fragua("check --reproducer somewhere");
  EXPECT_EQ(alone.exit_code, 2);
  EXPECT_THAT(alone.err, HasSubstr("--localise"));
  const Outcome file =
      Localise(folder, "", "--reproducer '" + (folder / "input.bin").string() + "'");
  EXPECT_EQ(file.exit_code, 2);
  EXPECT_THAT(file.err, HasSubstr("cannot be made a folder"));
}

}  // namespace
}  // namespace fragua::test
