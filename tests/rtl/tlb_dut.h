// SPDX-License-Identifier: Apache-2.0
#pragma once

// One verilated TLB by the names of its pins, whatever their widths: a port's part of a pin is a
// field of a plain integer or of verilator's wide words.

#include <cstdint>
#include <memory>
#include <type_traits>

#include "models/common/types.h"
#include "models/mmu/leaf.h"
#include "models/mmu/tlb.h"
#include "models/mmu/translation.h"

namespace faultline {

/// The parameters with which a design is verilated: a row of CMakeLists.txt.
struct TlbShape {
  unsigned levels, min_level, max_level;
  unsigned entries, ways;
  unsigned ports;
  unsigned latency_cycles;
  ReplacementKind replacement;
  std::uint64_t seed;

  [[nodiscard]] constexpr TlbParams params() const {
    return {.entries = entries,
            .ways = ways,
            .latency_cycles = latency_cycles,
            .replacement = replacement,
            .seed = seed};
  }
};

/// The `width` bits of `pin` from `first` on, at most 64.
template <typename Pin>
std::uint64_t field(const Pin& pin, unsigned first, unsigned width) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < width; ++i) {
    std::uint64_t bit;
    if constexpr (std::is_integral_v<Pin>) {
      bit = std::uint64_t{pin} >> (first + i) & 1;
    } else {
      bit = pin[(first + i) / 32] >> ((first + i) % 32) & 1U;
    }
    value |= bit << i;
  }
  return value;
}

template <typename Pin>
void set_field(Pin& pin, unsigned first, unsigned width, std::uint64_t value) {
  for (unsigned i = 0; i < width; ++i) {
    const auto set = [bit = value >> i & 1](auto& word, unsigned at) {
      using Word = std::remove_reference_t<decltype(word)>;
      word = static_cast<Word>((word & ~(Word{1} << at)) | static_cast<Word>(bit << at));
    };
    if constexpr (std::is_integral_v<Pin>) {
      set(pin, first + i);
    } else {
      set(pin[(first + i) / 32], (first + i) % 32);
    }
  }
}

/// What a port says in one cycle.
struct PortAnswer {
  bool valid = false;
  bool hit = false;
  std::uint8_t level = 0;
  bool global = false;
  std::uint64_t data = 0;

  bool operator==(const PortAnswer&) const = default;
};

/// `Rtl` is verilator's class. A cycle: operations, at most one a port and a fence, then settle(),
/// what it shows, and clock().
template <typename Rtl>
class TlbDut {
 public:
  TlbDut() {
    idle();
    rtl_->rst_ni = 0;
    clock();
    rtl_->rst_ni = 1;
  }

  void lookup(unsigned port, VirtAddr va, Asid asid) {
    set_field(rtl_->lookup_i, port, 1, 1);
    address(port, va, asid);
  }
  void insert(unsigned port, VirtAddr va, Asid asid, const Leaf& leaf) {
    set_field(rtl_->insert_i, port, 1, 1);
    address(port, va, asid);
    set_field(rtl_->level_i, port * 3, 3, leaf.level);
    set_field(rtl_->global_i, port, 1, (leaf.flags & kPteG) != 0 ? 1 : 0);
    set_field(rtl_->data_i, port * 64, 64, leaf.pte);
  }
  void fence(const FenceScope& scope) {
    rtl_->fence_valid_i = 1;
    set_field(rtl_->fence_i, 0, 16, scope.asid);
    set_field(rtl_->fence_i, 16, 64, scope.address.value);
    set_field(rtl_->fence_i, 80, 1, scope.has_asid ? 1 : 0);
    set_field(rtl_->fence_i, 81, 1, scope.has_address ? 1 : 0);
  }

  void settle() { rtl_->eval(); }
  [[nodiscard]] PortAnswer answer(unsigned port) const {
    return {.valid = field(rtl_->rsp_valid_o, port, 1) != 0,
            .hit = field(rtl_->hit_o, port, 1) != 0,
            .level = static_cast<std::uint8_t>(field(rtl_->level_o, port * 3, 3)),
            .global = field(rtl_->global_o, port, 1) != 0,
            .data = field(rtl_->data_o, port * 64, 64)};
  }
  [[nodiscard]] bool evicted(unsigned port) const { return field(rtl_->evicted_o, port, 1) != 0; }
  [[nodiscard]] unsigned fenced() const { return rtl_->fenced_o; }

  /// The cycle's end; the next one begins without operations.
  void clock() {
    rtl_->clk_i = 1;
    rtl_->eval();
    rtl_->clk_i = 0;
    idle();
  }

 private:
  void idle() {
    rtl_->lookup_i = 0;
    rtl_->insert_i = 0;
    rtl_->fence_valid_i = 0;
    rtl_->eval();
  }
  void address(unsigned port, VirtAddr va, Asid asid) {
    set_field(rtl_->addr_i, port * 64, 64, va.value);
    set_field(rtl_->asid_i, port * 16, 16, asid);
  }

  std::unique_ptr<Rtl> rtl_ = std::make_unique<Rtl>();
};

}  // namespace faultline
