#pragma once
// Compares graphs field by field and names the first difference.

#include <gtest/gtest.h>

#include "fragua/model/graph.h"

namespace fragua::model {

inline void ExpectSameTensor(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.type, b.type);
  EXPECT_EQ(a.shape, b.shape);
  EXPECT_EQ(a.quant.scale, b.quant.scale);
  EXPECT_EQ(a.quant.zero_point, b.quant.zero_point);
  EXPECT_EQ(a.quant.axis, b.quant.axis);
  EXPECT_TRUE(a.data == b.data);
}

inline void ExpectSameOp(const Op& a, const Op& b) {
  EXPECT_EQ(Name(a.type), Name(b.type));
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.inputs, b.inputs);
  EXPECT_EQ(a.outputs, b.outputs);
  const Attributes &p = a.attributes, &q = b.attributes;
  EXPECT_EQ(p.padding, q.padding);
  EXPECT_EQ(p.stride_h, q.stride_h);
  EXPECT_EQ(p.stride_w, q.stride_w);
  EXPECT_EQ(p.dilation_h, q.dilation_h);
  EXPECT_EQ(p.dilation_w, q.dilation_w);
  EXPECT_EQ(p.filter_h, q.filter_h);
  EXPECT_EQ(p.filter_w, q.filter_w);
  EXPECT_EQ(p.depth_multiplier, q.depth_multiplier);
  EXPECT_EQ(p.activation, q.activation);
  EXPECT_EQ(p.axis, q.axis);
  EXPECT_EQ(p.axes, q.axes);
  EXPECT_EQ(p.keep_dims, q.keep_dims);
  EXPECT_EQ(p.pads, q.pads);
  EXPECT_EQ(p.beta, q.beta);
}

inline void ExpectSameGraph(const Graph& a, const Graph& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.inputs, b.inputs);
  EXPECT_EQ(a.outputs, b.outputs);
  EXPECT_EQ(a.input_encoding, b.input_encoding);
  EXPECT_EQ(a.synthetic_weights, b.synthetic_weights);
  ASSERT_EQ(a.tensors.size(), b.tensors.size());
  for (size_t i = 0; i < a.tensors.size(); ++i) {
    SCOPED_TRACE(::testing::Message() << "tensor " << i << " " << a.tensors[i].name);
    ExpectSameTensor(a.tensors[i], b.tensors[i]);
  }
  ASSERT_EQ(a.ops.size(), b.ops.size());
  for (size_t i = 0; i < a.ops.size(); ++i) {
    SCOPED_TRACE(::testing::Message() << "operator " << i << " " << a.ops[i].name);
    ExpectSameOp(a.ops[i], b.ops[i]);
  }
}

}  // namespace fragua::model
