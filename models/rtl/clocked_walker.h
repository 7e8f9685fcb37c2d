// SPDX-License-Identifier: Apache-2.0
#pragma once

// The verilated walker on the time axis of the simulation: which cycle it is in, its inputs of that
// cycle, its clock, and the statistics of its walk caches. It is clocked lazily, up to the cycle
// that somebody asks for, and stands still while it has no work.
//
// Cycle t is what the ports show before the clock edge of time t (rtl/faultline_pkg.sv), so an
// event that they show has the time stamp t.

#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "models/mmu/tlb_stats.h"
#include "models/mmu/walk_engine.h"
#include "models/rtl/walker_module.h"

namespace faultline {

class ClockedWalker {
 public:
  /// Sees each clock edge: the cycle that ends, with its inputs and outputs.
  using Probe = std::function<void(Cycles cycle, const WalkerInputs&, const WalkerOutputs&)>;

  /// What an engine asks of memory.
  struct Access {
    bool cas = false;
    std::uint64_t address = 0;
    std::uint64_t expected = 0;  ///< compare-and-set only
    std::uint64_t desired = 0;
    bool operator==(const Access&) const = default;
  };

  /// As RtlWalkEngine's.
  ClockedWalker(std::unique_ptr<WalkerModule> module, const WalkEngineParts& parts,
                std::uint64_t period_ps);

  /// Goes on to cycle `t`, which is not before the present one, by all clock edges before it.
  /// Throws RtlError if an assertion fails or a memory request is not what begin_access() told.
  void advance(Cycles t);
  /// The ports in the present cycle, with the inputs that were put down so far; to be read anew
  /// after each put. Throws as advance().
  const WalkerOutputs& outputs();

  // Inputs of the present cycle. There is one request port, and one fence port.
  [[nodiscard]] bool request_is_put() const { return inputs_.request_valid; }
  void put_request(const WalkerRequestPins& request);
  void put_response(unsigned engine, const WalkPort::Response& response);
  /// Of several fences, see RtlWalkEngine::fence(). `counted`: in the statistics.
  void put_fence(const FenceScope& scope, bool counted);

  /// The request to memory that `engine` is to show from the next cycle on, until it is granted.
  void begin_access(unsigned engine, const Access& access);
  /// See RtlWalkEngine.
  void set_grant_delay(Cycles cycles) { grant_delay_ = cycles; }

  [[nodiscard]] unsigned engines() const { return static_cast<unsigned>(engines_.size()); }
  void set_probe(Probe probe) { probe_ = std::move(probe); }
  [[nodiscard]] WalkerModule& module() { return *module_; }

 private:
  struct EngineState {
    bool busy = false;       // a walk has started and not been answered
    bool accessing = false;  // memory has been asked and has not responded
    bool waits = false;      // the request to memory is not yet granted
    Cycles shown = 0;        // the first cycle in which the module shows that request
    Access access{};
  };

  void settle();
  void put_grants();
  [[nodiscard]] bool answer_checks();
  void check_memory_requests() const;
  [[nodiscard]] bool no_work() const;
  [[nodiscard]] bool nothing_happens() const;
  void clock();
  void edge();
  void count();
  void follow();
  void merge_fence(const FenceScope& scope);
  [[noreturn]] void fail(const std::string& what) const;

  std::unique_ptr<WalkerModule> module_;
  WalkEngineParts parts_;
  std::uint64_t period_ps_;
  Cycles cycle_ = 0;
  WalkerInputs inputs_{};
  WalkerOutputs outputs_{};
  bool settled_ = false;  // outputs_ belong to inputs_
  std::vector<EngineState> engines_;
  unsigned queued_ = 0;  // requests that are in and have not started
  Cycles grant_delay_ = 0;
  std::array<TlbStats, WalkCacheParams::kMaxLevels> stats_{};
  Probe probe_;
};

}  // namespace faultline
