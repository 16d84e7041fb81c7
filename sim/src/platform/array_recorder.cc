#include "platform/array_recorder.h"

#include <algorithm>
#include <utility>

namespace fragua::sim {
namespace {

/// Bits [lsb, lsb + width) of little-endian bytes, sign-extended.
int32_t SignedBits(const std::vector<uint8_t>& bytes, size_t lsb, size_t width) {
  uint64_t value = 0;
  for (size_t i = 0; i < 8 && lsb / 8 + i < bytes.size(); ++i) {
    value |= uint64_t{bytes[lsb / 8 + i]} << (8 * i);
  }
  const uint64_t bits = (value >> (lsb % 8)) << (64 - width);
  return static_cast<int32_t>(static_cast<int64_t>(bits) >> (64 - width));
}

}  // namespace

ArrayRecorder::ArrayRecorder(const driver::EngineConfig& config, EngineObserver& observer)
    : config_(config), observer_(observer), parameters_(static_cast<size_t>(config.pk)) {}

void ArrayRecorder::Observe(const RtlModel& model, uint64_t cycle) {
  const ComputeProbe probe = model.Probe();
  ObserveMoves(probe, cycle);
  if (probe.start) commands_.push_back(DecodeTile(model.NextCommand()));
  if (probe.parameters) {
    const std::vector<uint8_t> bytes = model.Weights();
    const size_t count = parameters_.size() / (8 / static_cast<size_t>(config_.pc));
    for (size_t i = 0; i < count; ++i) {
      uint64_t& word = parameters_[static_cast<size_t>(probe.parameter_index) * count + i];
      word = 0;
      for (size_t b = 0; b < 8; ++b) word |= uint64_t{bytes[8 * i + b]} << (8 * b);
    }
  }
  if (seen_) sums_.push_back({cycle, ReadSums(model)});
  if (probe.pixel_complete && !pixels_.empty()) {
    const uint64_t last = pixels_.front();
    pixels_.pop_front();
    if (seen_ && whole_ && behind_-- == 0) Deliver(cycle - last);
  }
  if (probe.operand_step) TakeStep(model, probe, cycle);
  if (probe.request_step) {
    requests_.push_back({probe.padding, probe.squeeze, probe.read_address, probe.weight_address});
  }
}

void ArrayRecorder::ObserveMoves(const ComputeProbe& probe, uint64_t cycle) {
  if (probe.load_activation) {
    observer_.OnLoad({0, false, probe.load_address, 0, probe.load_data, cycle});
  }
  if (probe.load_weight) {
    observer_.OnLoad({0, true, probe.load_weight_address, probe.load_weight_slice,
                      probe.load_weight_data, cycle});
  }
  if (probe.write_activation || probe.write_squeeze) {
    observer_.OnResult({0, probe.write_squeeze, probe.write_address, probe.write_data, cycle});
  }
}

bool ArrayRecorder::AtWanted() {
  const std::optional<PixelId> wanted = observer_.Wanted();
  if (!wanted || commands_.empty() || commands_.front().tag != wanted->tag) return false;
  const Tile& tile = commands_.front();
  const PixelId here = {tile.tag, static_cast<int>(pixel_ / tile.pixels()),
                        static_cast<int>(pixel_ % tile.pixels() / tile.out_cols),
                        static_cast<int>(pixel_ % tile.out_cols)};
  return here == *wanted;
}

void ArrayRecorder::TakeStep(const RtlModel& model, const ComputeProbe& probe, uint64_t cycle) {
  Request request = {};
  if (!requests_.empty()) {
    request = requests_.front();
    requests_.pop_front();
  }
  if (!whole_ && AtWanted()) {
    if (!seen_) {
      seen_.emplace();
      seen_->id = *observer_.Wanted();
      seen_->parameters = parameters_;
      sums_.clear();
    }
    ArrayStep step;
    step.cycle = cycle;
    step.padding = request.padding;
    step.squeeze = request.squeeze;
    step.address = request.address;
    step.weight_address = request.weight_address;
    for (const uint8_t byte : model.Activations()) {
      if (step.activations.size() == static_cast<size_t>(config_.pc)) break;
      step.activations.push_back(static_cast<int8_t>(byte));
    }
    for (const uint8_t byte : model.Weights()) step.weights.push_back(static_cast<int8_t>(byte));
    seen_->steps.push_back(std::move(step));
    if (probe.operand_last) {
      whole_ = true;
      behind_ = static_cast<int64_t>(pixels_.size());
    }
  }
  if (!probe.operand_last) return;
  pixels_.push_back(cycle);
  EndPixel();
}

void ArrayRecorder::EndPixel() {
  if (commands_.empty()) return;
  const Tile& tile = commands_.front();
  if (++pixel_ < tile.pixels() * tile.kblocks) return;
  pixel_ = 0;
  commands_.pop_front();
}

std::vector<int32_t> ArrayRecorder::ReadSums(const RtlModel& model) const {
  const std::vector<uint8_t> bytes = model.Accumulators();
  const auto width = static_cast<size_t>(config_.acc_bits);
  std::vector<int32_t> sums;
  for (size_t k = 0; k < static_cast<size_t>(config_.pk); ++k) {
    sums.push_back(SignedBits(bytes, k * width, width));
  }
  return sums;
}

void ArrayRecorder::Deliver(uint64_t latency) {
  for (ArrayStep& step : seen_->steps) {
    const auto at = std::ranges::find(sums_, step.cycle + latency, &Sums::cycle);
    if (at != sums_.end()) step.sums = at->values;
  }
  PixelObservation complete = std::move(*seen_);
  seen_.reset();
  sums_.clear();
  observer_.OnPixel(std::move(complete));
}

}  // namespace fragua::sim
