// SPDX-License-Identifier: Apache-2.0
// The verilated `walker` as a WalkerModule; compiled by rtl/verilate into the design's shared
// object.

#include "models/rtl/walker_module.h"

#include "Vwalker.h"
#include "models/rtl/adapters/bundles.h"
#include "models/rtl/adapters/instance.h"

namespace faultline {

namespace {

/// How many bundles of `Struct` a port holds, which is fewer words than one bundle larger.
template <typename Struct, typename Port>
constexpr unsigned count_in() {
  return static_cast<unsigned>(sizeof(Port)) * 8 / Struct::kWidth;
}

class WalkerAdapter final : public WalkerModule {
 public:
  void settle(const WalkerInputs& in, WalkerOutputs& out) override {
    put_request(in);
    put_fence(in);
    for (unsigned i = 0; i < kEngines; ++i) put_engine(i, in.engine[i]);
    walker_.settle();
    out.request_ready = walker_->req_ready_o != 0;
    for (unsigned i = 0; i < kEngines; ++i) get_engine(i, out.engine[i]);
    for (unsigned i = 1; i < out.walk_cache.size(); ++i) get_walk_cache(i, out.walk_cache[i]);
  }

  void clock(std::uint64_t time_ps) override { walker_.clock(time_ps); }
  void open_waves(const std::string& path, std::uint64_t period_ps) override {
    walker_.open_waves(path, period_ps);
  }
  void close_waves() override { walker_.close_waves(); }
  void write_coverage(const std::string& path) override { walker_.write_coverage(path); }

 private:
  // A trace bundle has more bits than a word, so the port's words tell how many there are.
  static constexpr unsigned kEngines = count_in<TraceStruct, decltype(Vwalker::trace_o)>();

  void put_request(const WalkerInputs& in) {
    using S = RequestStruct;
    walker_->req_valid_i = in.request_valid;
    if (!in.request_valid) return;
    auto& port = walker_->req_i;
    S::put<S::Id>(port, in.request.id);
    S::put<S::Address>(port, in.request.address);
    S::put<S::Access>(port, in.request.access);
    S::put<S::Privilege>(port, in.request.privilege);
    S::put<S::Asid>(port, in.request.asid);
    S::put<S::RootPpn>(port, in.request.root_ppn);
    S::put<S::RootLevel>(port, in.request.root_level);
    S::put<S::Sum>(port, in.request.sum);
    S::put<S::Mxr>(port, in.request.mxr);
    S::put<S::Adue>(port, in.request.adue);
  }

  void put_fence(const WalkerInputs& in) {
    using S = FenceStruct;
    walker_->fence_valid_i = in.fence_valid;
    if (!in.fence_valid) return;
    auto& port = walker_->fence_i;
    S::put<S::HasAddress>(port, in.fence_has_address);
    S::put<S::HasAsid>(port, in.fence_has_asid);
    S::put<S::Address>(port, in.fence_address);
    S::put<S::Asid>(port, in.fence_asid);
  }

  void put_engine(unsigned i, const WalkerEngineInputs& in) {
    using S = MemoryResponseStruct;
    put_bits(walker_->check_allowed_i, i, 1, in.check_allowed);
    put_bits(walker_->mem_gnt_i, i, 1, in.memory_grant);
    put_bits(walker_->mem_rsp_valid_i, i, 1, in.memory_valid);
    if (!in.memory_valid) return;
    S::put<S::Value>(walker_->mem_rsp_i, in.memory_value, i);
    S::put<S::Stored>(walker_->mem_rsp_i, in.memory_stored, i);
    S::put<S::Error>(walker_->mem_rsp_i, in.memory_error, i);
  }

  void get_engine(unsigned i, WalkerEngineOutputs& out) {
    out.response_valid = get_bits(walker_->rsp_valid_o, i, 1) != 0;
    if (out.response_valid) get_response(i, out);
    using Check = CheckStruct;
    out.check_store = Check::get<Check::Store>(walker_->check_o, i) != 0;
    out.check_address = Check::get<Check::Address>(walker_->check_o, i);
    out.memory_request = get_bits(walker_->mem_req_o, i, 1) != 0;
    if (out.memory_request) get_memory(i, out);
    get_trace(i, out);
  }

  void get_response(unsigned i, WalkerEngineOutputs& out) {
    using S = ResponseStruct;
    const auto& port = walker_->rsp_o;
    out.response_id = static_cast<std::uint16_t>(S::get<S::Id>(port, i));
    out.status = static_cast<std::uint8_t>(S::get<S::Status>(port, i));
    out.level = static_cast<std::uint8_t>(S::get<S::Level>(port, i));
    out.pte = S::get<S::Pte>(port, i);
    out.global = S::get<S::Global>(port, i) != 0;
    out.cacheable = S::get<S::Cacheable>(port, i) != 0;
    out.walk_cache_level = static_cast<std::uint8_t>(S::get<S::WalkCacheLevel>(port, i));
  }

  void get_memory(unsigned i, WalkerEngineOutputs& out) {
    using S = MemoryStruct;
    const auto& port = walker_->mem_o;
    out.memory_cas = S::get<S::Cas>(port, i) != 0;
    out.memory_address = S::get<S::Address>(port, i);
    out.memory_expected = S::get<S::Expected>(port, i);
    out.memory_desired = S::get<S::Desired>(port, i);
  }

  void get_trace(unsigned i, WalkerEngineOutputs& out) {
    using S = TraceStruct;
    const auto& port = walker_->trace_o;
    out.state = static_cast<std::uint8_t>(S::get<S::State>(port, i));
    out.started = S::get<S::Started>(port, i) != 0;
    out.read_issued = S::get<S::ReadIssued>(port, i) != 0;
    out.read_done = S::get<S::ReadDone>(port, i) != 0;
    out.update_issued = S::get<S::UpdateIssued>(port, i) != 0;
    out.update_done = S::get<S::UpdateDone>(port, i) != 0;
    if (!(out.started || out.read_issued || out.read_done || out.update_issued ||
          out.update_done)) {
      return;
    }
    out.started_id = static_cast<std::uint16_t>(S::get<S::Id>(port, i));
    out.refused = S::get<S::Refused>(port, i) != 0;
    out.stored = S::get<S::Stored>(port, i) != 0;
    out.trace_level = static_cast<std::uint8_t>(S::get<S::Level>(port, i));
    out.trace_address = S::get<S::Address>(port, i);
    out.trace_value = S::get<S::Value>(port, i);
    out.trace_old_value = S::get<S::OldValue>(port, i);
    out.trace_new_value = S::get<S::NewValue>(port, i);
  }

  void get_walk_cache(unsigned level, WalkCacheLevelOutputs& out) {
    const auto count = [level](const auto& port) {
      return static_cast<std::uint16_t>(
          get_bits(port, level * kWalkCacheCountWidth, kWalkCacheCountWidth));
    };
    out.lookups = count(walker_->wc_lookups_o);
    out.hits = count(walker_->wc_hits_o);
    out.fills = count(walker_->wc_fills_o);
    out.evictions = count(walker_->wc_evictions_o);
    out.fenced = static_cast<std::uint32_t>(
        get_bits(walker_->wc_fenced_o, level * kWalkCacheFencedWidth, kWalkCacheFencedWidth));
  }

  Instance<Vwalker> walker_;
};

}  // namespace

}  // namespace faultline

extern "C" __attribute__((visibility("default"))) faultline::WalkerModule* faultline_rtl_walker() {
  return new faultline::WalkerAdapter;
}
