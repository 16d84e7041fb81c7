#include "fragua/model/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fragua/model/error.h"

namespace fragua::model {

void Histogram::GrowTo(double limit) {
  if (limit_ == 0) {
    bins_.assign(kBins, 0);
    limit_ = limit;
  }
  while (limit_ < limit) {
    std::vector<int64_t> wider(kBins, 0);
    for (size_t i = 0; i < kBins; ++i) wider[kBins / 4 + i / 2] += bins_[i];
    bins_ = std::move(wider);
    limit_ *= 2;
  }
}

void Histogram::Add(float value) {
  if (value == 0.0F) return;
  const double real = value;
  if (!(std::abs(real) < limit_)) {
    int exponent = 0;
    std::frexp(real, &exponent);
    GrowTo(std::ldexp(1.0, exponent));  // the power of two just above |value|
  }
  const double place = (real / limit_ + 1.0) * (kBins / 2.0);
  ++bins_[std::min(static_cast<size_t>(place), kBins - 1)];
  ++count_;
}

void Histogram::Merge(const Histogram& other) {
  if (other.count_ == 0) return;
  Histogram scaled = other;
  const double limit = std::max(limit_, other.limit_);
  GrowTo(limit);
  scaled.GrowTo(limit);
  for (size_t i = 0; i < kBins; ++i) bins_[i] += scaled.bins_[i];
  count_ += other.count_;
}

double Histogram::centre(size_t bin) const {
  return ((static_cast<double>(bin) + 0.5) / (kBins / 2.0) - 1.0) * limit_;
}

double TensorStatistics::channel_mean(size_t channel) const {
  const double per_channel = static_cast<double>(count) / static_cast<double>(channel_sum.size());
  return channel_sum.at(channel) / per_channel;
}

Calibration::Calibration(const Graph& graph) {
  for (const Tensor& tensor : graph.tensors) {
    Entry entry;
    entry.name = tensor.name;
    if (!tensor.is_constant() && tensor.type == DataType::kFloat32) {
      entry.elements = static_cast<size_t>(tensor.elements());
      entry.channels = tensor.shape.empty() ? 1 : static_cast<size_t>(tensor.shape.back());
      entry.statistics.channel_sum.assign(entry.channels, 0.0);
    }
    entries_.push_back(std::move(entry));
  }
}

void Calibration::Observe(int tensor, std::span<const float> values) {
  Entry& entry = entries_.at(static_cast<size_t>(tensor));
  FRAGUA_CHECK(
      entry.elements != 0 && values.size() == entry.elements,
      fmt::format("'{}': {} values, expected {}", entry.name, values.size(), entry.elements));
  TensorStatistics& statistics = entry.statistics;
  if (statistics.count == 0) statistics.seen = {values[0], values[0]};
  size_t channel = 0;
  for (const float value : values) {
    if (!std::isfinite(value)) {
      ThrowInput(
          fmt::format("tensor '{}' holds {} on a calibration picture; check the model and how "
                      "its input is preprocessed",
                      entry.name, value));
    }
    statistics.seen.min = std::min<double>(statistics.seen.min, value);
    statistics.seen.max = std::max<double>(statistics.seen.max, value);
    statistics.channel_sum[channel] += value;
    if (++channel == entry.channels) channel = 0;
    statistics.histogram.Add(value);
  }
  statistics.count += static_cast<int64_t>(values.size());
}

void Calibration::ObserveAll(std::span<const std::vector<uint8_t>> values) {
  FRAGUA_CHECK(values.size() == entries_.size(),
               fmt::format("{} tensors, expected {}", values.size(), entries_.size()));
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].empty() || entries_[i].elements == 0) continue;
    Observe(static_cast<int>(i),
            {reinterpret_cast<const float*>(values[i].data()), values[i].size() / sizeof(float)});
  }
}

const TensorStatistics& Calibration::statistics(int tensor) const {
  return entries_.at(static_cast<size_t>(tensor)).statistics;
}

}  // namespace fragua::model
