#include "coverage.h"

#include <fmt/format.h>

#include <utility>

#include "fragua/model/error.h"

namespace fragua::campaign {

Coverage::Coverage(std::vector<Group> plan) : plan_(std::move(plan)) {
  for (const Group& group : plan_) {
    for (const Bin& bin : group.bins) counts_[group.name + ": " + bin.name] = {};
  }
}

void Coverage::Hit(const std::string& group, const std::string& bin, uint32_t stalled) {
  const auto at = counts_.find(group + ": " + bin);
  FRAGUA_CHECK(at != counts_.end(), fmt::format("no bin '{}: {}'", group, bin));
  Counts& counts = at->second;
  ++counts.back();
  if (stalled == 0) ++counts[0];
  for (size_t i = 1; i < kColumns.size(); ++i) counts[i] += (stalled >> (i - 1)) & 1;
}

const Coverage::Counts& Coverage::CountsOf(const Group& group, const Bin& bin) const {
  return counts_.at(group.name + ": " + bin.name);
}

std::vector<std::string> Coverage::Holes() const {
  std::vector<std::string> holes;
  for (const Group& group : plan_) {
    for (const Bin& bin : group.bins) {
      if (!bin.impossible.empty()) continue;
      const Counts& counts = CountsOf(group, bin);
      const std::string name = group.name + ": " + bin.name;
      if (counts.back() == 0) {
        holes.push_back(name);
        continue;
      }
      for (size_t i = 0; group.crossed && i < kColumns.size(); ++i) {
        if (counts[i] == 0) holes.push_back(name + " x " + kColumns[i]);
      }
    }
  }
  return holes;
}

std::vector<std::string> Coverage::Contradictions() const {
  std::vector<std::string> hit;
  for (const Group& group : plan_) {
    for (const Bin& bin : group.bins) {
      if (!bin.impossible.empty() && CountsOf(group, bin).back() > 0) {
        hit.push_back(
            fmt::format("{}: {} (declared impossible: {})", group.name, bin.name, bin.impossible));
      }
    }
  }
  return hit;
}

std::string Coverage::Table() const {
  std::string text = fmt::format("{:<44}{:>9}", "", "hits");
  for (const char* column : kColumns) text += fmt::format("{:>8}", column);
  text += "\n";
  for (const Group& group : plan_) {
    text += group.name + "\n";
    for (const Bin& bin : group.bins) {
      const Counts& counts = CountsOf(group, bin);
      text += fmt::format("  {:<42}{:>9}", bin.name, counts.back());
      for (size_t i = 0; group.crossed && i < kColumns.size(); ++i) {
        text += fmt::format("{:>8}", counts[i]);
      }
      if (!bin.impossible.empty()) {
        text += "  impossible: " + bin.impossible;
      } else if (counts.back() == 0) {
        text += "  HOLE";
      }
      text += "\n";
    }
  }
  return text;
}

nlohmann::json Coverage::Json() const {
  nlohmann::json groups = nlohmann::json::array();
  for (const Group& group : plan_) {
    nlohmann::json bins = nlohmann::json::array();
    for (const Bin& bin : group.bins) {
      const Counts& counts = CountsOf(group, bin);
      nlohmann::json entry = {{"name", bin.name}, {"hits", counts.back()}};
      for (size_t i = 0; group.crossed && i < kColumns.size(); ++i) entry[kColumns[i]] = counts[i];
      if (!bin.impossible.empty()) entry["impossible"] = bin.impossible;
      bins.push_back(std::move(entry));
    }
    groups.push_back({{"name", group.name}, {"crossed", group.crossed}, {"bins", std::move(bins)}});
  }
  return groups;
}

}  // namespace fragua::campaign
