#pragma once
// Graphs into TensorFlow Lite files that stock TensorFlow Lite runs.

#include <cstdint>
#include <string>
#include <vector>

#include "fragua/model/graph.h"

namespace fragua::model {

/// Writes a .tflite file, whole or not at all. What TensorFlow Lite cannot say (name,
/// input_encoding, synthetic_weights) goes into metadata entries "fragua.*". Padding that is
/// neither SAME nor VALID becomes a PAD operator in front of the operator where that gives the same
/// values. Throws Error(kInput) where it does not (average pooling; max-pooling of values that may
/// lie below the padding's), naming the operator, or when the file cannot be written.
void WriteTflite(const Graph& graph, const std::string& path);

/// The bytes of that file.
std::vector<uint8_t> WriteTfliteBytes(const Graph& graph);

}  // namespace fragua::model
