// SPDX-License-Identifier: Apache-2.0
#pragma once

// The bench of the co-simulation: two walk engines side by side in one SystemC simulation, each
// with a memory, a protection unit and a memory map of its own. The initiators of a round run once
// for each side and each walk's answers are compared as soon as both are there. Only the modules
// are part of SystemC's elaboration; engines and threads come and go with the rounds.

#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/bus/memory_map.h"
#include "models/common/stats.h"
#include "models/mmu/pmp.h"
#include "models/mmu/walk_engine.h"
#include "models/mmu/walk_port.h"
#include "platform/cosim/difference.h"
#include "platform/cosim/round.h"
#include "platform/cosim/walk_answer.h"

namespace faultline {

/// The cycle of the bench.
inline constexpr std::uint64_t kCosimPeriodPs = 1000;

/// What makes one of the two engines, and its name in reports.
struct NamedEngine {
  std::string name;
  WalkEngineFactory make;
};

/// One engine and the machine around it.
class WalkSide : public sc_core::sc_module {
 public:
  explicit WalkSide(const sc_core::sc_module_name& name);

  /// Makes the engine and its machine as they are at the beginning of `round`, whose cycle 0 is
  /// `start`. All arguments outlive the round.
  void begin(const Round& round, const MmuParams& params, const NamedEngine& engine, Cycles start);
  /// Destroys the engine, on which no walk is under way, and with it what its statistics refer to.
  void end() { engine_.reset(); }
  /// Says that the calling thread is this initiator.
  void join(unsigned initiator);

  [[nodiscard]] WalkEngine& engine() { return *engine_; }
  [[nodiscard]] const StatGroup& statistics() const { return *statistics_; }
  [[nodiscard]] const std::vector<std::uint64_t>& memory() const { return memory_; }
  void rewrite(PhysAddr address, std::uint64_t value) { entry(address) = value; }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  [[nodiscard]] Cycles answer_cycle(PhysAddr address, Cycles cycle) const;
  [[nodiscard]] std::uint64_t& entry(PhysAddr address) {
    return memory_[(address.value - round_->base().value) / sizeof(std::uint64_t)];
  }

  tlm_utils::simple_target_socket<WalkSide> target_{"target"};
  WalkPort port_;
  const Round* round_ = nullptr;
  Cycles start_ = 0;
  Pmp pmp_;
  MemoryMap map_;
  std::vector<std::uint64_t> memory_;
  std::vector<const sc_core::sc_process_b*> threads_;  // by initiator
  std::unique_ptr<StatGroup> statistics_;
  std::unique_ptr<WalkEngine> engine_;
};

class WalkBench : public sc_core::sc_module {
 public:
  /// Told of each walk whose answers are equal: what was asked in which cycle of the round, and the
  /// answer.
  using Witness =
      std::function<void(const WalkRequest& request, Cycles submitted, const WalkAnswer& answer)>;

  /// To be made before the first run() of any bench in this process.
  explicit WalkBench(const sc_core::sc_module_name& name);
  WalkBench(const WalkBench&) = delete;
  WalkBench& operator=(const WalkBench&) = delete;

  /// Plays one round; stops at the first difference and returns it. `params` has passed check().
  [[nodiscard]] std::optional<Difference> run(const Round& round, const MmuParams& params,
                                              const std::array<NamedEngine, 2>& engines,
                                              const Witness& witness);
  /// Destroys the engines of the last round, which otherwise live until the next one.
  void end();
  /// The statistics of the last round's walk caches, equal on both sides; until end().
  [[nodiscard]] const StatGroup& statistics() const { return sides_[0]->statistics(); }
  /// The cycles that the last round took.
  [[nodiscard]] Cycles cycles() const { return last_answer_ - start_; }
  /// The cycle of the simulation in which the last round began.
  [[nodiscard]] Cycles start() const { return start_; }

 private:
  /// Answers of one initiator that the other side has yet to give, and whose they are.
  struct Ahead {
    std::deque<WalkAnswer> answers;
    unsigned side = 0;
    std::size_t compared = 0;  // walks that both sides have answered
  };

  void spawn(unsigned side, unsigned initiator);
  void initiate(unsigned side, unsigned initiator);
  void judge(unsigned side, unsigned initiator, Cycles submitted, const WalkAnswer& answer);
  void happen();
  void schedule_happening();
  void simulate(const MmuParams& params);
  void report(Difference difference);
  void report_failure(unsigned side, const std::string& what);
  void report_answers(unsigned initiator, std::size_t index, const std::array<WalkAnswer, 2>& both);
  void report_silence();
  void compare_ends();
  void stop_threads();
  [[nodiscard]] MemoryPair memory_pair() const;
  [[nodiscard]] bool finished() const {
    return finished_ == sides_.size() * round_->initiators().size();
  }

  std::array<std::unique_ptr<WalkSide>, 2> sides_;
  sc_core::sc_event next_happening_;

  // Of the round.
  const Round* round_ = nullptr;
  const std::array<NamedEngine, 2>* engines_ = nullptr;
  const Witness* witness_ = nullptr;
  Cycles start_ = 0;
  Cycles last_answer_ = 0;
  std::vector<Ahead> ahead_;  // by initiator
  std::vector<sc_core::sc_process_handle> threads_;
  std::uint64_t happenings_ = 0;
  std::size_t finished_ = 0;  // initiators, of both sides
  std::optional<Difference> difference_;
};

}  // namespace faultline
