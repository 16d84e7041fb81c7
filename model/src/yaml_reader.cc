#include "fragua/model/yaml_reader.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>

#include "fragua/model/error.h"

namespace fragua::model {

/// A copy of the parsed tree, so that the public header needs nothing of the YAML library.
struct YamlNode::Data {
  Kind kind = Kind::kNull;
  std::string origin;
  int line = 0, column = 0;  ///< from 1
  std::string field;
  std::string text;             ///< scalar
  std::vector<YamlNode> items;  ///< sequence
  std::vector<std::pair<std::string, YamlNode>> entries;
  std::vector<std::string> asked;  ///< keys a reader knows
};

namespace {

const char* KindName(YamlNode::Kind kind) {
  switch (kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kScalar:
      return "a single value";
    case YamlNode::Kind::kSequence:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a mapping (key: value)";
  }
  return "?";
}

// Deep enough for any real file; an anchor that contains itself would never end.
constexpr int kMaxDepth = 32;

YamlNode Convert(const YAML::Node& source, const std::string& origin, const std::string& field,
                 int depth) {
  auto data = std::make_shared<YamlNode::Data>();
  data->origin = origin;
  data->field = field;
  data->line = source.Mark().line + 1;
  data->column = source.Mark().column + 1;
  YamlNode node(data);
  if (depth > kMaxDepth) node.Fail(fmt::format("nested deeper than {} levels", kMaxDepth));
  switch (source.Type()) {
    case YAML::NodeType::Undefined:
    case YAML::NodeType::Null:
      data->kind = YamlNode::Kind::kNull;
      break;
    case YAML::NodeType::Scalar:
      data->kind = YamlNode::Kind::kScalar;
      data->text = source.Scalar();
      break;
    case YAML::NodeType::Sequence:
      data->kind = YamlNode::Kind::kSequence;
      for (size_t i = 0; i < source.size(); ++i) {
        data->items.push_back(
            Convert(source[i], origin, fmt::format("{}[{}]", field, i), depth + 1));
      }
      break;
    case YAML::NodeType::Map:
      data->kind = YamlNode::Kind::kMap;
      for (const auto& entry : source) {
        if (!entry.first.IsScalar()) node.Fail("a key must be a plain word");
        const std::string key = entry.first.Scalar();
        YamlNode value =
            Convert(entry.second, origin, field.empty() ? key : field + "." + key, depth + 1);
        for (const auto& [other, unused] : data->entries) {
          if (other == key) value.Fail("this key stands twice; remove one of them");
        }
        data->entries.emplace_back(key, std::move(value));
      }
      break;
  }
  return node;
}

}  // namespace

YamlNode::Kind YamlNode::kind() const { return data_->kind; }

std::string YamlNode::where() const {
  return fmt::format("{}:{}:{}", data_->origin, data_->line, data_->column);
}

const std::string& YamlNode::field() const { return data_->field; }

void YamlNode::Fail(const std::string& text) const {
  ThrowInput(data_->field.empty() ? fmt::format("{}: {}", where(), text)
                                  : fmt::format("{}: {}: {}", where(), data_->field, text));
}

int64_t YamlNode::AsInt64(int64_t min, int64_t max) const {
  const std::string text = AsText();
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  const bool hexadecimal = digits.starts_with("0x");
  if (hexadecimal) digits.remove_prefix(2);
  uint64_t magnitude = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude,
                                            hexadecimal ? 16 : 10);
  const std::string expected = fmt::format("expected a whole number from {} to {}", min, max);
  if (error != std::errc() || end != digits.data() + digits.size() || magnitude > INT64_MAX) {
    Fail(fmt::format("found '{}', {}", text, expected));
  }
  const int64_t value =
      negative ? -static_cast<int64_t>(magnitude) : static_cast<int64_t>(magnitude);
  if (value < min || value > max) Fail(fmt::format("found {}, {}", text, expected));
  return value;
}

double YamlNode::AsNumber(double min, double max) const {
  const std::string text = AsText();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || !std::isfinite(value) || value < min || value > max) {
    Fail(fmt::format("found '{}', expected a number from {} to {}", text, min, max));
  }
  return value;
}

bool YamlNode::AsBool() const { return AsChoice({"false", "true"}) == 1; }

std::string YamlNode::AsText() const {
  if (!is_scalar() || data_->text.empty()) {
    Fail(fmt::format("found {}, expected a value",
                     is_scalar() ? "an empty text" : KindName(kind())));
  }
  return data_->text;
}

size_t YamlNode::AsChoice(const std::vector<std::string>& choices) const {
  const std::string text = AsText();
  const auto found = std::find(choices.begin(), choices.end(), text);
  if (found == choices.end()) {
    Fail(fmt::format("found '{}', expected one of: {}", text, fmt::join(choices, ", ")));
  }
  return static_cast<size_t>(found - choices.begin());
}

const std::vector<YamlNode>& YamlNode::Items(size_t min_count, size_t max_count) const {
  if (!is_sequence()) Fail(fmt::format("found {}, expected a list", KindName(kind())));
  const size_t count = data_->items.size();
  if (count < min_count)
    Fail(fmt::format("found {} items, expected at least {}", count, min_count));
  if (count > max_count) Fail(fmt::format("found {} items, expected at most {}", count, max_count));
  return data_->items;
}

void YamlNode::RequireMap() const {
  if (!is_map()) Fail(fmt::format("found {}, expected a mapping (key: value)", KindName(kind())));
}

std::vector<std::pair<std::string, YamlNode>> YamlNode::Entries() const {
  RequireMap();
  for (const auto& [key, value] : data_->entries) data_->asked.push_back(key);
  return data_->entries;
}

YamlNode YamlNode::Get(std::string_view key) const {
  RequireMap();
  data_->asked.emplace_back(key);
  for (const auto& [name, value] : data_->entries) {
    if (name == key) return value;
  }
  Fail(fmt::format("the key '{}' is missing; add it", key));
}

bool YamlNode::Has(std::string_view key) const {
  RequireMap();
  data_->asked.emplace_back(key);
  return std::any_of(data_->entries.begin(), data_->entries.end(),
                     [key](const auto& entry) { return entry.first == key; });
}

void YamlNode::RejectUnknownKeys() const {
  RequireMap();
  std::vector<std::string> known = data_->asked;
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  for (const auto& [key, value] : data_->entries) {
    if (!std::binary_search(known.begin(), known.end(), key)) {
      value.Fail(fmt::format("unknown key '{}'; known here: {}", key, fmt::join(known, ", ")));
    }
  }
}

double YamlNode::GetNumber(std::string_view key, double min, double max) const {
  return Get(key).AsNumber(min, max);
}

double YamlNode::GetNumberOr(std::string_view key, double fallback, double min, double max) const {
  return Has(key) ? Get(key).AsNumber(min, max) : fallback;
}

bool YamlNode::GetBoolOr(std::string_view key, bool fallback) const {
  return Has(key) ? Get(key).AsBool() : fallback;
}

std::string YamlNode::GetText(std::string_view key) const { return Get(key).AsText(); }

std::string YamlNode::GetTextOr(std::string_view key, const std::string& fallback) const {
  return Has(key) ? Get(key).AsText() : fallback;
}

size_t YamlNode::GetChoice(std::string_view key, const std::vector<std::string>& choices) const {
  return Get(key).AsChoice(choices);
}

YamlNode ReadYaml(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  // Reading a folder opens but does not read.
  if (!file || !(text << file.rdbuf())) {
    ThrowInput(
        fmt::format("{}: cannot be read; check that the file exists and is not empty", path));
  }
  return ParseYaml(text.str(), path);
}

YamlNode ParseYaml(const std::string& text, const std::string& origin) {
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.size() != 1) {
      ThrowInput(fmt::format("{}: found {} YAML documents, expected 1", origin, documents.size()));
    }
    return Convert(documents.front(), origin, "", 0);
  } catch (const YAML::Exception& error) {
    ThrowInput(fmt::format("{}:{}:{}: not valid YAML: {}", origin, error.mark.line + 1,
                           error.mark.column + 1, error.msg));
  }
}

}  // namespace fragua::model
