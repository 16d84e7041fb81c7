#pragma once
// TensorFlow Lite files (FlatBuffers, schema version 3) into graphs: float32 and full-integer int8
// models.

#include <cstdint>
#include <span>
#include <string>

#include "fragua/model/graph.h"

namespace fragua::model {

/// Reads a .tflite file. The result has passed Validate. Operators keep their order and tensors
/// theirs, less the tensors that only carry a parameter (axes, paddings, permutations, new shapes)
/// or that nothing uses. An operator is called after its output tensor where that name is readable
/// and unique, else by type and position ("conv_2d_07"). Throws Error(kInput) when the file is
/// missing, damaged or of another version, or holds what OpType has not: the text names file,
/// operator and position.
Graph ReadTflite(const std::string& path);

/// The same from memory; `origin` stands for the file name in messages.
Graph ReadTfliteBytes(std::span<const uint8_t> bytes, const std::string& origin);

}  // namespace fragua::model
