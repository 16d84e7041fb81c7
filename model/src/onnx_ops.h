#pragma once
// One converter per ONNX operator type.

#include "onnx_builder.h"

namespace fragua::model::onnx_import {

/// Converts one node; fails if its type is not supported.
void ConvertNode(GraphBuilder& builder, const Node& node);

// onnx_window_ops.cc: operators that slide a window, and what is folded into them.
void ConvertConv(GraphBuilder& builder, const Node& node);
void ConvertMaxPool(GraphBuilder& builder, const Node& node);
void ConvertAveragePool(GraphBuilder& builder, const Node& node);
void ConvertBatchNormalization(GraphBuilder& builder, const Node& node);

// onnx_plain_ops.cc: everything without a window.
void ConvertAdd(GraphBuilder& builder, const Node& node);
void ConvertClip(GraphBuilder& builder, const Node& node);
void ConvertConcat(GraphBuilder& builder, const Node& node);
void ConvertGemm(GraphBuilder& builder, const Node& node);
void ConvertGlobalAveragePool(GraphBuilder& builder, const Node& node);
void ConvertPad(GraphBuilder& builder, const Node& node);
void ConvertPassThrough(GraphBuilder& builder, const Node& node);
void ConvertReduceMean(GraphBuilder& builder, const Node& node);
void ConvertRelu(GraphBuilder& builder, const Node& node);
void ConvertSoftmax(GraphBuilder& builder, const Node& node);

// onnx_shape_ops.cc: changes of shape, and the constant arithmetic that computes shapes.
void ConvertConstant(GraphBuilder& builder, const Node& node);
void ConvertFlatten(GraphBuilder& builder, const Node& node);
void ConvertGather(GraphBuilder& builder, const Node& node);
void ConvertReshape(GraphBuilder& builder, const Node& node);
void ConvertShape(GraphBuilder& builder, const Node& node);
void ConvertSqueeze(GraphBuilder& builder, const Node& node);
void ConvertUnsqueeze(GraphBuilder& builder, const Node& node);

/// Appends kMean over rows and columns that keeps them as 1 x 1.
void AddGlobalMean(GraphBuilder& builder, const Node& node);

/// -rank..rank-1 to 0..rank-1; fails outside.
int NormaliseAxis(const Node& node, int64_t axis, size_t rank);

/// What a node says about its window, resolved against the map it slides over.
struct Window {
  int kernel_h = 1, kernel_w = 1;
  int stride_h = 1, stride_w = 1;
  int dilation_h = 1, dilation_w = 1;
  Padding padding;
  int out_h = 0, out_w = 0;
};
/// `kernel` = {rows, columns}, `shape` = NHWC of the input.
Window ResolveWindow(const Node& node, const std::vector<int64_t>& kernel,
                     const std::vector<int>& shape);

}  // namespace fragua::model::onnx_import
