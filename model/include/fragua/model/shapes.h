#pragma once
// Shape arithmetic shared by the readers, the writers and Validate.

#include <string>
#include <utility>
#include <vector>

#include "fragua/model/graph.h"

namespace fragua::model {

/// "[1, 56, 56, 64]".
std::string ShapeText(const std::vector<int>& shape);

/// Extent of a kernel of `size` taps that are `dilation` apart.
inline int DilatedExtent(int size, int dilation) { return (size - 1) * dilation + 1; }

/// Output extent of a window sliding over one axis; 0 when the window does not fit.
int OutputExtent(int input, int kernel, int stride, int dilation, int pad_before, int pad_after);

/// Padding (before, after) that TensorFlow calls SAME: ceil(input / stride) outputs, the odd one
/// after.
std::pair<int, int> SamePadding(int input, int kernel, int stride, int dilation);

/// Kernel height and width of a convolution or pooling operator.
std::pair<int, int> KernelSize(const Graph& graph, const Op& op);

/// The shape the operator's output must have. Inputs and attributes must be right (Validate checks
/// them first). RESHAPE: the stored output shape. FULLY_CONNECTED: [batch, outputs] unless the
/// stored one is equivalent.
std::vector<int> InferShape(const Graph& graph, const Op& op);

}  // namespace fragua::model
