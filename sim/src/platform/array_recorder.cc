#include "platform/array_recorder.h"

#include <algorithm>
#include <utility>

#include "fragua/model/error.h"

namespace fragua::sim {

ArrayRecorder::ArrayRecorder(const driver::EngineConfig& config, EngineObserver& observer)
    : config_(config), observer_(observer), parameters_(static_cast<size_t>(config.pk)) {}

void ArrayRecorder::Observe(const RtlModel& model, uint64_t cycle) {
  const ComputeProbe probe = model.Probe();
  ObserveMoves(probe, cycle);
  if (probe.start) commands_.push_back(DecodeTile(model.NextCommand()));
  if (probe.parameters) {
    const std::vector<uint64_t> words = model.Weights();
    const auto first =
        parameters_.begin() + static_cast<std::ptrdiff_t>(words.size()) * probe.parameter_index;
    FRAGUA_CHECK(parameters_.end() - first >= static_cast<std::ptrdiff_t>(words.size()),
                 "a parameter word beyond the output channels");
    std::ranges::copy(words, first);
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
    const uint64_t activations = model.Activations();
    const std::vector<uint64_t> weights = model.Weights();
    FRAGUA_CHECK(static_cast<int>(weights.size()) == config_.macs_per_cycle() / 8,
                 "slices of the weight buffer that the model shows");
    for (int c = 0; c < config_.pc; ++c)
      step.activations.push_back(static_cast<int8_t>(activations >> (8 * c)));
    for (size_t i = 0; i < 8 * weights.size(); ++i)
      step.weights.push_back(static_cast<int8_t>(weights[i / 8] >> (8 * (i % 8))));
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
  const std::vector<uint32_t> raw = model.Accumulators();
  FRAGUA_CHECK(static_cast<int>(raw.size()) == config_.pk, "accumulators that the model shows");
  const int unused = 32 - config_.acc_bits;
  std::vector<int32_t> sums;
  for (const uint32_t bits : raw) sums.push_back(static_cast<int32_t>(bits << unused) >> unused);
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
