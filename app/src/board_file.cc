#include "board_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <string_view>
#include <utility>

#include "fragua/model/error.h"

namespace fragua::app {
namespace {

/// One line of block YAML, taken apart.
struct Line {
  size_t indent = 0;
  std::string key;     ///< empty: a comment, an empty line, something else
  size_t value = 0;    ///< where the value begins
  size_t comment = 0;  ///< where the comment begins, or the line's end
};

Line TakeApart(const std::string& text) {
  Line line;
  line.indent = text.find_first_not_of(' ');
  if (line.indent == std::string::npos || text[line.indent] == '#') return line;
  const size_t colon = text.find(':', line.indent);
  if (colon == std::string::npos) return line;
  line.key = text.substr(line.indent, colon - line.indent);
  line.value = std::min(text.find_first_not_of(' ', colon + 1), text.size());
  line.comment = std::min(text.find(" #", line.value), text.size());
  return line;
}

bool IsNumberCharacter(char c) {
  return std::string_view("0123456789+-.eExXabcdefABCDEF").find(c) != std::string_view::npos;
}

/// Puts the number at `at` in place of the one that stands there; true when there was one.
bool PutNumber(std::string& text, size_t at, const std::string& number) {
  // Only a digit, a sign or a point begins a number: letters that belong to one also begin words.
  if (at >= text.size() ||
      std::string_view("0123456789+-.").find(text[at]) == std::string_view::npos) {
    return false;
  }
  size_t end = at;
  while (end < text.size() && IsNumberCharacter(text[end])) ++end;
  text.replace(at, end - at, number);
  return true;
}

/// Where the value of `key` begins in "{key: value, ...}"; npos when it is not there.
size_t FindInBraces(const std::string& text, const Line& line, const std::string& key) {
  if (line.value >= text.size() || text[line.value] != '{') return std::string::npos;
  for (const char* before : {"{", ", ", "{ "}) {
    const size_t at = text.find(before + key + ":", line.value);
    if (at >= line.comment) continue;
    return text.find_first_not_of(' ', text.find(':', at) + 1);
  }
  return std::string::npos;
}

/// Puts the comment of a changed line in place of the one it has.
void PutComment(std::string& text, const std::string& comment) {
  size_t end = std::min(TakeApart(text).comment, text.size());
  end = text.find_last_not_of(' ', end - 1) + 1;
  text = text.substr(0, end) + "  # " + comment;
}

/// Changes the figure in one of the lines; false when none has it.
bool Replace(std::vector<std::string>& lines, const Figure& figure, const std::string& comment) {
  const size_t dot = figure.key.rfind('.');
  const std::string parent = dot == std::string::npos ? "" : figure.key.substr(0, dot);
  const std::string leaf = figure.key.substr(dot == std::string::npos ? 0 : dot + 1);
  const std::string number = fmt::format("{:.4g}", figure.value);
  std::vector<std::pair<size_t, std::string>>
      open;  // indent and path of the mappings around a line
  for (std::string& text : lines) {
    const Line line = TakeApart(text);
    if (line.key.empty()) continue;
    while (!open.empty() && open.back().first >= line.indent) open.pop_back();
    const std::string path = open.empty() ? line.key : open.back().second + "." + line.key;
    open.emplace_back(line.indent, path);
    size_t at = std::string::npos;
    if (path == figure.key) at = line.value;
    if (path == parent) at = FindInBraces(text, line, leaf);
    if (at == std::string::npos || !PutNumber(text, at, number)) continue;
    PutComment(text, comment);
    return true;
  }
  return false;
}

}  // namespace

std::string ReplaceFigures(const std::string& text, const std::vector<Figure>& figures,
                           const std::string& comment, const std::string& origin) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  for (const Figure& figure : figures) {
    if (!Replace(lines, figure, comment)) {
      ThrowInput(
          fmt::format("{}: no line with a number for '{}'; expected the keys as in "
                      "configs/boards/zybo.yaml, one to a line or in braces",
                      origin, figure.key));
    }
  }
  std::string result;
  for (const std::string& line : lines) result += line + "\n";
  return result;
}

}  // namespace fragua::app
