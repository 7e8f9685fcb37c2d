// SPDX-License-Identifier: Apache-2.0
#include "models/dram/dram.h"

#include <algorithm>
#include <cstring>

#include "models/common/memory_attributes.h"

namespace faultline {

namespace {

ServedBy served_by(RowResult row) {
  switch (row) {
    case RowResult::Closed:
      return ServedBy::DramRowClosed;
    case RowResult::Conflict:
      return ServedBy::DramRowConflict;
    default:
      return ServedBy::DramRowHit;
  }
}

std::uint64_t divide_up(std::uint64_t a, std::uint64_t b) {
  return (a + b - 1) / b;
}

double ratio(std::uint64_t a, std::uint64_t b) {
  return b == 0 ? 0.0 : static_cast<double>(a) / static_cast<double>(b);
}

/// `s` must live as long as the group.
void register_channel(StatGroup& group, ControllerStats& s) {
  group.counter("reads", "commands", "RD commands, one line each.", s.reads);
  group.counter("writes", "commands", "WR commands, one line each.", s.writes);
  group.counter("activates", "commands", "ACT commands.", s.activates);
  group.counter("precharges", "commands", "PRE, PREA and auto-precharges.", s.precharges);
  group.counter("refreshes", "commands", "REF commands.", s.refreshes);
  group.counter("row_hits", "accesses", "RD and WR that found their row open.", s.row_hits);
  group.counter("row_closed", "accesses", "RD and WR that found no row open.", s.row_closed);
  group.counter("row_conflicts", "accesses", "RD and WR that found another row open.",
                s.row_conflicts);
  group.counter("forwarded_reads", "requests", "Reads answered by the write queue.",
                s.forwarded_reads);
  group.counter("merged_writes", "requests", "Writes merged into a queued one.", s.merged_writes);
  group.counter("cycles", "DRAM cycles", "Clock cycles that were decided.", s.cycles);
  group.counter("read_queue_cycles", "requests x DRAM cycles", "Sum of the read queue's length.",
                s.read_queue_cycles);
  group.counter("write_queue_cycles", "requests x DRAM cycles", "Sum of the write queue's length.",
                s.write_queue_cycles);
  group.derived("row_hit_rate", "ratio", "Row hits among all accesses.",
                [&s] { return ratio(s.row_hits, s.reads + s.writes); });
  group.derived("bus_utilisation", "ratio", "Share of cycles in which the data bus moves data.",
                [&s] { return ratio((s.reads + s.writes) * kBurstCycles, s.cycles); });
  group.derived("read_queue_average", "requests", "Mean length of the read queue.",
                [&s] { return ratio(s.read_queue_cycles, s.cycles); });
  group.derived("write_queue_average", "requests", "Mean length of the write queue.",
                [&s] { return ratio(s.write_queue_cycles, s.cycles); });
}

}  // namespace

/// One thread that waits; kept for the next one.
struct Dram::Waiter {
  sc_core::sc_event event;
};

/// One transaction under way; lives on its caller's stack.
struct Dram::Transfer {
  bool is_write = false;
  unsigned outstanding = 0;  // requests without their Completion
  Cycles start = 0;
  Cycles finished = 0;
  RowResult row = RowResult::Unknown;
  Waiter* waiter = nullptr;  // set while the thread waits
};

Dram::Dram(const sc_core::sc_module_name& name, const DramParams& params, std::uint64_t period_ps,
           StatGroup& stats)
    : sc_module(name),
      target("target"),
      params_(params),
      timing_(timing_of(params)),
      period_ps_(period_ps),
      clock_(period_ps, timing_.data_rate_mtps),
      map_(params),
      store_(params.size_bytes) {
  for (unsigned channel = 0; channel < params_.channels; ++channel) {
    channels_.push_back(std::make_unique<DramController>(params_, timing_, channel));
  }
  target.register_b_transport(this, &Dram::b_transport);
  target.register_get_direct_mem_ptr(this, &Dram::get_direct_mem_ptr);
  target.register_transport_dbg(this, &Dram::transport_dbg);
  SC_HAS_PROCESS(Dram);
  SC_METHOD(step);
  sensitive << step_event_;
  dont_initialize();
  register_stats(stats);
}

Dram::~Dram() = default;

void Dram::set_observer(unsigned channel, DramController::Observer observer) {
  channels_.at(channel)->set_observer(std::move(observer));
}

// ---- the socket --------------------------------------------------------------------------------

void Dram::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const tlm::tlm_response_status status = check_payload(payload);
  payload.set_response_status(status);
  if (status != tlm::TLM_OK_RESPONSE || payload.get_command() == tlm::TLM_IGNORE_COMMAND) return;
  payload.set_dmi_allowed(true);
  move_bytes(payload);

  Transfer transfer;
  transfer.is_write = payload.is_write();
  transfer.start = divide_up((sc_core::sc_time_stamp() + delay).value(), period_ps_);
  transfer.finished = transfer.start;
  const std::uint64_t offset = payload.get_address() - params_.base.value;
  const std::uint64_t last = (offset + payload.get_data_length() - 1) / kLineBytes;
  const DramCycles arrival = clock_.to_dram(transfer.start + params_.frontend_latency_cycles);
  for (std::uint64_t line = offset / kLineBytes; line <= last; ++line) {
    submit(line, arrival, transfer);
  }
  if (transfer.outstanding != 0) {
    run_ahead(&transfer);
    if (transfer.outstanding != 0) wait_for(transfer);
  }

  count(transfer, payload.get_data_length());
  if (auto* attributes = payload.get_extension<MemoryAttributes>()) {
    attributes->served_by = served_by(transfer.row);
  }
  delay = time_of(transfer.finished) - sc_core::sc_time_stamp();
}

tlm::tlm_response_status Dram::check_payload(const tlm::tlm_generic_payload& p) const {
  if (p.get_byte_enable_ptr() != nullptr) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  if (p.get_data_length() == 0 || p.get_streaming_width() < p.get_data_length()) {
    return tlm::TLM_BURST_ERROR_RESPONSE;
  }
  if (!contains(p.get_address(), p.get_data_length())) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  return tlm::TLM_OK_RESPONSE;
}

bool Dram::contains(std::uint64_t address, std::uint64_t length) const {
  const std::uint64_t offset = address - params_.base.value;
  return offset < params_.size_bytes && length <= params_.size_bytes - offset;
}

void Dram::move_bytes(const tlm::tlm_generic_payload& payload) {
  unsigned char* home = store_.data() + (payload.get_address() - params_.base.value);
  unsigned char* data = payload.get_data_ptr();
  if (data == home) return;  // the sender works on the memory itself (direct memory interface)
  if (payload.is_read()) {
    std::memcpy(data, home, payload.get_data_length());
  } else {
    std::memcpy(home, data, payload.get_data_length());
  }
}

bool Dram::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  dmi.init();
  dmi.set_start_address(params_.base.value);
  dmi.set_end_address(params_.base.value + params_.size_bytes - 1);
  if (!contains(payload.get_address(), 1)) {
    dmi.set_start_address(payload.get_address());
    dmi.set_end_address(payload.get_address());
    return false;
  }
  dmi.set_dmi_ptr(store_.data());
  dmi.allow_read_write();
  return true;
}

unsigned Dram::transport_dbg(tlm::tlm_generic_payload& payload) {
  const bool moves = payload.is_read() || payload.is_write();
  if (!moves || !contains(payload.get_address(), payload.get_data_length())) return 0;
  move_bytes(payload);
  return payload.get_data_length();
}

// ---- time --------------------------------------------------------------------------------------

void Dram::submit(std::uint64_t line, DramCycles arrival, Transfer& transfer) {
  const DramLocation location = map_.locate(line);
  DramController& channel = *channels_[location.channel];
  advance_channel(channel, arrival);
  const DramController::Admission admission = transfer.is_write
                                                  ? channel.write(location, line, &transfer)
                                                  : channel.read(location, line, &transfer);
  switch (admission) {
    case DramController::Admission::Queued:
    case DramController::Admission::Waiting:
      ++transfer.outstanding;
      break;
    case DramController::Admission::Forwarded: {
      const Cycles forwarded = clock_.to_core(channel.now()) + params_.forward_latency_cycles;
      transfer.finished = std::max(transfer.finished, forwarded);
      break;
    }
    case DramController::Admission::Posted:
      break;
  }
}

/// Decides all cycles of the channel before `limit`.
void Dram::advance_channel(DramController& channel, DramCycles limit) {
  while (channel.now() < limit) {
    const DramController::Progress progress = channel.advance(limit);
    if (progress.completion) deliver(*progress.completion);
  }
}

/// Among the channels with requests that somebody awaits, the one whose next command comes first.
DramController* Dram::next_awaited() {
  DramController* next = nullptr;
  for (const auto& channel : channels_) {
    if (channel->awaited() == 0) continue;
    if (next == nullptr || channel->next_command() < next->next_command()) next = channel.get();
  }
  return next;
}

/// Issues commands that are certain, until `until` is complete (null: as long as threads wait).
void Dram::run_ahead(const Transfer* until) {
  limit_ = certain_limit();
  while (until != nullptr ? until->outstanding != 0 : blocked_ != 0) {
    DramController* channel = next_awaited();
    if (channel->next_command() >= limit_) return;
    const DramController::Progress progress = channel->advance(limit_);
    if (progress.completion) deliver(*progress.completion);
  }
}

void Dram::deliver(const DramController::Completion& completion) {
  Transfer& transfer = *static_cast<Transfer*>(completion.sender);
  const Cycles back = transfer.is_write ? 0 : params_.backend_latency_cycles;
  transfer.finished = std::max(transfer.finished, clock_.to_core(completion.cycle) + back);
  transfer.row = std::max(transfer.row, completion.row);
  if (--transfer.outstanding != 0) return;
  // From here on its sender may make new requests.
  limit_ = std::min(limit_, clock_.to_dram(transfer.finished + params_.frontend_latency_cycles));
  if (transfer.waiter == nullptr) return;
  --blocked_;
  transfer.waiter->event.notify();
}

void Dram::wait_for(Transfer& transfer) {
  if (free_waiters_.empty()) free_waiters_.push_back(std::make_unique<Waiter>());
  std::unique_ptr<Waiter> waiter = std::move(free_waiters_.back());
  free_waiters_.pop_back();
  transfer.waiter = waiter.get();
  ++blocked_;
  schedule_step();
  sc_core::wait(waiter->event);
  free_waiters_.push_back(std::move(waiter));
}

void Dram::step() {
  run_ahead(nullptr);
  schedule_step();
}

/// Wakes the method process when the next command that somebody awaits is certain.
void Dram::schedule_step() {
  step_event_.cancel();
  if (blocked_ == 0) return;
  const Cycles certain = clock_.core_after(next_awaited()->next_command());
  const Cycles wake = certain - std::min(certain, params_.frontend_latency_cycles);
  const sc_core::sc_time& now = sc_core::sc_time_stamp();
  const sc_core::sc_time at = time_of(wake);
  step_event_.notify(at > now ? at - now : sc_core::SC_ZERO_TIME);
}

/// The first DRAM cycle in which a request that is yet to be made can arrive.
DramCycles Dram::certain_limit() const {
  const std::uint64_t pending = sc_core::sc_time_to_pending_activity().value();
  const std::uint64_t now = sc_core::sc_time_stamp().value();
  constexpr std::uint64_t kFar = std::uint64_t{1} << 62;
  if (pending >= kFar - now) return DramController::kNever;
  const Cycles horizon = divide_up(now + pending, period_ps_);
  return clock_.to_dram(horizon + params_.frontend_latency_cycles);
}

sc_core::sc_time Dram::time_of(Cycles cycle) const {
  return sc_core::sc_time::from_value(cycle * period_ps_);
}

void Dram::settle(Cycles now) {
  for (const auto& channel : channels_) advance_channel(*channel, clock_.to_dram(now));
  schedule_step();
}

// ---- statistics --------------------------------------------------------------------------------

void Dram::count(const Transfer& transfer, std::uint64_t bytes) {
  const Cycles latency = transfer.finished - transfer.start;
  if (transfer.is_write) {
    ++write_requests_;
    write_bytes_ += bytes;
    write_stall_cycles_ += latency;
    return;
  }
  read_latency_min_ = read_requests_ == 0 ? latency : std::min(read_latency_min_, latency);
  read_latency_max_ = std::max(read_latency_max_, latency);
  read_latency_sum_ += latency;
  ++read_requests_;
  read_bytes_ += bytes;
}

void Dram::register_stats(StatGroup& stats) {
  stats.counter("read_requests", "transactions", "Reads at the target socket.", read_requests_);
  stats.counter("write_requests", "transactions", "Writes at the target socket.", write_requests_);
  stats.counter("read_bytes", "bytes", "Bytes that reads asked for.", read_bytes_);
  stats.counter("write_bytes", "bytes", "Bytes that writes brought.", write_bytes_);
  stats.counter("read_latency_sum", "core cycles", "Latencies of all reads at the socket.",
                read_latency_sum_);
  stats.counter("read_latency_min", "core cycles", "Shortest latency of a read; 0 without reads.",
                read_latency_min_);
  stats.counter("read_latency_max", "core cycles", "Longest latency of a read.", read_latency_max_);
  stats.counter("write_stall_cycles", "core cycles", "Time that writes waited for queue room.",
                write_stall_cycles_);
  stats.derived("read_latency_average", "core cycles", "Mean latency of a read at the socket.",
                [this] { return ratio(read_latency_sum_, read_requests_); });
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    register_channel(stats.group("channel" + std::to_string(i)), channels_[i]->stats());
  }
}

}  // namespace faultline
