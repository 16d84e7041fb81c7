#include "divergence.h"

#include <gtest/gtest.h>

namespace fragua::app {
namespace {

using Stage = sim::TapWord::Stage;

// Two COMPUTE commands, 3 and 7, of two words each; a LOAD before, a STORE behind.
EngineLog Story() {
  EngineLog log;
  for (uint32_t i = 0; i < 3; ++i) log.OnLoad({2, i == 2, i, 0, 100 + i, 50 + i});
  for (const uint32_t tag : {3U, 7U}) {
    for (uint64_t i = 0; i < 2; ++i) {
      log.OnWord({tag, Stage::kRequantised, tag * 10 + i, 200 + i});
      log.OnWord({tag, Stage::kWritten, tag * 20 + i, 300 + i});
      log.OnResult({tag, tag == 7, static_cast<uint32_t>(i), tag * 20 + i, 310 + i});
    }
  }
  log.OnStore({9, false, 0x1000, 140, 400});
  log.OnStore({9, true, 0x1008, 9, 401});
  return log;
}

TEST(DivergenceTest, TheSameStoryHasNone) {
  EXPECT_FALSE(FirstDivergence(Story(), Story()).has_value());
}

TEST(DivergenceTest, TheEarliestCommandWinsThenTheEarliestBoundary) {
  EngineLog log;
  for (const uint32_t tag : {3U, 7U}) {
    for (uint64_t i = 0; i < 2; ++i) {
      log.OnWord({tag, Stage::kRequantised, tag * 10 + i + (tag == 7 ? 1 : 0), 200 + i});
      log.OnWord({tag, Stage::kWritten, tag * 20 + i + (i == 1 ? 5 : 0), 300 + i});
      log.OnResult({0, tag == 7, static_cast<uint32_t>(i), 0, 310 + i});
    }
  }
  const EngineLog story = Story();
  for (const auto& word : story.loads()) log.OnLoad(word);
  for (const auto& word : story.stores()) log.OnStore(word);
  const auto found = FirstDivergence(log, story);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->tag, 3U);
  EXPECT_EQ(found->boundary, Boundary::kWritten);
  EXPECT_EQ(found->index, 1);
  EXPECT_EQ(found->cycle, 301U);
  EXPECT_EQ(found->expected, 61U);
  EXPECT_EQ(found->got, 66U);
  EXPECT_FALSE(found->missing);
}

// Tells a part of a story again.
void Words(EngineLog& log, const EngineLog& story) {
  for (const uint32_t tag : story.Tags()) {
    for (const Stage stage : {Stage::kRequantised, Stage::kWritten}) {
      for (const auto& word : story.WordsOf(tag, stage))
        log.OnWord({tag, stage, word.data, word.cycle});
    }
  }
}
void Loads(EngineLog& log, const EngineLog& story) {
  for (const auto& word : story.loads()) log.OnLoad(word);
}
void Results(EngineLog& log, const EngineLog& story) {
  for (const auto& word : story.results()) log.OnResult(word);
}
void Stores(EngineLog& log, const EngineLog& story) {
  for (const auto& word : story.stores()) log.OnStore(word);
}

struct MoveCase {
  const char* name;
  void (*spoil)(EngineLog&, const EngineLog&);
  Boundary boundary;
  int64_t index;
  bool missing;
};

class DivergenceMoveTest : public testing::TestWithParam<MoveCase> {};

// Replays everything but what the case spoils.
TEST_P(DivergenceMoveTest, IsFoundAtItsBoundary) {
  const EngineLog story = Story();
  EngineLog log;
  Words(log, story);
  GetParam().spoil(log, story);
  const auto found = FirstDivergence(log, story);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->boundary, GetParam().boundary);
  EXPECT_EQ(found->index, GetParam().index);
  EXPECT_EQ(found->missing, GetParam().missing);
}

constexpr MoveCase kMoves[] = {
    {"LoadAddress",
     [](EngineLog& log, const EngineLog& story) {
       for (auto word : story.loads()) {
         if (word.address == 1) word.address = 4;
         log.OnLoad(word);
       }
       Results(log, story);
       Stores(log, story);
     },
     Boundary::kLoad, 1, false},
    {"ResultAddress",
     [](EngineLog& log, const EngineLog& story) {
       Loads(log, story);
       for (auto word : story.results()) {
         if (word.squeeze && word.address == 0) word.address = 9;
         log.OnResult(word);
       }
       Stores(log, story);
     },
     Boundary::kPlaced, 2, false},
    {"ResultInTheOtherBuffer",
     [](EngineLog& log, const EngineLog& story) {
       Loads(log, story);
       for (auto word : story.results()) {
         word.squeeze = !word.squeeze;
         log.OnResult(word);
       }
       Stores(log, story);
     },
     Boundary::kPlaced, 0, false},
    {"StoreAddress",
     [](EngineLog& log, const EngineLog& story) {
       Loads(log, story);
       Results(log, story);
       for (auto word : story.stores()) {
         word.address += 8;
         log.OnStore(word);
       }
     },
     Boundary::kStored, 0, false},
    {"StoreMissing",
     [](EngineLog& log, const EngineLog& story) {
       Loads(log, story);
       Results(log, story);
       log.OnStore(story.stores()[0]);
     },
     Boundary::kStored, 1, true},
};
INSTANTIATE_TEST_SUITE_P(Moves, DivergenceMoveTest, testing::ValuesIn(kMoves),
                         [](const auto& each) { return each.param.name; });

TEST(DivergenceTest, AStampIsAMatterOfTime) {
  const EngineLog story = Story();
  EngineLog log;
  Words(log, story);
  Loads(log, story);
  Results(log, story);
  log.OnStore(story.stores()[0]);
  sim::StoredWord stamp = story.stores()[1];
  stamp.data = 12345;
  log.OnStore(stamp);
  EXPECT_FALSE(FirstDivergence(log, story).has_value());
}

}  // namespace
}  // namespace fragua::app
