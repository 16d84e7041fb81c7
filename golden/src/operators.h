#pragma once
// One function per operator, one file each. Each reads and writes through its context, picks int8
// or float arithmetic by the tensors' types, and refuses what it does not implement. The graph has
// passed model::Validate.

#include "op_context.h"

namespace fragua::golden {

void Add(const OpContext& context);
void AveragePool2d(const OpContext& context);
void Concatenation(const OpContext& context);
void Conv2d(const OpContext& context);
void DepthwiseConv2d(const OpContext& context);
void Dequantize(const OpContext& context);
void FullyConnected(const OpContext& context);
void MaxPool2d(const OpContext& context);
void Mean(const OpContext& context);
void Pad(const OpContext& context);
void Quantize(const OpContext& context);
void Relu(const OpContext& context);  ///< RELU and RELU6
void Reshape(const OpContext& context);
void Softmax(const OpContext& context);
void Transpose(const OpContext& context);

}  // namespace fragua::golden
