// Operators that only move bytes.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <functional>
#include <numeric>
#include <vector>

#include "arm_prepare.h"

namespace fragua::driver::prepare {
namespace {

int64_t Product(const std::vector<int>& shape, size_t first, size_t last) {
  return std::accumulate(shape.begin() + static_cast<ptrdiff_t>(first),
                         shape.begin() + static_cast<ptrdiff_t>(last), int64_t{1},
                         std::multiplies<>());
}

/// Elements from one index to the next along every dimension of a dense tensor.
std::vector<int64_t> Steps(const std::vector<int>& shape) {
  std::vector<int64_t> steps(shape.size(), 1);
  for (size_t d = shape.size(); d-- > 1;) steps[d - 1] = steps[d] * shape[d];
  return steps;
}

/// Counts through all indices of `shape` in row-major order, last dimension fastest.
template <typename Visit>
void ForEachIndex(const std::vector<int>& shape, Visit visit) {
  const int64_t count = Product(shape, 0, shape.size());
  std::vector<int> at(shape.size());
  for (int64_t i = 0; i < count; ++i) {
    visit(at);
    for (size_t d = shape.size(); d-- > 0;) {
      if (++at[d] < shape[d]) break;
      at[d] = 0;
    }
  }
}

}  // namespace

Body Concatenation(const OpView& view) {
  const auto rank = static_cast<int>(view.output().shape.size());
  const int axis =
      view.attributes().axis < 0 ? view.attributes().axis + rank : view.attributes().axis;
  const auto at = static_cast<size_t>(axis);
  const auto bytes = static_cast<size_t>(SizeOf(view.output().type));
  const auto outer = static_cast<size_t>(Product(view.output().shape, 0, at));
  struct Part {
    int tensor;
    size_t bytes;  // per index of the outer dimensions
  };
  std::vector<Part> parts;
  for (int i = 0; i < view.input_count(); ++i) {
    view.Require(view.input(i), view.output().type);
    const std::vector<int>& shape = view.input(i).shape;
    parts.push_back(
        {view.input_index(i), static_cast<size_t>(Product(shape, at, shape.size())) * bytes});
  }
  return [parts = std::move(parts), outer, out = view.output_index()](TensorStore& store) {
    const std::span<uint8_t> to = store.Create(out);
    size_t row = 0;
    for (const Part& part : parts) row += part.bytes;
    size_t offset = 0;
    for (const Part& part : parts) {
      const uint8_t* from = store.Bytes(part.tensor).data();
      for (size_t o = 0; o < outer; ++o) {
        std::memcpy(to.data() + o * row + offset, from + o * part.bytes, part.bytes);
      }
      offset += part.bytes;
    }
  };
}

Body Pad(const OpView& view) {
  view.Require(view.input(), model::DataType::kInt8);
  view.Require(view.output(), model::DataType::kInt8);
  const std::vector<int>& shape = view.input().shape;
  const std::vector<int64_t> steps = Steps(view.output().shape);
  const auto& pads = view.attributes().pads;
  if (pads.size() != shape.size()) view.Refuse("its paddings do not match its input's dimensions");
  int64_t origin = 0;
  for (size_t d = 0; d < shape.size(); ++d) origin += pads[d].first * steps[d];
  // The last padded dimension and all behind it move as one run.
  size_t inner = shape.size();
  while (inner > 1 && pads[inner - 1] == std::pair{0, 0}) --inner;
  std::vector<int> outer(shape.begin(), shape.begin() + static_cast<ptrdiff_t>(inner) - 1);
  const auto run = static_cast<size_t>(Product(shape, inner - 1, shape.size()));
  return [outer = std::move(outer), steps, origin, run, zero = view.ZeroPointOf(view.input()),
          in = view.input_index(0), out = view.output_index()](TensorStore& store) {
    const std::span<uint8_t> to = store.Create(out);
    std::memset(to.data(), static_cast<uint8_t>(zero), to.size());
    const uint8_t* from = store.Bytes(in).data();
    ForEachIndex(outer, [&](const std::vector<int>& at) {
      int64_t offset = origin;
      for (size_t d = 0; d < at.size(); ++d) offset += at[d] * steps[d];
      std::memcpy(to.data() + offset, from, run);
      from += run;
    });
  };
}

Body Reshape(const OpView& view) {
  view.Require(view.input(), view.output().type);
  return [in = view.input_index(0), out = view.output_index()](TensorStore& store) {
    const std::span<uint8_t> to = store.Create(out);
    const std::span<const uint8_t> from = store.Bytes(in);
    std::memcpy(to.data(), from.data(), to.size());
  };
}

Body Transpose(const OpView& view) {
  view.Require(view.input(), view.output().type);
  const std::vector<int64_t> in_steps = Steps(view.input().shape);
  std::vector<int64_t> steps;  // of the input, in the order of the output's dimensions
  for (const int axis : view.attributes().axes)
    steps.push_back(in_steps.at(static_cast<size_t>(axis)));
  if (steps.size() != view.output().shape.size()) {
    view.Refuse("its permutation does not match its output's dimensions");
  }
  const auto bytes = static_cast<size_t>(SizeOf(view.output().type));
  // The last dimension is a loop of its own; a byte is copied as such.
  std::vector<int> outer = view.output().shape;
  const int count = outer.back();
  outer.pop_back();
  const auto pitch = static_cast<ptrdiff_t>(steps.back() * static_cast<int64_t>(bytes));
  return [outer = std::move(outer), steps = std::move(steps), count, pitch, bytes,
          in = view.input_index(0), out = view.output_index()](TensorStore& store) {
    uint8_t* to = store.Create(out).data();
    const uint8_t* base = store.Bytes(in).data();
    ForEachIndex(outer, [&](const std::vector<int>& at) {
      int64_t offset = 0;
      for (size_t d = 0; d < at.size(); ++d) offset += at[d] * steps[d];
      const uint8_t* from = base + static_cast<size_t>(offset) * bytes;
      if (bytes == 1) {
        for (int i = 0; i < count; ++i, from += pitch) *to++ = *from;
        return;
      }
      for (int i = 0; i < count; ++i, from += pitch, to += bytes) std::memcpy(to, from, bytes);
    });
  };
}

}  // namespace fragua::driver::prepare
