// SPDX-License-Identifier: Apache-2.0
#pragma once

// The verilated walker (rtl/walker.sv) as a WalkEngine. It has no process of its own: the module is
// clocked by the threads whose walks are in it, and stands still while it has no work. The
// WalkRecord is built from the module's trace port; only what the memory system alone knows
// (served_by) is added.
//
// A thread at true time t has the clock edges before t done, looks at the ports, and puts down its
// own inputs of cycle t; whoever comes later does edge t. That is exact because every step of the
// RTL takes a cycle or more: what the ports show in cycle t depends on inputs of earlier cycles
// only, except for fences, which come first, and the answers to checks.

#include <deque>
#include <memory>
#include <vector>

#include "models/mmu/walk_engine.h"
#include "models/rtl/clocked_walker.h"

namespace faultline {

class RtlWalkEngine final : public WalkEngine {
 public:
  using Probe = ClockedWalker::Probe;

  /// `module` has the parameters of `parts`, whose walk_cache_stats gets the walk caches'
  /// statistics; `period_ps` is the core's cycle.
  RtlWalkEngine(std::unique_ptr<WalkerModule> module, const WalkEngineParts& parts,
                std::uint64_t period_ps);

  /// Throws RtlError when the module breaks a rule: an assertion fails, its ports disagree, or it
  /// makes no progress.
  const WalkRecord& walk(LocalClock& clock, const WalkRequest& request, Leaf& leaf,
                         bool& cacheable) override;
  /// The module has one fence port. Of several fences in one cycle while walks are under way, it
  /// therefore gets one that covers them all.
  void fence(Cycles now, const FenceScope& scope) override;
  void flush(Cycles now) override;

  /// Memory grants a request so many cycles after it is shown, at the latest with its response; 0
  /// at first. For tests of back-pressure; no cycle of a walk depends on it.
  void set_grant_delay(Cycles cycles) { walker_.set_grant_delay(cycles); }
  /// Null: nobody.
  void set_probe(Probe probe) { walker_.set_probe(std::move(probe)); }
  [[nodiscard]] WalkerModule& module() { return walker_.module(); }

 private:
  /// One walk that is in the module.
  struct Ticket {
    std::uint16_t id = 0;  // of the request; the tickets' index
    bool started = false;
    unsigned engine = 0;  // once it has started
    WalkRecord record{};
    WalkTransaction transaction;
  };

  Ticket& enter(LocalClock& clock, const WalkRequest& request);
  void step(LocalClock& clock);
  [[nodiscard]] bool follow(LocalClock& clock, Ticket& ticket);
  void look_for_start(Ticket& ticket, Cycles now);
  void read(LocalClock& clock, Ticket& ticket, const WalkerEngineOutputs& issue);
  void update(LocalClock& clock, Ticket& ticket, const WalkerEngineOutputs& issue);
  template <typename Call>
  const WalkerEngineOutputs& access(LocalClock& clock, unsigned engine,
                                    const ClockedWalker::Access& what, Call call);
  void finish(Ticket& ticket, const WalkerEngineOutputs& response, Cycles now);
  Ticket& take_ticket();
  [[noreturn]] void fail(Cycles now, const char* what) const;

  WalkEngineParts parts_;
  ClockedWalker walker_;
  std::deque<Ticket> tickets_;
  std::vector<std::uint16_t> free_tickets_;
  // Requests that came to the port, and that got in: first come, first served.
  std::uint64_t came_ = 0;
  std::uint64_t entered_ = 0;
  unsigned accesses_ = 0;     // that memory is busy with
  Cycles last_progress_ = 0;  // of any walk
};

}  // namespace faultline
