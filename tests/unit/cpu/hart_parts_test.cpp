// SPDX-License-Identifier: Apache-2.0
// The hart's parts that need no simulation: decoded pages, copies of translations, predictor, trap
// history.

#include <gtest/gtest.h>

#include "models/cpu/branch_predictor.h"
#include "models/cpu/code_cache.h"
#include "models/cpu/csr.h"
#include "models/cpu/page_copies.h"
#include "models/cpu/trap_history.h"

namespace faultline {
namespace {

TEST(CodeCacheTest, a_write_forgets_exactly_the_instructions_it_touches) {
  CodeCache cache;
  CodePage& page = cache.page(PhysAddr{0x80000000});
  for (unsigned i = 0; i < CodePage::kSlots; ++i) page.slot[i].op = Op::Addi;
  cache.invalidate(PhysAddr{0x80000010}, 4);
  EXPECT_EQ(page.slot[6].op, Op::Addi);
  EXPECT_EQ(page.slot[7].op, Op::Undecoded);  // may be four bytes long
  EXPECT_EQ(page.slot[8].op, Op::Undecoded);
  EXPECT_EQ(page.slot[9].op, Op::Undecoded);
  EXPECT_EQ(page.slot[10].op, Op::Addi);
}

TEST(CodeCacheTest, a_write_over_many_pages_reaches_them_all) {
  CodeCache cache;
  CodePage& first = cache.page(PhysAddr{0x80000000});
  CodePage& last = cache.page(PhysAddr{0x80002000});
  first.slot[CodePage::kSlots - 1].op = Op::Addi;
  last.slot[0].op = Op::Addi;
  last.slot[1].op = Op::Addi;
  cache.invalidate(PhysAddr{0x80000fff}, 0x1002);
  EXPECT_EQ(first.slot[CodePage::kSlots - 1].op, Op::Undecoded);
  EXPECT_EQ(last.slot[0].op, Op::Undecoded);
  EXPECT_EQ(last.slot[1].op, Op::Addi);
  EXPECT_EQ(first.slot[CodePage::kSlots].op, Op::Refetch);
}

PageCopies::Entry copy_of(VirtAddr va) {
  return {.load_key = PageCopies::key(va, 1, 0),
          .store_key = PageCopies::kNoKey,
          .page = PhysAddr{0x80001000}};
}

TEST(PageCopiesTest, a_fence_of_an_address_in_a_superpage_drops_all_its_copies) {
  PageCopies copies;
  const VirtAddr a{0x40000000};
  const VirtAddr b{0x40005000};
  const VirtAddr other{0x40200000 + 0x7000};
  copies.fill(a, copy_of(a), {}, Leaf{.page_shift = 21});
  copies.fill(b, copy_of(b), {}, Leaf{.page_shift = 21});
  copies.fill(other, copy_of(other), {}, Leaf{.page_shift = 12});
  copies.fence({.has_address = true, .address = VirtAddr{0x40123456}});
  EXPECT_EQ(copies.entry(PageCopies::slot(a)).load_key, PageCopies::kNoKey);
  EXPECT_EQ(copies.entry(PageCopies::slot(b)).load_key, PageCopies::kNoKey);
  EXPECT_EQ(copies.entry(PageCopies::slot(other)).load_key, PageCopies::key(other, 1, 0));
}

TEST(PageCopiesTest, a_key_of_an_access_across_pages_matches_no_copy) {
  const VirtAddr va{0x40000ffd};
  EXPECT_EQ(PageCopies::key(va, 3, 0), copy_of(va).load_key);
  EXPECT_NE(PageCopies::key(va, 4, 0), copy_of(va).load_key);
}

TEST(ContextNumbersTest, contexts_differ_by_space_privilege_sum_and_mxr) {
  ContextNumbers numbers;
  bool recycled = false;
  TranslationContext context{.satp = std::uint64_t{8} << 60, .privilege = Privilege::Supervisor};
  const std::uint64_t base = numbers.bits_of(context, recycled);
  context.sum = true;
  EXPECT_NE(numbers.bits_of(context, recycled), base);
  context.sum = false;
  context.mxr = true;
  EXPECT_NE(numbers.bits_of(context, recycled), base);
  context.mxr = false;
  context.satp |= std::uint64_t{1} << 44;
  EXPECT_NE(numbers.bits_of(context, recycled), base);
  EXPECT_FALSE(recycled);
  for (std::uint64_t asid = 2; asid < 200; ++asid) {
    context.satp = std::uint64_t{8} << 60 | asid << 44;
    (void)numbers.bits_of(context, recycled);
  }
  EXPECT_TRUE(recycled);
}

TEST(BranchPredictorTest, two_bits_tolerate_one_surprise) {
  BranchPredictor predictor(16, 2);
  const VirtAddr pc{0x80000000};
  EXPECT_FALSE(predictor.branch(pc, true));
  EXPECT_TRUE(predictor.branch(pc, true));
  EXPECT_FALSE(predictor.branch(pc, false));
  EXPECT_TRUE(predictor.branch(pc, true));
}

TEST(BranchPredictorTest, the_return_stack_forgets_its_oldest) {
  BranchPredictor predictor(16, 2);
  for (std::uint64_t a : {1U, 2U, 3U}) predictor.push(VirtAddr{a});
  EXPECT_TRUE(predictor.pop(VirtAddr{3}));
  EXPECT_TRUE(predictor.pop(VirtAddr{2}));
  EXPECT_FALSE(predictor.pop(VirtAddr{1}));
}

TEST(TrapHistoryTest, progress_and_changing_registers_are_no_loop) {
  TrapHistory history({.max_fruitless_traps = 3, .max_equal_traps = 3});
  ArchState state;
  TrapEntry trap{.pc = VirtAddr{0x1000}, .cause = 13, .tval = 0};
  const auto stuck = [&](std::uint64_t retired) {
    history.returned();
    return history.record(trap, retired, state);
  };
  EXPECT_FALSE(stuck(1));
  EXPECT_FALSE(stuck(2));
  state.set_x(5, 1);
  EXPECT_FALSE(stuck(3));
  EXPECT_FALSE(stuck(4));
  EXPECT_TRUE(stuck(5));
  trap.cause = static_cast<std::uint64_t>(Exception::EcallFromU);
  for (std::uint64_t i = 6; i < 16; ++i) EXPECT_FALSE(stuck(i));
  EXPECT_FALSE(stuck(15));
  EXPECT_TRUE(stuck(15));
}

TEST(TrapHistoryTest, traps_that_pile_up_without_a_return_are_a_loop) {
  TrapHistory history({.max_fruitless_traps = 3, .max_equal_traps = 3});
  ArchState state;
  const TrapEntry call{.pc = VirtAddr{0x1000},
                       .cause = static_cast<std::uint64_t>(Exception::EcallFromM)};
  const auto record = [&](std::uint64_t retired) {
    state.set_x(5, retired);
    return history.record(call, retired, state);
  };
  EXPECT_FALSE(record(1));
  EXPECT_FALSE(record(2));
  history.returned();
  EXPECT_FALSE(record(3));
  EXPECT_FALSE(record(4));
  EXPECT_TRUE(record(5));
}

}  // namespace
}  // namespace faultline
