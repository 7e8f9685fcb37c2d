// SPDX-License-Identifier: Apache-2.0
// MmuParams::check: what counts as a stale translation, and what does not.

#include <gtest/gtest.h>

#include "tests/unit/mmu/mmu_bench.h"

namespace faultline {
namespace {

constexpr std::uint64_t kVa = 0x12'3456'7000;
constexpr std::uint64_t kPage = 0x8040'0000;  // aligned for 2 MiB
constexpr std::uint64_t kOther = 0x8060'0000;
constexpr auto kLoad = AccessType::Load;
constexpr auto kStore = AccessType::Store;
constexpr auto kFetch = AccessType::Fetch;

MmuParams checking() {
  MmuParams params = bench_params();
  params.check = true;
  return params;
}

class Check : public ::testing::Test {
 protected:
  Check() {
    bench.user.satp = bench.tables.satp(kAsid);
    bench.mmu.on_stale_translation([this](const StaleTranslation& s) { found.push_back(s); });
  }
  /// Makes the translation of `before` used, changes the entry to `after` without a fence, and uses
  /// the translation again. The walk of the first access must not be found stale.
  void change(std::uint64_t before, std::uint64_t after, AccessType access, unsigned level = 0) {
    bench.tables.set(kVa, level, before);
    bench.run([&](LocalClock& clock) {
      EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{kVa + 8}, access, bench.user).ok());
      EXPECT_TRUE(found.empty());
      bench.tables.set(kVa, level, after);
      result = bench.mmu.translate(clock, VirtAddr{kVa + 8}, access, bench.user);
    });
  }
  void expect_stale(Staleness kind, std::uint64_t used, std::uint64_t current) {
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].kind, kind);
    EXPECT_EQ(found[0].address.value, kVa + 8);
    EXPECT_EQ(found[0].asid, kAsid);
    EXPECT_EQ(found[0].used, used);
    EXPECT_EQ(found[0].current, current);
    EXPECT_EQ(bench.stat("stale"), 1U);
    EXPECT_EQ(bench.stat("checked"), 2U);
  }

  static constexpr Asid kAsid = 5;
  MmuBench bench{checking()};
  std::vector<StaleTranslation> found;
  Translation result;
};

TEST_F(Check, finds_a_page_that_is_gone) {
  change(leaf_pte(kPage), 0, kLoad);
  expect_stale(Staleness::Unmapped, leaf_pte(kPage), 0);
  EXPECT_EQ(found[0].access, kLoad);
  EXPECT_TRUE(result.ok()) << "the check changes no result";
}

TEST_F(Check, finds_a_page_whose_table_is_gone) {
  bench.tables.set(kVa, 0, leaf_pte(kPage));
  bench.run([&](LocalClock& clock) {
    bench.mmu.translate(clock, VirtAddr{kVa + 8}, kLoad, bench.user);
    bench.tables.set(kVa, 1, 0);
    bench.mmu.translate(clock, VirtAddr{kVa + 8}, kLoad, bench.user);
  });
  expect_stale(Staleness::Unmapped, leaf_pte(kPage), 0);
  EXPECT_EQ(found[0].level, 1U);
}

TEST_F(Check, finds_a_page_that_has_moved) {
  change(leaf_pte(kPage), leaf_pte(kOther), kFetch);
  expect_stale(Staleness::Moved, leaf_pte(kPage), leaf_pte(kOther));
}

TEST_F(Check, finds_a_write_to_a_page_that_is_read_only_by_now) {
  const std::uint64_t read_only = leaf_pte(kPage, kUserRwx & ~kPteW);
  change(leaf_pte(kPage), read_only, kStore);
  expect_stale(Staleness::Forbidden, leaf_pte(kPage), read_only);
}

TEST_F(Check, finds_an_access_of_user_mode_to_a_page_that_is_the_kernels_by_now) {
  const std::uint64_t kernel = leaf_pte(kPage, kUserRwx & ~kPteU);
  change(leaf_pte(kPage), kernel, kLoad);
  expect_stale(Staleness::Forbidden, leaf_pte(kPage), kernel);
}

TEST_F(Check, finds_a_write_that_leaves_a_page_clean) {
  const std::uint64_t clean = leaf_pte(kPage, kUserRwx & ~kPteD);
  change(leaf_pte(kPage), clean, kStore);
  expect_stale(Staleness::Clean, leaf_pte(kPage), clean);
}

TEST_F(Check, finds_a_superpage_that_has_become_small_pages_elsewhere) {
  bench.tables.set(kVa, 1, leaf_pte(kPage));
  bench.run([&](LocalClock& clock) {
    bench.mmu.translate(clock, VirtAddr{kVa + 8}, kLoad, bench.user);
    bench.tables.set(kVa, 1, 0);  // a table takes its place
    bench.tables.set(kVa, 0, leaf_pte(kOther));
    bench.mmu.translate(clock, VirtAddr{kVa + 8}, kLoad, bench.user);
  });
  expect_stale(Staleness::Moved, leaf_pte(kPage), leaf_pte(kOther));
}

TEST_F(Check, finds_what_the_l2_tlb_still_holds) {
  bench.tables.set(kVa, 0, leaf_pte(kPage));
  for (unsigned i = 1; i <= 32; ++i) bench.tables.set(kVa + i * kPageBytes, 0, leaf_pte(kOther));
  bench.run([&](LocalClock& clock) {
    for (unsigned i = 0; i <= 32; ++i) {
      bench.mmu.translate(clock, VirtAddr{kVa + i * kPageBytes}, kLoad, bench.user);
    }
    bench.tables.set(kVa, 0, 0);
    bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user);
  });
  EXPECT_EQ(bench.stat("l2_tlb.hits"), 1U);
  EXPECT_EQ(found.size(), 1U);
}

TEST_F(Check, finds_a_walk_through_a_pointer_that_the_walk_cache_kept) {
  bench.tables.set(kVa, 0, leaf_pte(kPage));
  bench.tables.set(kVa + kPageBytes, 0, leaf_pte(kOther));
  bench.run([&](LocalClock& clock) {
    bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user);
    bench.tables.set(kVa, 1, 0);
    bench.mmu.translate(clock, VirtAddr{kVa + kPageBytes}, kLoad, bench.user);
  });
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, Staleness::Unmapped);
  EXPECT_EQ(found[0].used, leaf_pte(kOther));
}

TEST_F(Check, lets_a_cleared_accessed_bit_pass) {
  change(leaf_pte(kPage), leaf_pte(kPage, kUserRwx & ~kPteA), kStore);
  EXPECT_TRUE(found.empty());
}

TEST_F(Check, lets_reads_of_a_page_that_lost_w_and_d_pass) {
  change(leaf_pte(kPage), leaf_pte(kPage, kUserRwx & ~(kPteW | kPteD)), kLoad);
  EXPECT_TRUE(found.empty());
}

TEST_F(Check, lets_more_permissions_and_the_spurious_fault_pass) {
  const std::uint64_t read_only = leaf_pte(kPage, kUserRwx & ~(kPteW | kPteD));
  bench.tables.set(kVa, 0, read_only);
  bench.run([&](LocalClock& clock) {
    bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user);
    bench.tables.set(kVa, 0, leaf_pte(kPage));
    bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user);
    EXPECT_FALSE(bench.mmu.translate(clock, VirtAddr{kVa}, kStore, bench.user).ok());
  });
  EXPECT_TRUE(found.empty());
}

TEST_F(Check, lets_a_superpage_that_was_split_in_place_pass) {
  bench.tables.set(kVa, 1, leaf_pte(kPage));
  const std::uint64_t inside = kVa & ((std::uint64_t{1} << 21) - 1);
  bench.run([&](LocalClock& clock) {
    bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user);
    bench.tables.set(kVa, 1, 0);
    bench.tables.set(kVa, 0, leaf_pte(kPage + inside));
    bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user);
  });
  EXPECT_TRUE(found.empty());
}

TEST_F(Check, lets_a_fenced_change_pass) {
  bench.tables.set(kVa, 0, leaf_pte(kPage));
  bench.run([&](LocalClock& clock) {
    bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user);
    bench.tables.set(kVa, 0, leaf_pte(kOther));
    bench.mmu.fence(clock, {.has_address = true, .address = VirtAddr{kVa}});
    EXPECT_EQ(bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user).address.value, kOther);
  });
  EXPECT_TRUE(found.empty());
}

TEST_F(Check, leaves_the_tables_alone_under_svadu) {
  bench.user.adue = true;
  const std::uint64_t young = leaf_pte(kPage, kUserRwx & ~kPteD);
  bench.tables.set(kVa, 0, young);
  bench.run([&](LocalClock& clock) {
    bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user);
    bench.tables.set(kVa, 0, young & ~kPteA);
    bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user);
  });
  EXPECT_EQ(bench.tables.get(kVa, 0), young & ~kPteA);
  EXPECT_TRUE(found.empty());
}

TEST(CheckOff, compares_nothing) {
  MmuBench bench;
  bool called = false;
  bench.mmu.on_stale_translation([&called](const StaleTranslation&) { called = true; });
  bench.tables.set(kVa, 0, leaf_pte(kPage));
  bench.run([&](LocalClock& clock) {
    bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user);
    bench.tables.set(kVa, 0, 0);
    EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user).ok());
  });
  EXPECT_FALSE(called);
}

TEST(StaleTranslationText, names_access_entries_and_difference) {
  const StaleTranslation stale{.kind = Staleness::Forbidden,
                               .address = VirtAddr{0x3ffffff9f8},
                               .access = kStore,
                               .asid = 7,
                               .used = leaf_pte(kPage, kUserRwx & ~kPteX),
                               .current = leaf_pte(kPage, kUserRwx & ~(kPteX | kPteW)),
                               .level = 0};
  const std::string text = describe(stale, VirtAddr{0x1234});
  for (const char* part :
       {"store at 0x3ffffff9f8 by the instruction at 0x1234, ASID 7", "no longer writable",
        "PTE 0x00000000201000d7 (V R W - U - A D)", "PTE 0x00000000201000d3 (V R - - U - A D)"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in:\n" << text;
  }
}

}  // namespace
}  // namespace faultline
