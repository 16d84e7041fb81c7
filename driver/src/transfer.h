#pragma once
// Moves tensors between the processor's NHWC form and the engine's memory.

#include <cstdint>
#include <span>
#include <vector>

#include "fragua/driver/program.h"
#include "fragua/driver/tensor_store.h"

namespace fragua::driver {

/// Writes the tensor of an input transfer into `memory` (transfer.bytes).
void Pack(const Transfer& transfer, const TensorStore& store, std::span<uint8_t> memory);
/// Creates the tensor of a kBlocked output transfer from `memory`.
void Unpack(const Transfer& transfer, std::span<const uint8_t> memory, TensorStore& store);
/// The sums of a kSums transfer by channel.
std::vector<int32_t> ReadSums(const Transfer& transfer, std::span<const uint8_t> memory);

}  // namespace fragua::driver
