#include "axi/hp_port.h"

#include <algorithm>
#include <utility>

namespace fragua::sim {

HpPort::HpPort(const driver::BoardConfig::Ddr& ddr, BusMemory& memory,
               std::optional<MemoryStalls> stalls)
    : memory_(memory) {
  SetBehaviour(ddr, stalls);
}

void HpPort::SetBehaviour(const driver::BoardConfig::Ddr& ddr, std::optional<MemoryStalls> stalls) {
  ddr_ = ddr;
  stalls_ = stalls;
  random_.seed(stalls ? stalls->seed : 0);
  price_ = Bucket::kOne * 64 / ddr.width_bits;
  read_.gain = write_.gain = Bucket::Beats(ddr.efficiency);
  shared_.gain = Bucket::Beats(ddr.shared_efficiency);
}

void HpPort::SetFaults(std::vector<BusFault> faults) {
  faults_ = std::move(faults);
  read_index_ = write_index_ = 0;
  hang_reads_until_ = hang_writes_until_ = 0;
}

BusStatus HpPort::FaultOf(BusFault::Kind kind, uint64_t index) const {
  for (const BusFault& fault : faults_) {
    if (fault.kind == kind && fault.burst == index) return fault.status;
  }
  return BusStatus::kOkay;
}

bool HpPort::Affords(const Bucket& own) const {
  return own.Holds(price_) && shared_.Holds(price_) &&
         (controller_ == nullptr || controller_->HoldsBeat());
}

void HpPort::Pay(Bucket& own) {
  own.level -= price_;
  shared_.level -= price_;
  if (controller_ != nullptr) controller_->TakeBeat(number_);
}

const AxiIn& HpPort::Drive() {
  ++cycle_;
  read_.Refill();
  write_.Refill();
  shared_.Refill();
  pins_.ar_ready = reads_.size() < static_cast<size_t>(ddr_.max_reads) && !Stall(&MemoryStalls::ar);
  pins_.aw_ready =
      writes_.size() < static_cast<size_t>(ddr_.max_writes) && !Stall(&MemoryStalls::aw);
  DriveRead();

  const auto open = std::ranges::find_if(writes_, [](const Burst& b) { return !b.started; });
  pins_.w_ready = open != writes_.end() && cycle_ >= hang_writes_until_ && Affords(write_) &&
                  !Stall(&MemoryStalls::w);
  if (!pins_.b.valid && !writes_.empty()) {
    const Burst& front = writes_.front();
    if (front.started && cycle_ >= front.due && cycle_ >= hang_writes_until_ &&
        !Stall(&MemoryStalls::b)) {
      pins_.b = {true, front.address.id, static_cast<uint8_t>(front.status)};
    }
  }
  return pins_;
}

void HpPort::DriveRead() {
  // A beat that was offered stays offered.
  if (pins_.r.valid || reads_.empty()) return;
  if (stalls_ && stalls_->reorder_reads) Reorder();
  Burst& burst = reads_.front();
  if (cycle_ < burst.due || cycle_ < hang_reads_until_ || !Affords(read_) ||
      Stall(&MemoryStalls::r)) {
    return;
  }
  if (!burst.started) {
    burst.started = true;
    burst.data.resize((size_t{burst.address.len} + 1) * 8);
    if (burst.status == BusStatus::kOkay) {
      burst.status = memory_.Read(burst.address.address, burst.data);
    }
  }
  Pay(read_);
  uint64_t word = 0;
  for (size_t b = 0; b < 8; ++b) {
    word |= uint64_t{burst.data[burst.beats_done * 8 + b]} << (8 * b);
  }
  pins_.r = {true, burst.address.id, word, static_cast<uint8_t>(burst.status),
             burst.beats_done == burst.address.len};
}

/// Now and then the first burst of the other ID comes next, as long as no data have been given.
void HpPort::Reorder() {
  if (reads_.front().started || random_() % 10 != 0) return;
  const auto other = std::ranges::find_if(
      reads_, [this](const Burst& b) { return b.address.id != reads_.front().address.id; });
  if (other != reads_.end()) std::rotate(reads_.begin(), other, std::next(other));
}

bool HpPort::Clock(const AxiOut& engine) {
  bool moved = false;
  const auto hang = [&](BusFault::Kind kind, uint64_t index, uint64_t& until) {
    for (const BusFault& fault : faults_) {
      if (fault.kind != kind || fault.burst != index) continue;
      until = fault.cycles == UINT64_MAX ? UINT64_MAX : cycle_ + fault.cycles;
    }
  };
  if (pins_.r.valid && engine.r_ready) {
    moved = true;
    pins_.r.valid = false;
    Burst& burst = reads_.front();
    if (burst.beats_done++ == burst.address.len) reads_.pop_front();
  }
  if (pins_.b.valid && engine.b_ready) {
    moved = true;
    pins_.b.valid = false;
    writes_.pop_front();
  }
  if (pins_.w_ready && engine.w.valid) {
    moved = true;
    Pay(write_);
    Burst& burst = *std::ranges::find_if(writes_, [](const Burst& b) { return !b.started; });
    for (size_t b = 0; b < 8; ++b) {
      burst.data.push_back(static_cast<uint8_t>(engine.w.data >> (8 * b)));
    }
    if (burst.beats_done++ == burst.address.len) FinishWrite(burst);
  }
  if (pins_.ar_ready && engine.ar.valid) {
    moved = true;
    Burst burst;
    burst.address = engine.ar;
    burst.index = read_index_++;
    burst.due = cycle_ + static_cast<uint64_t>(ddr_.read_latency) + Jitter();
    burst.status = FaultOf(BusFault::Kind::kReadResponse, burst.index);
    hang(BusFault::Kind::kReadsHang, burst.index, hang_reads_until_);
    reads_.push_back(std::move(burst));
  }
  if (pins_.aw_ready && engine.aw.valid) {
    moved = true;
    Burst burst;
    burst.address = engine.aw;
    burst.index = write_index_++;
    burst.status = FaultOf(BusFault::Kind::kWriteResponse, burst.index);
    hang(BusFault::Kind::kWritesHang, burst.index, hang_writes_until_);
    writes_.push_back(std::move(burst));
  }
  return moved;
}

void HpPort::FinishWrite(Burst& burst) {
  burst.started = true;
  burst.due = cycle_ + static_cast<uint64_t>(ddr_.write_latency) + Jitter();
  if (burst.status == BusStatus::kOkay) {
    burst.status = memory_.Write(burst.address.address, burst.data);
  }
}

void HpPort::Skip(uint64_t cycles) {
  cycle_ += cycles;
  for (Bucket* bucket : {&read_, &write_, &shared_}) bucket->level = Bucket::kCap;
}

}  // namespace fragua::sim
