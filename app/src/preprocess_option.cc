#include "preprocess_option.h"

#include <array>
#include <charconv>
#include <cmath>

#include "fragua/model/error.h"

namespace fragua::app {
namespace {

std::array<float, 3> ReadThree(const std::string& text, const std::string& list, const char* what) {
  std::array<float, 3> values{};
  const char* at = list.data();
  const char* const end = at + list.size();
  for (size_t i = 0; i < 3; ++i) {
    const auto [next, failed] = std::from_chars(at, end, values[i]);
    const bool last = i == 2;
    if (failed != std::errc{} || !std::isfinite(values[i]) ||
        (last ? next != end : next == end || *next != ',')) {
      ThrowInput("--preprocess " + text + ": found '" + list + "' as " + what +
                 "; expected three numbers such as 104,117,123");
    }
    at = next + (last ? 0 : 1);
  }
  return values;
}

}  // namespace

model::Preprocess ReadPreprocess(const std::string& text) {
  const size_t first = text.find(':');
  if (first == std::string::npos) return model::ParsePreprocess(text);
  const size_t second = text.find(':', first + 1);
  const std::string order = text.substr(0, first);
  if (second == std::string::npos || (order != "rgb" && order != "bgr")) {
    ThrowInput(
        "--preprocess " + text +
        ": expected ORDER:MEANS:SCALES with ORDER rgb or bgr, such as bgr:104,117,123:1,1,1");
  }
  model::Preprocess preprocess;
  preprocess.bgr = order == "bgr";
  preprocess.mean = ReadThree(text, text.substr(first + 1, second - first - 1), "means");
  preprocess.scale = ReadThree(text, text.substr(second + 1), "scales");
  return preprocess;
}

}  // namespace fragua::app
