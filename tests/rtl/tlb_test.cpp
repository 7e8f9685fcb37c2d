// SPDX-License-Identifier: Apache-2.0
// The RTL TLB against models/mmu/tlb.h: the same random operations must hit, evict and fence alike.
// CMakeLists.txt verilates the module once for each Design here.

#include "models/mmu/tlb.h"

#include <gtest/gtest.h>

#include <random>

#include "Vtlb_fifo.h"
#include "Vtlb_lru.h"
#include "Vtlb_one_set.h"
#include "Vtlb_random.h"
#include "Vtlb_tree_plru.h"
#include "models/mmu/sv39.h"

namespace faultline {
namespace {

template <typename Rtl, unsigned kWays, ReplacementKind kReplacement>
struct Design {
  using Dut = Rtl;
  static constexpr TlbParams kParams{.entries = 16, .ways = kWays, .replacement = kReplacement};
};

template <typename D>
class TlbRtl : public ::testing::Test {
 protected:
  using Dut = typename D::Dut;

  static void tick(Dut& dut) {
    dut.clk_i = 0;
    dut.eval();
    dut.clk_i = 1;
    dut.eval();
  }
};

using Designs = ::testing::Types<
    Design<Vtlb_lru, 4, ReplacementKind::Lru>, Design<Vtlb_tree_plru, 4, ReplacementKind::TreePlru>,
    Design<Vtlb_fifo, 8, ReplacementKind::Fifo>, Design<Vtlb_random, 4, ReplacementKind::Random>,
    Design<Vtlb_one_set, 16, ReplacementKind::Lru>>;
TYPED_TEST_SUITE(TlbRtl, Designs);

TYPED_TEST(TlbRtl, random_operations_agree_with_the_model) {
  StatGroup stats("tlb");
  Tlb model(TypeParam::kParams, stats);
  typename TypeParam::Dut dut;
  dut.rst_ni = 0;
  this->tick(dut);
  dut.rst_ni = 1;
  std::mt19937_64 random(1);
  const auto draw = [&random](std::uint64_t below) { return random() % below; };
  unsigned hits = 0;
  for (unsigned i = 0; i < 100000; ++i) {
    SCOPED_TRACE(i);
    const std::uint64_t va = draw(2) << 30 | draw(3) << 21 | draw(8) << 12 | draw(4096);
    const auto asid = static_cast<Asid>(draw(3));
    const auto operation = draw(32);
    dut.lookup_i = 0;
    dut.insert_i = 0;
    dut.fence_valid_i = 0;
    dut.addr_i = va;
    dut.asid_i = asid;
    if (operation == 0) {
      const FenceScope scope{draw(8) != 0, draw(2) != 0, VirtAddr{va}, asid};
      dut.fence_valid_i = 1;
      const std::uint64_t high = std::uint64_t{scope.has_address} << 1U | scope.has_asid;
      dut.fence_i[0] = static_cast<std::uint32_t>(asid | va << 16);
      dut.fence_i[1] = static_cast<std::uint32_t>(va >> 16);
      dut.fence_i[2] = static_cast<std::uint32_t>(va >> 48 | high << 16);
      dut.eval();
      model.fence(scope);
    } else if (operation < 12) {
      const auto level = static_cast<std::uint8_t>(draw(16) == 0 ? 2 : draw(8) == 0 ? 1 : 0);
      Leaf leaf;
      leaf.page_shift = static_cast<std::uint8_t>(Sv39::page_shift(level));
      leaf.level = level;
      leaf.flags = static_cast<std::uint8_t>(kPteV | (draw(8) == 0 ? kPteG : 0));
      leaf.pte = random();
      dut.insert_i = 1;
      dut.level_i = level;
      dut.global_i = (leaf.flags & kPteG) != 0;
      dut.data_i = leaf.pte;
      dut.eval();
      model.insert(VirtAddr{va}, asid, leaf);
    } else {
      dut.lookup_i = 1;
      dut.eval();
      const Tlb::Index index = model.lookup(VirtAddr{va}, asid);
      ASSERT_EQ(dut.hit_o != 0, index != Tlb::kNone);
      ASSERT_EQ(dut.rsp_valid_o, 1);
      if (index != Tlb::kNone) {
        ++hits;
        ASSERT_EQ(dut.level_o, model.leaf(index).level);
        ASSERT_EQ(dut.data_o, model.leaf(index).pte);
      }
    }
    this->tick(dut);
  }
  EXPECT_GT(hits, 5000U);
}

}  // namespace
}  // namespace faultline
