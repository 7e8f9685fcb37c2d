// SPDX-License-Identifier: Apache-2.0
#pragma once

// A verilated `walker`, cycle by cycle, with a memory that grants each request at once and answers
// it after as many cycles as the test says. Each entry lets S mode read the page, unless the test
// puts another one there. Notes when each walk gets in, starts and finishes.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "models/common/types.h"
#include "models/mmu/pte.h"
#include "models/mmu/translation.h"
#include "models/rtl/walker_module.h"

namespace faultline {

class WalkerBench {
 public:
  struct Walk {
    Cycles requested = 0;
    Cycles started = 0;
    Cycles finished = 0;
    unsigned engine = 0;
    unsigned first_level = 0;  ///< the walk caches led there
    bool cacheable = false;
  };
  static constexpr std::uint64_t kGoodLeaf = kPteV | kPteR | kPteX | kPteA | kPteD;

  WalkerBench(std::unique_ptr<WalkerModule> module, unsigned engines)
      : module_(std::move(module)), engines_(engines), accesses_(engines) {}

  /// The cycles that memory takes for what an engine reads; at least 1.
  std::function<Cycles(unsigned engine)> latency = [](unsigned) { return Cycles{1}; };
  /// Entries by address, where they are not kGoodLeaf.
  std::map<std::uint64_t, std::uint64_t> entries;

  /// An Sv39 load whose walk takes accept + look_up + issue + latency + decode + respond cycles.
  static WalkerRequestPins load(std::uint16_t id, std::uint64_t address = 0) {
    return {.id = id, .address = address, .privilege = 1, .asid = 1, .root_ppn = 1};
  }
  /// One whose address is not canonical, so that it takes accept + respond cycles.
  static WalkerRequestPins short_load(std::uint16_t id) { return load(id, std::uint64_t{1} << 62); }

  /// One cycle in which `request` is at the port; true if it is taken.
  bool cycle(const std::optional<WalkerRequestPins>& request = {},
             const std::optional<FenceScope>& fence = {}) {
    ++now_;
    put(request, fence);
    module_->settle(inputs_, outputs_);
    for (unsigned i = 0; i < engines_; ++i) answer(i);
    module_->settle(inputs_, outputs_);
    const bool taken = request && outputs_.request_ready;
    if (taken) walks_[request->id].requested = now_;
    for (unsigned i = 0; i < engines_; ++i) observe(i);
    module_->clock(now_);
    return taken;
  }
  /// Runs until all walks that got in have finished.
  void drain() {
    constexpr unsigned kTooLong = 10000;
    for (unsigned i = 0; open() && i < kTooLong; ++i) cycle();
  }

  [[nodiscard]] Cycles now() const { return now_; }
  [[nodiscard]] const Walk& walk(std::uint16_t id) const { return walks_.at(id); }
  /// What the ports showed in the last cycle.
  [[nodiscard]] const WalkerOutputs& outputs() const { return outputs_; }

 private:
  struct Access {
    Cycles due = 0;  // 0: there is none
    std::uint64_t address = 0;
  };

  void put(const std::optional<WalkerRequestPins>& request,
           const std::optional<FenceScope>& fence) {
    inputs_.request_valid = request.has_value();
    if (request) inputs_.request = *request;
    inputs_.fence_valid = fence.has_value();
    if (!fence) return;
    inputs_.fence_has_address = fence->has_address;
    inputs_.fence_has_asid = fence->has_asid;
    inputs_.fence_address = fence->address.value;
    inputs_.fence_asid = fence->asid;
  }

  void answer(unsigned i) {
    WalkerEngineInputs& in = inputs_.engine[i];
    const WalkerEngineOutputs& out = outputs_.engine[i];
    Access& access = accesses_[i];
    in.memory_grant = out.memory_request;
    if (out.memory_request) access = {now_ + latency(i) - 1, out.memory_address};
    in.memory_valid = access.due == now_;
    if (!in.memory_valid) return;
    const auto entry = entries.find(access.address);
    in.memory_value = entry != entries.end() ? entry->second : kGoodLeaf;
    access.due = 0;
  }

  void observe(unsigned i) {
    const WalkerEngineOutputs& out = outputs_.engine[i];
    if (out.response_valid) {
      Walk& walk = walks_.at(out.response_id);
      walk.finished = now_;
      walk.first_level = out.walk_cache_level;
      walk.cacheable = out.cacheable;
    }
    if (out.started) {
      Walk& walk = walks_.at(out.started_id);
      walk.started = now_;
      walk.engine = i;
    }
  }

  [[nodiscard]] bool open() const {
    for (const auto& [id, walk] : walks_) {
      if (walk.finished == 0) return true;
    }
    return false;
  }

  std::unique_ptr<WalkerModule> module_;
  unsigned engines_;
  Cycles now_ = 0;
  WalkerInputs inputs_{};
  WalkerOutputs outputs_{};
  std::vector<Access> accesses_;         // by engine
  std::map<std::uint16_t, Walk> walks_;  // by id
};

}  // namespace faultline
