// SPDX-License-Identifier: Apache-2.0
#include "platform/cosim/tlb_round.h"

#include <algorithm>
#include <array>

#include "models/mmu/pte.h"
#include "platform/cosim/random.h"

namespace faultline {

namespace {

constexpr unsigned kVpnBits = 9;

class TlbTraffic {
 public:
  TlbTraffic(const RoundKey& key, const MmuParams& params)
      : random_(mix(mix(key.seed, key.number), mix(key.design))),
        levels_(levels_of(params.format)),
        flushes_(random_.flip()),
        fence_percent_(random_.pick(std::array{0U, 2U, 10U})) {
    const auto asid = static_cast<Asid>(random_.bits(16));
    for (Asid& a : asids_) a = static_cast<Asid>(asid ^ (1U << random_.below(16)));
    asids_.front() = asid;
    make_pool(params.l2_tlb);
  }

  TlbOperation operation() {
    TlbOperation operation;
    operation.gap = random_.chance(80) ? 1 : 1 + random_.below(20);
    operation.address = address();
    operation.asid = random_.pick(asids_);
    if (random_.chance(fence_percent_)) {
      operation.kind =
          flushes_ && random_.chance(5) ? TlbOperation::Kind::Flush : TlbOperation::Kind::Fence;
      operation.scope = {.has_address = random_.chance(60),
                         .has_asid = random_.flip(),
                         .address = operation.address,
                         .asid = operation.asid};
    } else if (random_.chance(35)) {
      operation.kind = TlbOperation::Kind::Insert;
      operation.leaf = leaf();
    } else {
      operation.address = looked_up(operation.address);
    }
    return operation;
  }

 private:
  // As many pages as make the TLB, or at least some of its sets, overflow.
  void make_pool(const TlbParams& tlb) {
    const unsigned ways = tlb.ways == 0 ? tlb.entries : tlb.ways;
    const unsigned sets = tlb.entries / ways;
    const std::size_t pages = std::clamp<std::size_t>(std::size_t{3} * ways, 12, 200);
    const std::uint64_t vpn = random_.bits(kVpnBits * levels_);
    while (pool_.size() < pages) {
      std::uint64_t other = vpn ^ (std::uint64_t{1} << random_.below(kVpnBits * levels_));
      if (random_.flip()) other ^= random_.bits(kVpnBits * levels_) / sets * sets;
      pool_.push_back(other);
    }
  }
  // Of a page of the pool.
  VirtAddr address() {
    const unsigned unused = unused_bits();
    const std::uint64_t low = (random_.pick(pool_) << kPageShift) | random_.bits(kPageShift);
    return VirtAddr{static_cast<std::uint64_t>(static_cast<std::int64_t>(low << unused) >> unused)};
  }
  // Rarely one that is not canonical; no walk finds a page for it.
  VirtAddr looked_up(VirtAddr address) {
    if (!random_.chance(3)) return address;
    return VirtAddr{address.value ^ (std::uint64_t{1} << (63U - random_.below(unused_bits())))};
  }
  [[nodiscard]] unsigned unused_bits() const { return 64 - kPageShift - kVpnBits * levels_; }
  // Levels above 1 seldom: such a page covers much of the pool.
  Leaf leaf() {
    Leaf leaf;
    leaf.level =
        static_cast<std::uint8_t>(random_.chance(80) ? random_.below(2) : random_.below(levels_));
    leaf.page_shift = static_cast<std::uint8_t>(kPageShift + kVpnBits * leaf.level);
    const std::uint64_t ppn = random_.bits(kPtePpnBits) >> (kVpnBits * leaf.level)
                                                               << (kVpnBits * leaf.level);
    leaf.page = PhysAddr{ppn << kPageShift};
    leaf.pte = (ppn << kPtePpnShift) | kPteV | (random_.bits(10) & ~kPteG);
    // What a walk can find: a leaf, and none that may be written but not read.
    leaf.pte |= (leaf.pte & kPteX) != 0 && (leaf.pte & kPteW) == 0 ? 0 : kPteR;
    if (random_.chance(25)) leaf.pte |= kPteG;
    // A page below a global pointer is global whatever its own entry says.
    const std::uint64_t pointer = random_.chance(10) ? kPteG : 0;
    leaf.flags = static_cast<std::uint8_t>((leaf.pte | pointer) & kPteFlags);
    return leaf;
  }

  Random random_;
  unsigned levels_;
  bool flushes_;
  unsigned fence_percent_;
  std::array<Asid, 3> asids_{};
  std::vector<std::uint64_t> pool_;  // page numbers of 4 KiB pages
};

}  // namespace

std::vector<TlbOperation> random_tlb_round(const RoundKey& key, const MmuParams& params) {
  TlbTraffic traffic(key, params);
  std::vector<TlbOperation> operations(kTlbOperations);
  for (TlbOperation& operation : operations) operation = traffic.operation();
  return operations;
}

}  // namespace faultline
