#pragma once
// Everything that moved in and out of an engine during one inference, in the engine's order.

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "fragua/sim/observation.h"
#include "fragua/sim/tap.h"

namespace fragua::app {

class EngineLog : public sim::EngineObserver {
 public:
  struct Word {
    uint64_t data = 0;
    uint64_t cycle = 0;
  };
  using Words = std::vector<Word>;

  /// `wanted`: the pixel whose steps are to be kept too.
  explicit EngineLog(std::optional<sim::PixelId> wanted = std::nullopt) : wanted_(wanted) {}

  void OnWord(const sim::TapWord& word) override {
    words_[word.tag][static_cast<size_t>(word.stage)].push_back({word.data, word.cycle});
    last_cycle_ = std::max(last_cycle_, word.cycle);
  }
  void OnLoad(const sim::LoadedWord& word) override { loads_.push_back(word); }
  void OnResult(const sim::ResultWord& word) override { results_.push_back(word); }
  void OnStore(const sim::StoredWord& word) override { stores_.push_back(word); }
  std::optional<sim::PixelId> Wanted() const override { return wanted_; }
  void OnPixel(sim::PixelObservation pixel) override { pixel_ = std::move(pixel); }

  /// Of a COMPUTE command, by tag.
  const Words& WordsOf(uint32_t tag, sim::TapWord::Stage stage) const {
    static const Words kNone;
    const auto at = words_.find(tag);
    return at == words_.end() ? kNone : at->second[static_cast<size_t>(stage)];
  }
  std::vector<uint32_t> Tags() const {
    std::vector<uint32_t> tags;
    for (const auto& [tag, words] : words_) tags.push_back(tag);
    return tags;
  }
  /// When the last word passed on the output path.
  uint64_t last_cycle() const { return last_cycle_; }
  const std::vector<sim::LoadedWord>& loads() const { return loads_; }
  const std::vector<sim::ResultWord>& results() const { return results_; }
  const std::vector<sim::StoredWord>& stores() const { return stores_; }
  /// Nothing when the wanted pixel never came.
  const std::optional<sim::PixelObservation>& pixel() const { return pixel_; }

 private:
  std::optional<sim::PixelId> wanted_;
  std::map<uint32_t, std::array<Words, 2>> words_;
  uint64_t last_cycle_ = 0;
  std::vector<sim::LoadedWord> loads_;
  std::vector<sim::ResultWord> results_;
  std::vector<sim::StoredWord> stores_;
  std::optional<sim::PixelObservation> pixel_;
};

}  // namespace fragua::app
