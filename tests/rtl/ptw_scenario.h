// SPDX-License-Identifier: Apache-2.0
#pragma once

// One table walk as a test sees it: what is asked and what happens around it, what comes of it, and
// the memory with the tables.

#include <array>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "models/mmu/pte.h"
#include "models/mmu/walk.h"
#include "models/mmu/walk_record.h"

namespace faultline {

/// The cycles of each step, as CMakeLists.txt gives them to the module.
struct Steps {
  Cycles accept = 1;
  Cycles look_up = 1;  ///< 0: there are no walk caches
  Cycles issue = 1;
  Cycles decode = 1;
  Cycles update = 1;
  Cycles respond = 1;
};

/// state_e of faultline_pkg.
enum class PtwState : std::uint8_t {
  Idle,
  Accept,
  LookUp,
  Issue,
  Wait,
  Decode,
  Update,
  UpdateWait,
  Respond,
  kCount
};

/// One walk and what happens around it. Cycles count from the one in which the request is taken.
struct Scenario {
  using Question = std::function<bool(std::uint64_t address, bool store)>;
  static constexpr Cycles kNever = std::numeric_limits<Cycles>::max();

  VirtAddr address{};
  AccessType access = AccessType::Load;
  TranslationContext context{};
  unsigned grant = 0;                 ///< cycles that memory lets each request wait
  unsigned latency = 1;               ///< cycles from the grant to the response
  Cycles fence = kNever;              ///< the cycle of a fence
  std::optional<WalkPosition> hit;    ///< of the walk caches
  std::vector<std::uint64_t> rivals;  ///< what others store right before each compare-and-set
  Question refused = [](std::uint64_t, bool) { return false; };  ///< by PMP or PMA
  Question error = [](std::uint64_t, bool) { return false; };    ///< of the bus
};

/// A pointer that goes to the walk caches, and when.
struct KeptPointer {
  Cycles cycle = 0;
  unsigned level = 0;  ///< of the entry
  std::uint64_t ppn = 0;
  bool global = false;
  bool operator==(const KeptPointer&) const = default;
};

/// All that comes of a walk, in cycles since it was taken.
struct WalkResult {
  WalkRecord record{};
  bool global = false;
  bool cacheable = true;
  unsigned lookups = 0;  ///< of the walk caches
  std::vector<KeptPointer> kept;
  std::array<Cycles, static_cast<std::size_t>(PtwState::kCount)> cycles_in{};

  [[nodiscard]] AbortStatus status() const { return record.status; }
  [[nodiscard]] Cycles cycles() const { return record.finished; }
};

/// Main memory, in which an entry is made up when it is first looked at.
class MadeUpMemory {
 public:
  explicit MadeUpMemory(std::uint64_t seed) : random_(seed) {}

  std::uint64_t draw(std::uint64_t below) { return random_() % below; }
  /// Mostly pointers and leaves of all sizes; now and then everything else.
  std::uint64_t make_entry() {
    const std::uint64_t ppn = draw(1U << 20) << (9 * draw(5));
    std::uint64_t entry = ((ppn << kPtePpnShift) & kPtePpnMask) | kPteV;
    if (draw(2) == 0) entry |= draw(256);
    if (draw(8) == 0) entry ^= kPteV;
    if (draw(16) == 0) entry |= std::uint64_t{1} << (54 + draw(10));
    return entry;
  }
  std::uint64_t& entry(std::uint64_t address) {
    const auto [at, made] = entries_.try_emplace(address, 0);
    if (made) at->second = make_entry();
    return at->second;
  }

 private:
  std::mt19937_64 random_;
  std::map<std::uint64_t, std::uint64_t> entries_;
};

}  // namespace faultline
