// What the user wants placed where: the YAML, and names and globs matched with operators.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string_view>

#include "fragua/driver/partition.h"
#include "fragua/model/error.h"
#include "fragua/model/yaml_reader.h"

namespace fragua::driver {
namespace {

const std::vector<std::string>& WishNames() {
  static const std::vector<std::string> kNames = {"arm", "fabric", "auto"};  // order of Wish
  return kNames;
}

/// `*` stands for any run of characters, `?` for one.
bool Matches(std::string_view glob, std::string_view name) {
  size_t g = 0, n = 0;
  size_t star = std::string_view::npos, resume = 0;
  while (n < name.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      resume = n;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == name[n])) {
      ++g;
      ++n;
    } else if (star != std::string_view::npos) {
      g = star + 1;  // let the last star take one character more
      n = ++resume;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

/// Edits (insert, delete, replace) that turn one text into the other.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replace = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replace});
    }
  }
  return row.back();
}

std::vector<std::string> NearNames(const model::Graph& graph, std::string_view wanted) {
  constexpr size_t kShown = 3;
  std::vector<std::string> names;
  for (const model::Op& op : graph.ops) names.push_back(op.name);
  std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return Distance(a, wanted) < Distance(b, wanted);
  });
  names.resize(std::min(names.size(), kShown));
  return names;
}

}  // namespace

const char* Name(Place place) { return place == Place::kArm ? "arm" : "fabric"; }

PlacementRequest ReadPlacement(const model::YamlNode& placement, const std::string& origin) {
  PlacementRequest request;
  request.origin = origin;
  if (placement.Has("default")) {
    request.fallback = static_cast<Wish>(placement.GetChoice("default", WishNames()));
  }
  if (placement.Has("layers")) {
    for (const auto& [name, node] : placement.Get("layers").Entries()) {
      request.overrides.emplace_back(name, static_cast<Wish>(node.AsChoice(WishNames())));
    }
  }
  placement.RejectUnknownKeys();
  return request;
}

PlacementRequest LoadPlacement(const std::string& path) {
  const model::YamlNode root = model::ReadYaml(path);
  PlacementRequest request = ReadPlacement(root.Get("placement"), path);
  root.RejectUnknownKeys();
  return request;
}

ResolvedWishes ResolveWishes(const model::Graph& graph, const PlacementRequest& request) {
  ResolvedWishes result;
  result.wish.assign(graph.ops.size(), request.fallback);
  result.fixed.assign(graph.ops.size(), false);
  for (const auto& [glob, wish] : request.overrides) {
    bool found = false;
    for (size_t i = 0; i < graph.ops.size(); ++i) {
      if (!Matches(glob, graph.ops[i].name)) continue;
      found = true;
      result.wish[i] = wish;
      result.fixed[i] = wish != Wish::kAuto;
    }
    if (!found) {
      ThrowInput(
          fmt::format("{}: layers: '{}' names no layer of '{}'; near names: {}. Run "
                      "'fragua inspect' for all of them.",
                      request.origin, glob, graph.name, fmt::join(NearNames(graph, glob), ", ")));
    }
  }
  return result;
}

}  // namespace fragua::driver
