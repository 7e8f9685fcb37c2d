// SPDX-License-Identifier: Apache-2.0
// An MMU for Sv57, which has Sv48 and Sv39 as well: the format follows satp.MODE.

#include <gtest/gtest.h>

#include "tests/unit/mmu/mmu_bench.h"

namespace faultline {
namespace {

constexpr std::uint64_t kVa = 0x12'3456'7000;
constexpr std::uint64_t kPage = 0x8040'0000;
constexpr auto kLoad = AccessType::Load;

MmuParams sv57_params() {
  MmuParams params = bench_params();
  params.format = PageTableFormat::Sv57;
  return params;
}

TEST(MmuFormat, satp_takes_the_format_and_the_smaller_ones) {
  MmuParams params = bench_params();
  params.format = PageTableFormat::Sv48;
  const MmuBench bench(params);
  for (unsigned mode = 0; mode < 16; ++mode) {
    EXPECT_EQ(bench.mmu.supports_satp_mode(mode), mode == 0 || mode == 8 || mode == 9) << mode;
  }
}

TEST(MmuFormat, each_mode_walks_its_own_levels) {
  MmuBench bench(sv57_params());
  PageTables sv48(bench.memory(), PageTableFormat::Sv48, 16);
  PageTables sv39(bench.memory(), PageTableFormat::Sv39, 32);
  bench.run([&](LocalClock& clock) {
    Asid asid = 0;
    for (PageTables* tables : {&sv39, &sv48, &bench.tables}) {
      const std::uint64_t page = kPage + (std::uint64_t{++asid} << kPageShift);
      tables->set(kVa, 0, leaf_pte(page));
      bench.user.satp = tables->satp(asid);
      const Translation timed = bench.mmu.translate(clock, VirtAddr{kVa + 5}, kLoad, bench.user);
      EXPECT_EQ(timed.address.value, page + 5);
      EXPECT_EQ(bench.mmu.last_walk().read_count, tables->levels());
      Leaf leaf;
      const Translation functional =
          bench.mmu.translate_functional(VirtAddr{kVa + 5}, kLoad, bench.user, &leaf);
      EXPECT_EQ(functional.address.value, page + 5);
      EXPECT_EQ(leaf.page.value, page);
    }
  });
}

// RISC-V Privileged 1.12, 4.4.1, 4.5.1, 4.6.1. Bit 46 alone is canonical from Sv48 on, bit 55 in
// Sv57 only, bit 56 in none.
TEST(MmuFormat, canonical_addresses_are_those_of_the_mode) {
  MmuBench bench(sv57_params());
  bench.run([&](LocalClock& clock) {
    for (const unsigned levels : {3U, 4U, 5U}) {
      bench.user.satp = (std::uint64_t{5 + levels} << 60) | (kMemoryBase >> kPageShift);
      for (const unsigned bit : {37U, 38U, 46U, 47U, 55U, 56U}) {
        const VirtAddr va{std::uint64_t{1} << bit};
        const AbortStatus expected =
            bit < 11 + 9 * levels ? AbortStatus::Translation : AbortStatus::NonCanonical;
        const Abort timed = bench.mmu.translate(clock, va, kLoad, bench.user).abort;
        EXPECT_EQ(timed.status, expected) << levels << ' ' << bit;
        EXPECT_EQ(timed.level, levels - 1);
        const Abort functional = bench.mmu.translate_functional(va, kLoad, bench.user).abort;
        EXPECT_EQ(functional.status, expected) << levels << ' ' << bit;
        EXPECT_EQ(functional.level, levels - 1);
      }
    }
  });
}

// A global page of Sv57 is in the TLB for all address spaces; its address is none in Sv39.
TEST(MmuFormat, a_copy_does_not_make_an_address_canonical) {
  MmuBench bench(sv57_params());
  constexpr VirtAddr kHigh{std::uint64_t{1} << 50};
  bench.tables.set(kHigh.value, 0, leaf_pte(kPage, kUserRwx | kPteG));
  PageTables sv39(bench.memory(), PageTableFormat::Sv39, 16);
  bench.run([&](LocalClock& clock) {
    bench.user.satp = bench.tables.satp(1);
    EXPECT_TRUE(bench.mmu.translate(clock, kHigh, kLoad, bench.user).ok());
    bench.user.satp = sv39.satp(2);
    EXPECT_EQ(bench.mmu.translate(clock, kHigh, kLoad, bench.user).abort.status,
              AbortStatus::NonCanonical);
  });
}

// Pages of 512 GiB and 256 TiB, from the lowest to the highest byte that is memory.
TEST(MmuFormat, largest_superpages_translate_with_one_walk) {
  MmuBench bench(sv57_params());
  constexpr std::uint64_t kLast = kMemoryBase + kMemoryBytes - 1;
  bench.run([&](LocalClock& clock) {
    for (const unsigned level : {3U, 4U}) {
      // The highest page of its size: all bits above are set.
      const std::uint64_t base = ~std::uint64_t{0} << Sv57::page_shift(level);
      const Asid asid = static_cast<Asid>(level);
      PageTables tables(bench.memory(), PageTableFormat::Sv57, 16 * level);
      tables.set(base, level, leaf_pte(0));
      bench.user.satp = tables.satp(asid);
      const std::uint64_t walks = bench.stat("walker.walks");
      for (const std::uint64_t inside : {kMemoryBase, kMemoryBase + 0x123456, kLast}) {
        const VirtAddr va{base + inside};
        EXPECT_EQ(bench.mmu.translate(clock, va, kLoad, bench.user).address.value, inside);
        EXPECT_EQ(bench.mmu.translate_functional(va, kLoad, bench.user).address.value, inside);
      }
      EXPECT_EQ(bench.stat("walker.walks"), walks + 1);
      EXPECT_EQ(bench.mmu.translate(clock, VirtAddr{base}, kLoad, bench.user).abort.status,
                AbortStatus::AccessFault)
          << "there is nothing at physical address 0";
      bench.mmu.fence(clock, {.has_address = true, .address = VirtAddr{base + kLast}});
      EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{base + kLast}, kLoad, bench.user).ok());
      EXPECT_EQ(bench.stat("walker.walks"), walks + 2) << "the fence covered the whole page";
    }
  });
}

// Neighbours 2^39, 2^48 apart are different pages everywhere: TLBs, walk caches, tables.
TEST(MmuFormat, all_57_bits_tell_pages_apart) {
  MmuParams params = sv57_params();
  params.walk_cache.level = {{{0, 0}, {16, 0}, {16, 0}, {16, 0}, {16, 0}}};
  MmuBench bench(params);
  std::vector<std::uint64_t> addresses;
  for (unsigned level = 0; level < Sv57::kLevels; ++level) {
    addresses.push_back(kVa ^ (std::uint64_t{1} << Sv57::page_shift(level)));
    addresses.push_back(kVa ^ (std::uint64_t{128} << Sv57::page_shift(level)));
  }
  for (unsigned i = 0; i < addresses.size(); ++i) {
    bench.tables.set(addresses[i], 0, leaf_pte(kPage + i * kPageBytes));
  }
  bench.run([&](LocalClock& clock) {
    for (int round = 0; round < 2; ++round) {
      for (unsigned i = 0; i < addresses.size(); ++i) {
        const VirtAddr va{addresses[i]};
        EXPECT_EQ(bench.mmu.translate(clock, va, kLoad, bench.user).address.value,
                  kPage + i * kPageBytes);
      }
    }
  });
  EXPECT_EQ(bench.stat("walker.walks"), addresses.size());
}

TEST(MmuFormat, stale_translations_of_sv57_are_found) {
  MmuParams params = sv57_params();
  params.check = true;
  MmuBench bench(params);
  constexpr VirtAddr kHigh{std::uint64_t{3} << 54};
  bench.tables.set(kHigh.value, 0, leaf_pte(kPage));
  std::vector<StaleTranslation> found;
  bench.mmu.on_stale_translation([&](const StaleTranslation& stale) { found.push_back(stale); });
  bench.run([&](LocalClock& clock) {
    EXPECT_TRUE(bench.mmu.translate(clock, kHigh, kLoad, bench.user).ok());
    EXPECT_TRUE(found.empty());
    bench.tables.set(kHigh.value, 0, leaf_pte(kPage + kPageBytes));
    EXPECT_TRUE(bench.mmu.translate(clock, kHigh, kLoad, bench.user).ok());
  });
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, Staleness::Moved);
  EXPECT_EQ(found[0].address, kHigh);
}

}  // namespace
}  // namespace faultline
