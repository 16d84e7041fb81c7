#include "divergence.h"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>
#include <vector>

namespace fragua::app {
namespace {

std::string PlaceOf(const sim::LoadedWord& word) {
  return word.weights ? fmt::format("weight word {}, slice {}", word.address, word.slice)
                      : fmt::format("activation buffer word {}", word.address);
}
std::string PlaceOf(const sim::ResultWord& word) {
  return fmt::format("{} buffer word {}", word.squeeze ? "squeeze" : "activation", word.address);
}
std::string PlaceOf(const sim::StoredWord& word) {
  return fmt::format("DDR address 0x{:08x}", word.address);
}

bool SamePlace(const sim::LoadedWord& a, const sim::LoadedWord& b) {
  return a.weights == b.weights && a.address == b.address && a.slice == b.slice;
}
bool SamePlace(const sim::ResultWord& a, const sim::ResultWord& b) {
  return a.squeeze == b.squeeze && a.address == b.address;
}
bool SamePlace(const sim::StoredWord& a, const sim::StoredWord& b) {
  return a.address == b.address;
}

bool IsStamp(const sim::StoredWord& word) { return word.stamp; }
template <typename Word>
bool IsStamp(const Word&) {
  return false;
}

template <typename Word>
Divergence At(Boundary boundary, size_t index, const Word* got, const Word* expected) {
  Divergence found;
  found.boundary = boundary;
  found.index = static_cast<int64_t>(index);
  found.missing = got == nullptr;
  found.surplus = expected == nullptr;
  if (got != nullptr) {
    found.got = got->data;
    found.cycle = got->cycle;
  }
  if (expected != nullptr) found.expected = expected->data;
  return found;
}

/// Words with a place of their own, in the order of their unit.
template <typename Word>
std::optional<Divergence> FirstMove(Boundary boundary, const std::vector<Word>& got,
                                    const std::vector<Word>& expected) {
  for (size_t i = 0; i < std::max(got.size(), expected.size()); ++i) {
    const Word* a = i < got.size() ? &got[i] : nullptr;
    const Word* b = i < expected.size() ? &expected[i] : nullptr;
    if (a != nullptr && b != nullptr && SamePlace(*a, *b) && (a->data == b->data || IsStamp(*b))) {
      continue;
    }
    Divergence found = At(boundary, i, a, b);
    found.tag = b != nullptr ? b->tag : expected.empty() ? 0 : expected.back().tag;
    if (a != nullptr) found.got_place = PlaceOf(*a);
    if (b != nullptr) found.expected_place = PlaceOf(*b);
    return found;
  }
  return std::nullopt;
}

std::optional<Divergence> FirstWord(uint32_t tag, sim::TapWord::Stage stage,
                                    const EngineLog& engine, const EngineLog& specification) {
  const EngineLog::Words& got = engine.WordsOf(tag, stage);
  const EngineLog::Words& expected = specification.WordsOf(tag, stage);
  for (size_t i = 0; i < std::max(got.size(), expected.size()); ++i) {
    const EngineLog::Word* a = i < got.size() ? &got[i] : nullptr;
    const EngineLog::Word* b = i < expected.size() ? &expected[i] : nullptr;
    if (a != nullptr && b != nullptr && a->data == b->data) continue;
    Divergence found =
        At(stage == sim::TapWord::Stage::kRequantised ? Boundary::kRequantised : Boundary::kWritten,
           i, a, b);
    found.tag = tag;
    return found;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Divergence> FirstDivergence(const EngineLog& engine, const EngineLog& specification) {
  std::optional<Divergence> first;
  const auto consider = [&](const std::optional<Divergence>& found) {
    if (!found) return;
    if (!first || std::tie(found->tag, found->boundary) < std::tie(first->tag, first->boundary))
      first = found;
  };
  std::vector<uint32_t> tags = specification.Tags();
  const std::vector<uint32_t> seen = engine.Tags();
  tags.insert(tags.end(), seen.begin(), seen.end());
  for (const uint32_t tag : tags) {
    consider(FirstWord(tag, sim::TapWord::Stage::kRequantised, engine, specification));
    consider(FirstWord(tag, sim::TapWord::Stage::kWritten, engine, specification));
  }
  consider(FirstMove(Boundary::kLoad, engine.loads(), specification.loads()));
  consider(FirstMove(Boundary::kPlaced, engine.results(), specification.results()));
  consider(FirstMove(Boundary::kStored, engine.stores(), specification.stores()));
  return first;
}

}  // namespace fragua::app
