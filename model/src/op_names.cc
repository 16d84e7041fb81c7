#include "op_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

namespace fragua::model::internal {
namespace {

std::string LowerCase(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool IsReadable(const std::string& name) {
  constexpr size_t kLongest = 64;
  constexpr std::string_view kMarks = "_-./:";
  const auto is_good = [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || kMarks.find(c) != kMarks.npos;
  };
  const auto is_letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  return name.size() <= kLongest && std::all_of(name.begin(), name.end(), is_good) &&
         std::any_of(name.begin(), name.end(), is_letter);
}

}  // namespace

void NameOps(Graph* graph) {
  std::set<std::string> taken;
  for (size_t i = 0; i < graph->ops.size(); ++i) {
    Op& op = graph->ops[i];
    op.name.clear();
    if (!op.outputs.empty() && op.outputs[0] >= 0) {
      // Converters string the names of fused operators together with semicolons; the first says
      // enough.
      const std::string& tensor = graph->tensor(op.outputs[0]).name;
      op.name = tensor.substr(0, tensor.find(';'));
    }
    if (!IsReadable(op.name) || taken.contains(op.name)) {
      op.name = fmt::format("{}_{:02}", LowerCase(Name(op.type)), i);
    }
    while (!taken.insert(op.name).second) op.name += '_';
  }
}

}  // namespace fragua::model::internal
