// SPDX-License-Identifier: Apache-2.0
#pragma once

// One round of the co-simulation: a machine with random page tables and protection, what a number
// of initiators ask of its walker, and how memory and software behave meanwhile. A round is a pure
// function of its key. What happens in it is a function of addresses and cycles alone, never of the
// order in which somebody asked, so two engines that do the same see the same.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/bus/memory_map.h"
#include "models/common/types.h"
#include "models/mmu/params.h"
#include "models/mmu/pmp.h"
#include "models/mmu/translation.h"
#include "models/mmu/walk_engine.h"
#include "platform/cosim/random.h"

namespace faultline {

/// The number of levels of the tables of satp.MODE (RISC-V Privileged 1.12, 4.1.11, table 4.4).
[[nodiscard]] constexpr unsigned levels_of_mode(std::uint64_t satp) {
  return static_cast<unsigned>(satp >> 60U) - 5;
}
/// The number of levels of a format's tables: 3, 4, 5 for Sv39, Sv48, Sv57.
[[nodiscard]] unsigned levels_of(PageTableFormat format);

/// Equal keys name equal rounds, on every host.
struct RoundKey {
  std::uint64_t seed = 0;
  std::string design;  ///< so that designs see different rounds
  std::uint64_t number = 0;
};

/// What one initiator does next.
struct PlannedWalk {
  Cycles gap = 0;  ///< at least so many cycles after the answer to the walk before
  WalkRequest request{};
};

/// What software does at the beginning of a cycle.
struct Happening {
  enum class Kind : std::uint8_t { Fence, Flush, Rewrite };
  Kind kind = Kind::Fence;
  FenceScope scope{};       ///< Fence
  PhysAddr address{};       ///< Rewrite: of an entry ...
  std::uint64_t value = 0;  ///< ... and what it becomes
};

/// How the machine around the walker is in this round.
struct Temper {
  Cycles latency_cycles = 1;  ///< the longest of memory
  unsigned error_percent = 0;
  unsigned rival_percent = 0;   ///< compare-and-sets that somebody else forestalls
  Cycles grant_cycles = 0;      ///< the longest time from a request to its grant
  Cycles happening_cycles = 0;  ///< mean distance of two happenings; 0: there are none
  Cycles gap_cycles = 0;        ///< the longest pause of an initiator
};

/// Makes rounds and holds what belongs to one.
class Round {
 public:
  /// The tables take the first pages of main memory; the last ones exist in the memory map only, as
  /// those of a memory of which the walker has no direct pointer, so each access to them is an
  /// error at once.
  static constexpr unsigned kTablePages = 60;
  static constexpr unsigned kMappedPages = 64;
  static constexpr unsigned kWalks = 96;
  static constexpr unsigned kMaxInitiators = 16;

  /// `params` has passed check().
  Round(const RoundKey& key, const MmuParams& params);

  [[nodiscard]] const RoundKey& key() const { return key_; }
  [[nodiscard]] const Temper& temper() const { return temper_; }
  [[nodiscard]] const MemoryMap& map() const { return map_; }
  [[nodiscard]] const Pmp& pmp() const { return pmp_; }
  /// Main memory from base() on, as it is at the beginning: entries.
  [[nodiscard]] const std::vector<std::uint64_t>& memory() const { return memory_; }
  [[nodiscard]] PhysAddr base() const { return base_; }
  /// By initiator. Initiator i submits, and gets the answers to its accesses to contended()
  /// entries, only in cycles that are i modulo the number of initiators.
  [[nodiscard]] const std::vector<std::vector<PlannedWalk>>& initiators() const {
    return initiators_;
  }

  /// Cycles from an access in `cycle` to its answer, at least 1.
  [[nodiscard]] Cycles latency(PhysAddr address, Cycles cycle) const;
  /// Whether memory refuses the access.
  [[nodiscard]] bool error(PhysAddr address, Cycles cycle) const;
  /// Which part of the memory system is said to have answered.
  [[nodiscard]] ServedBy served_by(PhysAddr address, Cycles cycle) const;
  /// True if walks may want to set A or D of the entry, so that the order of accesses matters.
  [[nodiscard]] bool contended(PhysAddr address) const;
  /// What the entry, which is `value`, becomes just before a compare-and-set is answered in
  /// `cycle`; nothing if it stays.
  [[nodiscard]] std::optional<std::uint64_t> rival(PhysAddr address, Cycles cycle,
                                                   std::uint64_t value) const;
  /// Cycles from the happening before number `index` (or from the beginning) to it.
  [[nodiscard]] Cycles happening_distance(std::uint64_t index) const;
  [[nodiscard]] Happening happening(std::uint64_t index) const;

 private:
  [[nodiscard]] std::size_t index_of(PhysAddr address) const {
    return (address.value - base_.value) / sizeof(std::uint64_t);
  }
  void draw_temper(Random& random);
  void draw_protection(Random& random);
  [[nodiscard]] Happening fence(Random& random) const;
  [[nodiscard]] Happening rewrite(Random& random) const;

  RoundKey key_;
  std::uint64_t hash_;
  Temper temper_{};
  PhysAddr base_{};
  std::vector<std::uint64_t> memory_;
  std::vector<std::uint16_t> indices_;  // in a table, of the entries that are in use
  MemoryMap map_;
  Pmp pmp_;
  std::vector<std::vector<PlannedWalk>> initiators_;
};

}  // namespace faultline
