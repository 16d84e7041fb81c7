#include "fragua/driver/engine_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

using testing::HasSubstr;

constexpr char kGood[] = R"(name: test
part: xc7z010
array: {pc: 4, pk: 8}
lanes: 4
acc_bits: 25
activation_words: 1000
squeeze_words: 500
weight_words: 128
pool_words: 100
store_fifo_words: 64
queue_commands: 2
read_outstanding: 3
clock_mhz: 125
)";

class EngineConfigTest : public testing::Test {
 protected:
  EngineConfigTest()
      : path_(std::filesystem::temp_directory_path() /
              ("fragua_engine_" + std::to_string(getpid()) + ".yaml")) {}
  ~EngineConfigTest() override { std::filesystem::remove(path_); }

  EngineConfig Load(const std::string& text) {
    std::ofstream(path_) << text;
    return LoadEngineConfig(path_.string());
  }
  /// Loads the good text with one piece replaced and returns the complaint.
  std::string Complaint(const std::string& from, const std::string& to) {
    std::string text = kGood;
    text.replace(text.find(from), from.size(), to);
    try {
      Load(text);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      EXPECT_THAT(error.what(), HasSubstr(path_.string()));
      return error.what();
    }
    return "accepted";
  }

  std::filesystem::path path_;
};

TEST_F(EngineConfigTest, ReadsEveryField) {
  const EngineConfig config = Load(kGood);
  EXPECT_EQ(config.name, "test");
  EXPECT_EQ(config.part, "xc7z010");
  EXPECT_EQ(config.pc, 4);
  EXPECT_EQ(config.pk, 8);
  EXPECT_EQ(config.lanes, 4);
  EXPECT_EQ(config.acc_bits, 25);
  EXPECT_EQ(config.activation_words, 1000);
  EXPECT_EQ(config.squeeze_words, 500);
  EXPECT_EQ(config.weight_words, 128);
  EXPECT_EQ(config.pool_words, 100);
  EXPECT_EQ(config.store_fifo_words, 64);
  EXPECT_EQ(config.queue_commands, 2);
  EXPECT_EQ(config.read_outstanding, 3);
  EXPECT_EQ(config.clock_mhz, 125.0);
  EXPECT_EQ(config.engines, 1) << "the key may be missing";
  EXPECT_EQ(Load(std::string(kGood) + "engines: 3\n").engines, 3);
}

TEST_F(EngineConfigTest, TheBoardsConfigurationIsTheDefault) {
  EXPECT_EQ(LoadEngineConfig(FRAGUA_SOURCE_DIR "/configs/engines/zybo-z7-10.yaml"), EngineConfig{});
}

TEST_F(EngineConfigTest, EveryConfigurationInTheProjectIsValid) {
  for (const auto& entry :
       std::filesystem::directory_iterator(FRAGUA_SOURCE_DIR "/configs/engines")) {
    EXPECT_EQ(LoadEngineConfig(entry.path().string()).name, entry.path().stem().string());
  }
}

TEST_F(EngineConfigTest, RefusesWhatNoEngineHas) {
  EXPECT_THAT(Complaint("pc: 4", "pc: 16"), HasSubstr("array.pc"));
  EXPECT_THAT(Complaint("pc: 4", "pc: 3"), HasSubstr("a power of two in 2..8"));
  EXPECT_THAT(Complaint("pk: 8", "pk: 24"), HasSubstr("array.pk"));
  EXPECT_THAT(Complaint("lanes: 4", "lanes: 3"), HasSubstr("lanes is 3"));
  EXPECT_THAT(Complaint("acc_bits: 25", "acc_bits: 33"), HasSubstr("acc_bits"));
  EXPECT_THAT(Complaint("weight_words: 128", "weight_words: 100"),
              HasSubstr("weight_words is 100, but must be a power of two"));
  EXPECT_THAT(Complaint("activation_words: 1000", "activation_words: 70000"),
              HasSubstr("activation_words"));
  EXPECT_THAT(Complaint("clock_mhz: 125", "clock_mhz: 0"), HasSubstr("clock_mhz"));
  EXPECT_THAT(Complaint("clock_mhz: 125", "clock_mhz: 125\nengines: 5"), HasSubstr("engines"));
  EngineConfig config;
  config.engines = 0;
  EXPECT_THROW(ValidateEngineConfig(config, "test"), Error);
}

TEST_F(EngineConfigTest, RefusesUnknownAndMissingKeys) {
  EXPECT_THAT(Complaint("lanes: 4", "lanes: 4\nlames: 4"), HasSubstr("lames"));
  EXPECT_THAT(Complaint("{pc: 4, pk: 8}", "{pc: 4, pk: 8, pz: 1}"), HasSubstr("pz"));
  EXPECT_THAT(Complaint("pool_words: 100\n", ""), HasSubstr("pool_words"));
  EXPECT_THAT(Complaint("lanes: 4", "lanes: four"), HasSubstr("lanes"));
}

}  // namespace
}  // namespace fragua::driver
