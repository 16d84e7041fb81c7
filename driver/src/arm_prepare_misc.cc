// Pooling, sums, means, softmax and the operators that treat every element alike.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

#include "arm_prepare.h"
#include "arm_share.h"
#include "fragua/model/error.h"

namespace fragua::driver::prepare {
namespace {

void RequireInt8(const OpView& view) {
  view.Require(view.input(), model::DataType::kInt8);
  view.Require(view.output(), model::DataType::kInt8);
}

bool IsByte(model::DataType type) {
  return type == model::DataType::kInt8 || type == model::DataType::kUInt8;
}

template <typename T>
T Saturate(float value) {
  const float low = std::numeric_limits<T>::min();
  const float high = std::numeric_limits<T>::max();
  return static_cast<T>(std::clamp(value, low, high));
}

/// Which of the input's dimensions a MEAN reduces.
std::vector<bool> ReducedDimensions(const OpView& view) {
  const auto rank = static_cast<int>(view.input().shape.size());
  std::vector<bool> reduced(static_cast<size_t>(rank));
  for (const int axis : view.attributes().axes) {
    const int dimension = axis < 0 ? axis + rank : axis;
    if (dimension < 0 || dimension >= rank) {
      view.Refuse(fmt::format("axis {} lies outside a tensor of {} dimensions", axis, rank));
    }
    reduced[static_cast<size_t>(dimension)] = true;
  }
  return reduced;
}

/// Sums over any set of dimensions: walks the input in order and keeps the output index beside it.
void SumOver(const std::vector<int>& shape, const std::vector<bool>& reduced, const int8_t* in,
             std::span<int32_t> sums) {
  const size_t rank = shape.size();
  std::vector<int64_t> step(rank);
  int64_t product = 1;
  for (size_t d = rank; d-- > 0;) {
    step[d] = reduced[d] ? 0 : product;
    if (!reduced[d]) product *= shape[d];
  }
  std::fill(sums.begin(), sums.end(), 0);
  std::vector<int> at(rank);
  int64_t out = 0;
  const int64_t count =
      std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
  for (int64_t i = 0; i < count; ++i) {
    sums[static_cast<size_t>(out)] += in[i];
    for (size_t d = rank; d-- > 0;) {
      out += step[d];
      if (++at[d] < shape[d]) break;
      out -= step[d] * shape[d];
      at[d] = 0;
    }
  }
}

}  // namespace

ActRange RangeOf(const OpView& view, model::Activation activation) {
  ActRange range;
  if (activation == model::Activation::kNone) return range;
  const int32_t zero = view.ZeroPointOf(view.output());
  range.min = std::max(range.min, zero);
  if (activation == model::Activation::kRelu6) {
    // In floating point first: with a tiny scale six does not fit an int32.
    const float six = std::round(6.0f / static_cast<float>(view.ScaleOf(view.output()))) +
                      static_cast<float>(zero);
    if (six < 127.0f) range.max = static_cast<int32_t>(six);
  }
  return range;
}

Body Pool(const OpView& view, const ArmKernels& kernels) {
  RequireInt8(view);
  const ActRange range = RangeOf(view, view.attributes().activation);
  PoolArgs args;
  args.in = view.MapOf(view.input());
  args.out = view.MapOf(view.output());
  args.window = view.WindowOf(view.attributes().filter_h, view.attributes().filter_w);
  args.act_min = range.min;
  args.act_max = range.max;
  const auto kernel =
      view.op().type == model::OpType::kMaxPool2d ? kernels.max_pool : kernels.average_pool;
  return [args, kernel, pool = view.pool(), in = view.input_index(0),
          out = view.output_index()](TensorStore& store) {
    PoolArgs call = args;
    call.input = In(store, in);
    call.output = Out(store, out);
    share::Run(pool, kernel, call);
  };
}

AddArgs AddOf(const OpView& view) {
  RequireInt8(view);
  view.Require(view.input(1), model::DataType::kInt8);
  if (view.input(0).elements() != view.output().elements() ||
      view.input(1).elements() != view.output().elements()) {
    view.Refuse("its operands differ in shape; broadcasting is not supported");
  }
  const double a = view.ScaleOf(view.input(0));
  const double b = view.ScaleOf(view.input(1));
  const double common = 2 * std::max(a, b);
  const ActRange range = RangeOf(view, view.attributes().activation);
  AddArgs args;
  args.elements = view.output().elements();
  args.a_zero_point = view.ZeroPointOf(view.input(0));
  args.b_zero_point = view.ZeroPointOf(view.input(1));
  args.out_zero_point = view.ZeroPointOf(view.output());
  args.a_factor = model::ToMultiplier(a / common);
  args.b_factor = model::ToMultiplier(b / common);
  args.out_factor = model::ToMultiplier(common / ((1 << 20) * view.ScaleOf(view.output())));
  args.act_min = range.min;
  args.act_max = range.max;
  return args;
}

Body Add(const OpView& view, const ArmKernels& kernels) {
  return [args = AddOf(view), kernel = kernels.add, pool = view.pool(), x = view.input_index(0),
          y = view.input_index(1), out = view.output_index()](TensorStore& store) {
    AddArgs call = args;
    call.a = In(store, x);
    call.b = In(store, y);
    call.output = Out(store, out);
    share::Run(pool, kernel, call);
  };
}

namespace {

Body RescaleBody(const OpView& view, const ArmKernels& kernels, ActRange range) {
  RescaleArgs args;
  args.elements = view.output().elements();
  args.in_zero_point = view.ZeroPointOf(view.input());
  args.out_zero_point = view.ZeroPointOf(view.output());
  args.factor = model::ToMultiplier(view.ScaleOf(view.input()) / view.ScaleOf(view.output()));
  args.act_min = range.min;
  args.act_max = range.max;
  return [args, kernel = kernels.rescale, pool = view.pool(), in = view.input_index(0),
          out = view.output_index()](TensorStore& store) {
    RescaleArgs call = args;
    call.input = In(store, in);
    call.output = Out(store, out);
    share::Run(pool, kernel, call);
  };
}

/// int8 <-> uint8: the same rescaling over other element types; rare enough for plain code.
template <typename From, typename To>
Body RescaleBytes(const OpView& view) {
  const model::Multiplier factor =
      model::ToMultiplier(view.ScaleOf(view.input()) / view.ScaleOf(view.output()));
  return [factor, in = view.input_index(0), out = view.output_index(),
          in_zero = view.ZeroPointOf(view.input()),
          out_zero = view.ZeroPointOf(view.output())](TensorStore& store) {
    const auto from = store.View<From>(in);
    To* to = reinterpret_cast<To*>(store.Create(out).data());
    for (size_t i = 0; i < from.size(); ++i) {
      const int32_t q = model::Requantise(from[i] - in_zero, factor) + out_zero;
      to[i] = static_cast<To>(
          std::clamp<int32_t>(q, std::numeric_limits<To>::min(), std::numeric_limits<To>::max()));
    }
  };
}

template <typename To>
Body QuantizeFloat(const OpView& view) {
  return [scale = static_cast<float>(view.ScaleOf(view.output())),
          zero = static_cast<float>(view.ZeroPointOf(view.output())), in = view.input_index(0),
          out = view.output_index()](TensorStore& store) {
    const auto from = store.View<float>(in);
    To* to = reinterpret_cast<To*>(store.Create(out).data());
    for (size_t i = 0; i < from.size(); ++i) {
      if (std::isnan(from[i])) {
        ThrowInput(fmt::format("value {} of the network's input is not a number", i));
      }
      to[i] = Saturate<To>(std::round(from[i] / scale) + zero);
    }
  };
}

template <typename From>
Body DequantizeBytes(const OpView& view) {
  return [scale = static_cast<float>(view.ScaleOf(view.input())),
          zero = view.ZeroPointOf(view.input()), in = view.input_index(0),
          out = view.output_index()](TensorStore& store) {
    const auto from = store.View<From>(in);
    float* to = reinterpret_cast<float*>(store.Create(out).data());
    for (size_t i = 0; i < from.size(); ++i) to[i] = scale * static_cast<float>(from[i] - zero);
  };
}

}  // namespace

Body Relu(const OpView& view, const ArmKernels& kernels) {
  RequireInt8(view);
  const bool six = view.op().type == model::OpType::kRelu6;
  return RescaleBody(view, kernels,
                     RangeOf(view, six ? model::Activation::kRelu6 : model::Activation::kRelu));
}

Body Quantize(const OpView& view, const ArmKernels& kernels) {
  const model::DataType from = view.input().type;
  const model::DataType to = view.output().type;
  if (!IsByte(to)) view.Require(view.output(), model::DataType::kInt8);
  const bool signed_out = to == model::DataType::kInt8;
  if (from == model::DataType::kFloat32) {
    return signed_out ? QuantizeFloat<int8_t>(view) : QuantizeFloat<uint8_t>(view);
  }
  if (!IsByte(from)) view.Require(view.input(), model::DataType::kFloat32);
  if (from == model::DataType::kInt8) {
    return signed_out ? RescaleBody(view, kernels, {}) : RescaleBytes<int8_t, uint8_t>(view);
  }
  return signed_out ? RescaleBytes<uint8_t, int8_t>(view) : RescaleBytes<uint8_t, uint8_t>(view);
}

Body Dequantize(const OpView& view) {
  view.Require(view.output(), model::DataType::kFloat32);
  if (!IsByte(view.input().type)) view.Require(view.input(), model::DataType::kInt8);
  return view.input().type == model::DataType::kInt8 ? DequantizeBytes<int8_t>(view)
                                                     : DequantizeBytes<uint8_t>(view);
}

MeanArgs MeanOf(const OpView& view, int64_t count) {
  MeanArgs args;
  args.count = count;
  args.in_zero_point = view.ZeroPointOf(view.input());
  args.out_zero_point = view.ZeroPointOf(view.output());
  args.factor = model::ToMultiplier(view.ScaleOf(view.input()) / view.ScaleOf(view.output()));
  return args;
}

Body Mean(const OpView& view, const ArmKernels& kernels) {
  RequireInt8(view);
  const std::vector<int> shape = view.input().shape;
  const std::vector<bool> reduced = ReducedDimensions(view);
  const int64_t elements = view.output().elements();
  const MeanArgs args = MeanOf(view, view.input().elements() / std::max<int64_t>(elements, 1));
  const bool map = reduced == std::vector<bool>{false, true, true, false} && shape[0] == 1;
  return [=, &kernels, in = view.input_index(0), out = view.output_index()](TensorStore& store) {
    std::vector<int32_t> sums(static_cast<size_t>(elements));
    if (map) {
      kernels.sum_map({{shape[1], shape[2], shape[3]}, In(store, in), sums.data()});
    } else {
      SumOver(shape, reduced, In(store, in), sums);
    }
    MeanArgs call = args;
    call.elements = elements;
    call.sums = sums.data();
    call.output = Out(store, out);
    kernels.mean(call);
  };
}

Body Softmax(const OpView& view, const ArmKernels& kernels) {
  RequireInt8(view);
  if (view.ScaleOf(view.output()) != 1.0 / 256 || view.ZeroPointOf(view.output()) != -128) {
    view.Refuse(fmt::format("its output has scale {} and zero point {}, expected 1/256 and -128",
                            view.ScaleOf(view.output()), view.ZeroPointOf(view.output())));
  }
  constexpr int kDiffIntegerBits = 5;
  const double real =
      std::min(view.attributes().beta * view.ScaleOf(view.input()) * (1 << (31 - kDiffIntegerBits)),
               static_cast<double>((int64_t{1} << 31) - 1));
  if (real < 1) view.Refuse("its input scale is too small for the fixed-point exponential");
  const model::Multiplier factor = model::ToMultiplier(real);
  SoftmaxArgs args;
  args.depth = view.input().shape.back();
  args.rows = view.input().elements() / args.depth;
  args.multiplier = factor.m;
  args.left_shift = factor.shift;
  // Differences whose rescaled value would leave the fixed-point range end at exp = 0.
  args.diff_min = -static_cast<int32_t>(
      std::floor(std::ldexp((1 << kDiffIntegerBits) - 1, 31 - kDiffIntegerBits - factor.shift)));
  return [args, kernel = kernels.softmax, pool = view.pool(), in = view.input_index(0),
          out = view.output_index()](TensorStore& store) {
    SoftmaxArgs call = args;
    call.input = In(store, in);
    call.output = Out(store, out);
    share::Run(pool, kernel, call);
  };
}

}  // namespace fragua::driver::prepare
