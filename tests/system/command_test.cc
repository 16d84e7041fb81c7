// The command as users meet it: what it prints, what it writes, and how it refuses bad input.

#include "../support/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "../support/reference_data.h"

namespace fragua::test {
namespace {

using ::testing::HasSubstr;

void Write(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

struct BadInput {
  std::string name;
  std::string arguments;  ///< @ stands for the scratch folder
  std::vector<std::string> says;
};

void PrintTo(const BadInput& bad, std::ostream* out) { *out << bad.name; }

class RefusesTest : public ::testing::TestWithParam<BadInput> {};

TEST_P(RefusesTest, WithExitCodeTwoAndAMessageAndNothingWritten) {
  const ScratchFolder scratch;
  Write(scratch / "truncated.tflite", std::string("\x1c\0\0\0TFL3\x14\0", 10));
  Write(scratch / "text.tflite", "this is not a model\n");
  Write(scratch / "corrupt.onnx", "\xff\xff\xff\xff not protobuf");
  Write(scratch / "picture.png", "\x89PNG\r\n\x1a\n broken");
  Write(scratch / "short.bin", "12345");
  std::string engine = ReadText(FRAGUA_SOURCE_DIR "/configs/engines/zybo-z7-10.yaml");
  Write(scratch / "unknown_key.yaml", engine + "colour: red\n");
  Write(scratch / "out_of_range.yaml", engine.replace(engine.find("lanes: 8"), 8, "lanes: 7"));
  Write(scratch / "small_window.yaml", [] {
    std::string board = ReadText(FRAGUA_SOURCE_DIR "/configs/boards/zybo.yaml");
    const size_t at = board.find("window_bytes: 0x04000000");
    return board.replace(at, 24, "window_bytes: 0x00010000");
  }());
  Write(scratch / "one_port.yaml", [] {
    std::string board = ReadText(FRAGUA_SOURCE_DIR "/configs/boards/zybo.yaml");
    return board.replace(board.find("ports: 4"), 8, "ports: 1");
  }());
  Write(scratch / "unknown_layer.yaml",
        "placement:\n  default: auto\n  layers: {nosuchlayer: fabric}\n");
  Write(scratch / "add_on_fabric.yaml",
        "placement:\n  default: auto\n  layers: {fire3/bypass: fabric}\n");
  const size_t files = scratch.files();

  std::string arguments = GetParam().arguments;
  for (size_t at; (at = arguments.find('@')) != std::string::npos;)
    arguments.replace(at, 1, scratch.path().string());
  const Outcome outcome = Fragua(arguments);
  EXPECT_EQ(outcome.exit_code, 2) << "fragua " << arguments << "\n" << outcome.out << outcome.err;
  for (const std::string& words : GetParam().says)
    EXPECT_THAT(outcome.err, HasSubstr(words)) << "fragua " << arguments;
  EXPECT_EQ(scratch.files(), files) << "something was left behind by fragua " << arguments;
}

const BadInput kBadInputs[] = {
    {"NoSubcommand", "", {"subcommand"}},
    {"UnknownOption", "run --fast", {"--fast"}},
    {"UnknownBackend", "run --backend gpu", {"backend"}},
    {"MissingModel", "run --model @/missing.tflite --json @/out.json", {"missing.tflite"}},
    {"TruncatedModel", "run --model @/truncated.tflite --output @/out.bin", {"truncated.tflite"}},
    {"NotAModel", "run --model @/text.tflite --output @/out.bin", {"text.tflite"}},
    {"CorruptOnnx",
     "quantize @/corrupt.onnx --calibration @ --output @/out.tflite",
     {"corrupt.onnx"}},
    {"UnknownNetwork", "run --model alexnet", {"alexnet", "squeezenet-1.1"}},
    {"WrongInputSize",
     "run --backend arm --size 32 --input @/short.bin --output @/out.bin",
     {"short.bin", "5", "3072"}},
    {"MissingInput",
     "run --backend arm --size 32 --input @/none.bin --output @/out.bin",
     {"none.bin"}},
    {"UnreadablePicture",
     "run --backend arm --size 32 --image @/picture.png --json @/out.json",
     {"picture.png"}},
    {"MissingPicture", "run --backend arm --size 32 --image @/none.png", {"none.png"}},
    {"UnknownYamlKey",
     "run --backend functional --size 32 --engine @/unknown_key.yaml",
     {"unknown_key.yaml", "colour"}},
    {"EngineOutOfRange",
     "run --backend functional --size 32 --engine @/out_of_range.yaml",
     {"out_of_range.yaml", "lanes", "7"}},
    {"UnknownEngine", "run --backend functional --size 32 --engine nosuch", {"nosuch", "zybo"}},
    {"UnknownLayerInPlacement",
     "run --backend functional --size 32 --placement @/unknown_layer.yaml",
     {"nosuchlayer"}},
    {"UnplaceableLayer",
     "run --backend functional --model squeezenet-1.0-bypass --size 64 --placement "
     "@/add_on_fabric.yaml --engine tiny",
     {"fire3/bypass"}},
    {"ModelTooLargeForWindow",
     "run --backend functional --size 224 --board @/small_window.yaml --json @/out.json",
     {"window"}},
    {"UnwritableOutput",
     "run --backend arm --size 32 --output @/no/such/folder/out.bin",
     {"out.bin"}},
    {"UnwritableOutputBesideAReport",
     "run --backend arm --size 32 --output @/no/such/folder/out.bin --json @/out.json",
     {"out.bin"}},
    {"UnwritableReport",
     "run --backend arm --size 32 --output @/out.bin --json @/no/such/folder/out.json",
     {"out.json"}},
    {"TraceWithoutRtl", "run --backend golden --size 32 --trace @/out.fst", {"--trace", "rtl"}},
    {"StallsWithoutRtl", "run --backend functional --size 32 --stalls 3", {"--stalls", "rtl"}},
    {"StallsWithoutRtlInCheck", "check --backend arm --size 32 --stalls 3", {"--stalls", "rtl"}},
    {"BatchWithoutEngines", "run --backend golden --size 32 --batch 2", {"--batch", "golden"}},
    {"NoPictures", "run --backend functional --size 32 --batch 0", {"--batch"}},
    {"MoreEnginesThanPorts",
     "run --backend functional --size 32 --engine zybo-z7-20 --board @/one_port.yaml",
     {"3 engines", "the board has 1"}},
    {"UnknownLayerInCheck",
     "check --backend functional --size 32 --layer nosuchlayer",
     {"nosuchlayer", "conv1"}},
    {"ThreadsOfOtherBackends",
     "run --backend functional --threads 2 --size 32 --output @/out.bin",
     {"--threads 2", "--backend arm"}},
    {"NoThreads", "run --backend arm --threads 0 --size 32", {"--threads"}},
    {"CalibrateWithoutOutput", "calibrate", {"--output"}},
    {"CalibrateOfAnUnknownBoard", "calibrate --board nosuch --output @/b.yaml", {"nosuch", "zybo"}},
    {"CalibrateToNowhere", "calibrate --output @/no/such/folder/b.yaml", {"b.yaml", "folder"}},
    {"NegativeRange", "run --backend arm --size 3", {"size"}},
};

INSTANTIATE_TEST_SUITE_P(Command, RefusesTest, ::testing::ValuesIn(kBadInputs),
                         [](const auto& each) { return each.param.name; });

TEST(CommandTest, RunsTheBuiltInNetworkOnEveryBackendWithTheSameBytes) {
  const ScratchFolder scratch;
  const std::string common = " --size 48 --classes 24 --quiet ";
  std::string expected;
  for (const std::string backend : {"golden", "arm", "functional"}) {
    const std::string path = (scratch / (backend + ".bin")).string();
    const Outcome outcome = Fragua("run --backend " + backend + common + "--output " + path);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("labels mean nothing"));
    const std::string bytes = ReadText(path);
    EXPECT_EQ(bytes.size(), 24U);
    if (expected.empty()) expected = bytes;
    EXPECT_EQ(bytes, expected) << backend;
  }
}

TEST(CommandTest, ThreadsDoNotChangeTheBytes) {
  const ScratchFolder scratch;
  std::string expected;
  for (const std::string threads : {"1", "2", "3"}) {
    const std::string path = (scratch / threads).string();
    const Outcome outcome = Fragua("run --backend arm --size 48 --classes 24 --quiet --threads " +
                                   threads + " --output " + path);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr(threads + " thread(s)"));
    if (expected.empty()) expected = ReadText(path);
    EXPECT_EQ(ReadText(path), expected) << threads;
  }
}

/// How many lines of `after` say that they were measured; every other line is that of `before`.
int MeasuredLines(const std::string& before, const std::string& after) {
  std::istringstream old_lines(before), new_lines(after);
  std::string line, found;
  do std::getline(new_lines, found);
  while (found.starts_with("# Where") || found.starts_with("# that wrote"));
  int measured = 0;
  while (std::getline(old_lines, line)) {
    if (found != line) {
      EXPECT_THAT(found, HasSubstr("measured by fragua calibrate"));
      EXPECT_EQ(found.substr(0, found.find(':')), line.substr(0, line.find(':')));
      ++measured;
    }
    std::getline(new_lines, found);
  }
  EXPECT_TRUE(new_lines.eof());
  return measured;
}

TEST(CommandTest, CalibrateWritesABoardThatLoadsAndKeepsTheRest) {
  const ScratchFolder scratch;
  const std::string board = ReadText(FRAGUA_SOURCE_DIR "/configs/boards/zybo.yaml");
  const std::string once = (scratch / "once.yaml").string();
  const std::string twice = (scratch / "twice.yaml").string();
  const std::string device = (scratch / "device.yaml").string();
  struct {
    std::string from, options, to;
    int measured;  // nine kernels and the copy; four figures of a device
  } const cases[] = {
      {"zybo", "", once, 10}, {once, "", twice, 10}, {"zybo", "--backend functional ", device, 14}};
  for (const auto& each : cases) {
    const Outcome outcome = Fragua("calibrate --seconds 0.001 --quiet " + each.options +
                                   "--board " + each.from + " --output " + each.to);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("processor.kernels.conv.cycles_per_instruction"));
    EXPECT_EQ(MeasuredLines(board, ReadText(each.to)), each.measured);
    const Outcome inspect = Fragua("inspect squeezenet-1.1 --size 32 --board " + each.to);
    EXPECT_EQ(inspect.exit_code, 0) << inspect.err;
  }
  EXPECT_EQ(scratch.files(), 3u);
}

TEST(CommandTest, WritesTheReportAsJson) {
  const ScratchFolder scratch;
  const std::string path = (scratch / "report.json").string();
  const Outcome outcome =
      Fragua("run --backend functional --size 48 --classes 24 --quiet --json " + path);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  const auto report = nlohmann::json::parse(ReadText(path));
  EXPECT_EQ(report.at("board"), "zybo");
  EXPECT_EQ(report.at("engine"), "zybo-z7-10");
  EXPECT_GT(report.at("total_cycles"), 0);
  EXPECT_GT(report.at("total_ms"), 0.0);
  EXPECT_EQ(report.at("top5").size(), 5U);
  int64_t cycles = 0;
  for (const auto& layer : report.at("layers")) {
    for (const char* key :
         {"name", "op", "place", "cycles", "ms", "macs", "utilisation", "ddr_read_bytes",
          "ddr_write_bytes", "ddr_compulsory_bytes", "stalls", "match"}) {
      EXPECT_TRUE(layer.contains(key)) << key;
    }
    EXPECT_EQ(layer.at("match"), true) << layer.at("name");
    cycles += layer.at("cycles").get<int64_t>();
  }
  EXPECT_LE(cycles, report.at("total_cycles").get<int64_t>());
  EXPECT_GE(cycles, report.at("total_cycles").get<int64_t>() / 2);
}

TEST(CommandTest, InspectSaysWhereEachLayerWouldGoAndWhy) {
  const Outcome outcome = Fragua("inspect squeezenet-1.1");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("fire2/squeeze1x1"));
  EXPECT_THAT(outcome.out, HasSubstr("fabric"));
  EXPECT_THAT(outcome.out, HasSubstr("349.15 MMAC"));
}

TEST(CommandTest, CheckRunsOneLayerOnItsOwn) {
  const Outcome outcome =
      Fragua("check --backend functional --size 48 --classes 24 --layer 'fire3/*' --quiet");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("fire3/expand3x3"));
  EXPECT_THAT(outcome.out, ::testing::Not(HasSubstr("fire2/")));
}

TEST(CommandTest, ReproducesTheVectorsOfOtherPeoplesModels) {
  FRAGUA_SKIP_WITHOUT_REFERENCE_DATA();
  for (const std::string name : {"vww_96_int8", "person_detect", "pretrainedResnet_quant"}) {
    const auto folder = ReferenceData() / "tflite" / name;
    for (const std::string backend : {"golden", "arm"}) {
      const ScratchFolder scratch;
      const std::string path = (scratch / "out.bin").string();
      const Outcome outcome = Fragua("run --quiet --backend " + backend + " --model " +
                                     (folder / "model.tflite").string() + " --input " +
                                     (folder / "inputs_int8.bin").string() + " --output " + path);
      ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
      EXPECT_EQ(ReadText(path), ReadText(folder / "outputs_int8.bin")) << name << " on " << backend;
    }
  }
}

}  // namespace
}  // namespace fragua::test
