#pragma once
// ONNX in: float convolutional networks as PyTorch exports them or converters make them from Caffe.

#include <span>
#include <string>

#include "fragua/model/graph.h"

namespace fragua::model {

struct OnnxOptions {
  /// Rows and columns of a four-dimensional input; 0 = as the file says. Lets a network without
  /// fully-connected layers be read at another size, and is required where the file leaves the size
  /// open.
  int input_height = 0;
  int input_width = 0;
};

/// Reads a float network (32 or 16 bit weights; 16 bit ones are widened) and turns it from NCHW
/// into an NHWC graph: weights OHWI, batch-normalisation folded into the convolution before it,
/// ReLU and ReLU6 fused into their producer where nothing else reads it, Dropout and Identity gone,
/// implicit and ceil-mode padding as numbers, a global average as kMean. The window count of
/// ceil-mode pooling follows PyTorch and Caffe: a last window that would begin beyond the input and
/// its leading padding is dropped. Nodes that no output depends on are ignored.
///
/// Operators: Add and Sum (two inputs), AveragePool, BatchNormalization, Clip (0..6 and 0..inf),
/// Concat, Constant, Conv, Dropout, Flatten, Gemm, GlobalAveragePool, Identity, MaxPool, Pad
/// (zeros), ReduceMean (over the map), Relu, Reshape, Softmax, Squeeze, and, on constants only,
/// Gather, Shape and Unsqueeze as in computed Reshape targets.
///
/// Throws Error(kInput) for a missing, truncated or corrupt file, an open shape, a batch other than
/// 1, and any operator or attribute that is not supported (naming operator, node and position).
Graph ReadOnnx(const std::string& path, const OnnxOptions& options = {});

/// As above from memory; `name` is what errors call the file.
Graph ReadOnnxBytes(std::span<const uint8_t> bytes, const std::string& name,
                    const OnnxOptions& options = {});

}  // namespace fragua::model
