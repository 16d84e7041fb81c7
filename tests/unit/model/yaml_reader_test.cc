#include "fragua/model/yaml_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "test_graphs.h"

namespace fragua::model {
namespace {

using ::testing::HasSubstr;

constexpr char kText[] =
    "name: zybo\n"
    "array: {pc: 8, pk: 0x10}\n"
    "clock_mhz: 133.5\n"
    "on: true\n"
    "steps:\n"
    "  - 3\n"
    "  - -4\n";

TEST(YamlReader, ReadsValuesOfEveryKind) {
  const YamlNode root = ParseYaml(kText, "a.yaml");
  EXPECT_EQ(root.GetText("name"), "zybo");
  EXPECT_EQ(root.Get("array").GetInt("pc", 1, 8), 8);
  EXPECT_EQ(root.Get("array").GetInt<uint32_t>("pk", 1, 16), 16u);
  EXPECT_DOUBLE_EQ(root.GetNumber("clock_mhz", 1, 1000), 133.5);
  EXPECT_TRUE(root.GetBoolOr("on", false));
  EXPECT_EQ(root.Get("steps").Items(2, 2)[1].AsInt(-4, 0), -4);
  EXPECT_EQ(root.GetIntOr("absent", 7, 0, 9), 7);
  EXPECT_EQ(root.GetTextOr("absent2", "x"), "x");
  EXPECT_EQ(root.GetChoice("name", {"arty", "zybo"}), 1u);
  EXPECT_NO_THROW(root.RejectUnknownKeys());
  EXPECT_NO_THROW(root.Get("array").RejectUnknownKeys());
}

TEST(YamlReader, NamesFileLineColumnAndField) {
  const YamlNode root = ParseYaml(kText, "a.yaml");
  const std::string text = ErrorOf([&] { root.Get("array").GetInt("pk", 1, 8); });
  EXPECT_THAT(text, HasSubstr("a.yaml:2:20: array.pk: found 0x10"));
  EXPECT_THAT(text, HasSubstr("from 1 to 8"));
  EXPECT_THAT(ErrorOf([&] { root.Get("steps").Items()[1].AsInt(0, 9); }),
              HasSubstr("a.yaml:7:5: steps[1]: found -4"));
}

TEST(YamlReader, RejectsUnknownKeys) {
  const YamlNode root = ParseYaml("a: 1\nb: 2\nclok: 3\n", "a.yaml");
  root.GetInt("a", 0, 9);
  root.GetIntOr("b", 0, 0, 9);
  root.GetIntOr("clock", 0, 0, 9);
  const std::string text = ErrorOf([&] { root.RejectUnknownKeys(); });
  EXPECT_THAT(text, HasSubstr("a.yaml:3:7"));
  EXPECT_THAT(text, HasSubstr("unknown key 'clok'; known here: a, b, clock"));
}

TEST(YamlReader, RejectsWhatIsNotOfTheType) {
  const YamlNode root = ParseYaml("i: 3x\nf: nan\nl: [1, 2]\nm: {}\ne: ''\nn:\nb: 1\n", "a.yaml");
  EXPECT_THAT(ErrorOf([&] { root.GetInt("i", 0, 9); }), HasSubstr("found '3x', expected a whole"));
  EXPECT_THAT(ErrorOf([&] { root.GetNumber("f", 0, 9); }), HasSubstr("found 'nan'"));
  EXPECT_THAT(ErrorOf([&] { root.GetNumber("i", 0, 9); }), HasSubstr("found '3x'"));
  EXPECT_THAT(ErrorOf([&] { root.GetInt("l", 0, 9); }), HasSubstr("found a list"));
  EXPECT_THAT(ErrorOf([&] { root.Get("m").Items(); }), HasSubstr("expected a list"));
  EXPECT_THAT(ErrorOf([&] { root.Get("l").Items(3); }), HasSubstr("at least 3"));
  EXPECT_THAT(ErrorOf([&] { root.Get("l").Items(0, 1); }), HasSubstr("at most 1"));
  EXPECT_THAT(ErrorOf([&] { root.GetText("e"); }), HasSubstr("empty text"));
  EXPECT_THAT(ErrorOf([&] { root.GetText("n"); }), HasSubstr("found nothing"));
  EXPECT_THAT(ErrorOf([&] { root.GetBoolOr("b", false); }), HasSubstr("one of: false, true"));
  EXPECT_THAT(ErrorOf([&] { root.Get("i").Get("x"); }), HasSubstr("expected a mapping"));
  EXPECT_THAT(ErrorOf([&] { root.Get("x"); }), HasSubstr("'x' is missing"));
}

TEST(YamlReader, RejectsWhatIsNotOneDocument) {
  EXPECT_THAT(ErrorOf([] { ParseYaml("a: [1, 2\n", "b.yaml"); }), HasSubstr("b.yaml:"));
  EXPECT_THAT(ErrorOf([] { ParseYaml("", "b.yaml"); }), HasSubstr("found 0 YAML documents"));
  EXPECT_THAT(ErrorOf([] { ParseYaml("---\na: 1\n---\nb: 2\n", "b.yaml"); }), HasSubstr("found 2"));
  EXPECT_THAT(ErrorOf([] { ParseYaml("a: 1\na: 2\n", "b.yaml"); }), HasSubstr("stands twice"));
  EXPECT_THAT(ErrorOf([] { ParseYaml("a: &x [*x]\n", "b.yaml"); }), HasSubstr("b.yaml:1"));
  EXPECT_THAT(ErrorOf([] { ReadYaml("/nowhere/at/all.yaml"); }), HasSubstr("cannot be read"));
  EXPECT_THAT(ErrorOf([] { ReadYaml("/"); }), HasSubstr("cannot be read"));
}

TEST(YamlReader, ReadsAFile) {
  const std::string path = ::testing::TempDir() + "fragua_yaml_reader_test.yaml";
  std::ofstream(path) << "a: 5\n";
  EXPECT_EQ(ReadYaml(path).GetInt("a", 0, 9), 5);
  std::remove(path.c_str());
}

}  // namespace
}  // namespace fragua::model
