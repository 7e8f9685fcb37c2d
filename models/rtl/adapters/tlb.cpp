// SPDX-License-Identifier: Apache-2.0
// The verilated `tlb` as an L2TlbModule; compiled by rtl/verilate into the design's shared object.

#include "Vtlb.h"
#include "models/rtl/adapters/instance.h"
#include "models/rtl/l2_tlb_module.h"

namespace faultline {

namespace {

/// fence_t of rtl/faultline_pkg.sv.
using FenceStruct = Packed<1, 1, 64, 16>;

class TlbAdapter : public L2TlbModule {
 public:
  void settle(const L2TlbInputs& in, L2TlbOutputs& out) override {
    tlb_->lookup_i = in.lookup;
    tlb_->insert_i = in.insert;
    tlb_->addr_i = in.address;
    tlb_->asid_i = in.asid;
    tlb_->level_i = in.level;
    tlb_->global_i = in.global;
    tlb_->data_i = in.pte;
    tlb_->fence_valid_i = in.fence_valid;
    if (in.fence_valid) {
      FenceStruct::put<0>(tlb_->fence_i, in.fence_has_address);
      FenceStruct::put<1>(tlb_->fence_i, in.fence_has_asid);
      FenceStruct::put<2>(tlb_->fence_i, in.address);
      FenceStruct::put<3>(tlb_->fence_i, in.asid);
    }
    tlb_.settle();
    out.response_valid = tlb_->rsp_valid_o != 0;
    out.hit = tlb_->hit_o != 0;
    out.level = tlb_->level_o;
    out.global = tlb_->global_o != 0;
    out.pte = tlb_->data_o;
    out.evicted = tlb_->evicted_o != 0;
    out.fenced = static_cast<std::uint32_t>(tlb_->fenced_o);
  }

  void clock(std::uint64_t time_ps) override { tlb_.clock(time_ps); }
  void open_waves(const std::string& path, std::uint64_t period_ps) override {
    tlb_.open_waves(path, period_ps);
  }
  void close_waves() override { tlb_.close_waves(); }
  void write_coverage(const std::string& path) override { tlb_.write_coverage(path); }

 private:
  Instance<Vtlb> tlb_;
};

}  // namespace

}  // namespace faultline

extern "C" __attribute__((visibility("default"))) faultline::L2TlbModule* faultline_rtl_tlb() {
  return new faultline::TlbAdapter;
}
