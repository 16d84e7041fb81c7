#pragma once
// Strict reading of the YAML files of a project: every value is checked against a type and a range,
// every key must be known, and every complaint names file, line, column and field, what was found,
// what is expected and what to do.
//
//   const YamlNode root = ReadYaml(path);
//   config.pc = root.Get("array").GetInt("pc", 2, 8);
//   config.clock_mhz = root.GetNumberOr("clock_mhz", 100.0, 1.0, 1000.0);
//   root.Get("array").RejectUnknownKeys();
//   root.RejectUnknownKeys();  // every key that was never asked for is an error
//
// All functions throw Error(kInput).

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fragua::model {

/// A scalar, sequence or mapping with its place in the file. Cheap to copy (shares the tree).
class YamlNode {
 public:
  enum class Kind { kNull, kScalar, kSequence, kMap };

  Kind kind() const;
  bool is_map() const { return kind() == Kind::kMap; }
  bool is_sequence() const { return kind() == Kind::kSequence; }
  bool is_scalar() const { return kind() == Kind::kScalar; }
  /// "file:line:column".
  std::string where() const;
  /// Path from the root, e.g. "array.pc" or "layers[3].name"; "" for the root.
  const std::string& field() const;
  /// Throws "where: field: text".
  [[noreturn]] void Fail(const std::string& text) const;

  // Scalars. Ranges are inclusive. Integers may be decimal or 0x hexadecimal.
  int64_t AsInt64(int64_t min, int64_t max) const;
  template <std::integral T>
  T AsInt(T min, T max) const {
    return static_cast<T>(AsInt64(static_cast<int64_t>(min), static_cast<int64_t>(max)));
  }
  double AsNumber(double min, double max) const;  ///< finite
  bool AsBool() const;                            ///< true or false
  std::string AsText() const;                     ///< not empty
  /// One of `choices`; returns its index.
  size_t AsChoice(const std::vector<std::string>& choices) const;

  /// The items of a sequence of min_count..max_count items.
  const std::vector<YamlNode>& Items(size_t min_count = 0, size_t max_count = SIZE_MAX) const;

  // Mappings. Keys asked for (whether there or not) become known to RejectUnknownKeys.
  /// Entries in file order; all keys become known.
  std::vector<std::pair<std::string, YamlNode>> Entries() const;
  /// The value of a required key.
  YamlNode Get(std::string_view key) const;
  bool Has(std::string_view key) const;
  /// Throws when a key of this mapping (not of the mappings below it) was never asked for; names
  /// the known ones.
  void RejectUnknownKeys() const;

  template <std::integral T>
  T GetInt(std::string_view key, T min, T max) const {
    return Get(key).AsInt(min, max);
  }
  template <std::integral T>
  T GetIntOr(std::string_view key, T fallback, T min, T max) const {
    return Has(key) ? Get(key).AsInt(min, max) : fallback;
  }
  double GetNumber(std::string_view key, double min, double max) const;
  double GetNumberOr(std::string_view key, double fallback, double min, double max) const;
  bool GetBoolOr(std::string_view key, bool fallback) const;
  std::string GetText(std::string_view key) const;
  std::string GetTextOr(std::string_view key, const std::string& fallback) const;
  size_t GetChoice(std::string_view key, const std::vector<std::string>& choices) const;

  struct Data;
  explicit YamlNode(std::shared_ptr<Data> data) : data_(std::move(data)) {}

 private:
  void RequireMap() const;
  std::shared_ptr<Data> data_;
};

/// Reads a file with exactly one YAML document.
YamlNode ReadYaml(const std::string& path);
/// The same from text; `origin` stands for the file name in messages.
YamlNode ParseYaml(const std::string& text, const std::string& origin);

}  // namespace fragua::model
