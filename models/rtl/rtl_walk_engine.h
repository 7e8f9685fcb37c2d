// SPDX-License-Identifier: Apache-2.0
#pragma once

// The verilated walker (rtl/walker.sv) as a WalkEngine. It has no process of its own: the module is
// clocked by the threads whose walks are in it, lazily, and stands still while it has no work. The
// WalkRecord is built from the module's trace port alone; only what the memory system knows
// (served_by) is added.
//
// Time: events of cycle t are what the module's ports show before its clock edge of time t
// (rtl/faultline_pkg.sv). A thread at true time t has the edges before t done (advance()), looks at
// the ports, and puts down its own inputs of cycle t; whoever comes later does edge t. That is
// exact because every step of the RTL takes a cycle or more: what the ports show in cycle t depends
// on inputs of earlier cycles only, except for fences, which come first, and the answers to checks.

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/mmu/walk_engine.h"
#include "models/rtl/walker_module.h"

namespace faultline {

class RtlWalkEngine : public WalkEngine {
 public:
  /// Sees each clock edge: the cycle with its inputs and outputs.
  using Probe = std::function<void(Cycles cycle, const WalkerInputs&, const WalkerOutputs&)>;

  /// `module` is of the parameters of `parts`, whose walk_cache_stats gets the walk caches'
  /// statistics; `period_ps` is the core's cycle.
  RtlWalkEngine(std::unique_ptr<WalkerModule> module, const WalkEngineParts& parts,
                std::uint64_t period_ps);
  ~RtlWalkEngine() override;

  /// Throws RtlError when the module breaks a rule: an assertion, a memory request that differs
  /// from its trace, no progress.
  const WalkRecord& walk(LocalClock& clock, const WalkRequest& request, Leaf& leaf,
                         bool& cacheable) override;
  /// Of several fences in one cycle while walks are under way, the union of their scopes is
  /// dropped: the module has one fence port.
  void fence(Cycles now, const FenceScope& scope) override;
  void flush(Cycles now) override;

  /// Memory grants a request so many cycles after it is shown, at the latest with its response; 0
  /// at first. For tests of back-pressure.
  void set_grant_delay(Cycles cycles);
  /// Null: nobody.
  void set_probe(Probe probe);
  [[nodiscard]] WalkerModule& module();

 private:
  class Module;
  std::unique_ptr<Module> module_;
};

}  // namespace faultline
