#pragma once
// What the TensorFlow Lite reader and writer share: names of metadata entries, and the two
// enumerations side by side.

#include <optional>
#include <string>
#include <vector>

#include "fragua/model/graph.h"
#include "tflite_generated.h"

namespace fragua::model::internal {

inline constexpr int kSchemaVersion = 3;
inline constexpr char kMetadataName[] = "fragua.name";
inline constexpr char kMetadataInputEncoding[] = "fragua.input_encoding";
inline constexpr char kMetadataSyntheticWeights[] = "fragua.synthetic_weights";

fb::BuiltinOperator ToBuiltin(OpType type);
std::optional<OpType> FromBuiltin(fb::BuiltinOperator builtin);
/// Their names, for messages.
std::vector<std::string> SupportedOperators();

fb::TensorType ToTensorType(DataType type);
std::optional<DataType> FromTensorType(fb::TensorType type);

fb::ActivationFunctionType ToActivationType(Activation activation);
std::optional<Activation> FromActivationType(fb::ActivationFunctionType type);

}  // namespace fragua::model::internal
