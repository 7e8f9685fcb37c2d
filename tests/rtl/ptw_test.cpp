// SPDX-License-Identifier: Apache-2.0
// The RTL walk engine on the way to one page: what enters the walk caches, fences, refusals and
// updates, each compared with Walk<Format> and the table of cycles in models/mmu/walk_engine.h.

#include <gtest/gtest.h>

#include "tests/rtl/ptw_designs.h"

namespace faultline {
namespace {

/// A page below tables of all levels, which user mode may read and write but has not yet touched.
template <typename Design>
class PtwOnePage : public ::testing::Test {
 protected:
  using Format = typename Design::Format;
  static constexpr unsigned kRoot = Format::kLevels - 1;  // its level
  static constexpr bool kHasWalkCaches = Design::kSteps.look_up != 0;
  static constexpr std::uint64_t kFresh = 0x400 << kPtePpnShift | kPteV | kPteR | kPteW | kPteU;

  PtwOnePage() {
    scenario_.address = VirtAddr{0x123};
    for (unsigned level = 0; level <= kRoot; ++level) {
      scenario_.address.value |= index(level) << Format::page_shift(level);
    }
    for (unsigned level = 1; level <= kRoot; ++level) {
      entry(level) = table(level - 1) << kPtePpnShift | kPteV | (level == kRoot ? kPteG : 0);
    }
    entry(0) = kFresh | kPteA | kPteD;
    scenario_.context.satp = Format::kSatpMode << 60 | std::uint64_t{7} << 44 | table(kRoot);
    scenario_.context.privilege = Privilege::User;
    scenario_.context.adue = true;
  }

  static constexpr std::uint64_t index(unsigned level) { return level + 1; }
  static constexpr std::uint64_t table(unsigned level) { return 0x100 + level; }
  static constexpr std::uint64_t address_of(unsigned level) {
    return table(level) << kPageShift | index(level) << 3;
  }
  std::uint64_t& entry(unsigned level) { return bench_.memory().entry(address_of(level)); }

  PtwBench<Design> bench_;
  Scenario scenario_;
};
TYPED_TEST_SUITE(PtwOnePage, PtwDesigns);

TYPED_TEST(PtwOnePage, all_pointers_enter_the_walk_caches_if_there_are_any) {
  const WalkResult result = this->bench_.compare(this->scenario_);
  EXPECT_EQ(result.status(), AbortStatus::None);
  EXPECT_EQ(result.record.read_count, this->kRoot + 1);
  EXPECT_TRUE(result.global);
  if (!this->kHasWalkCaches) {
    EXPECT_TRUE(result.kept.empty());
    return;
  }
  ASSERT_EQ(result.kept.size(), this->kRoot);
  for (unsigned i = 0; i < this->kRoot; ++i) EXPECT_EQ(result.kept[i].level, this->kRoot - i);
}

TYPED_TEST(PtwOnePage, hit_in_the_walk_caches_skips_the_levels_above) {
  this->scenario_.hit = WalkPosition{PhysAddr{this->table(0) << kPageShift}, 0, true};
  const WalkResult result = this->bench_.compare(this->scenario_);
  EXPECT_EQ(result.status(), AbortStatus::None);
  EXPECT_TRUE(result.global) << "as the pointer was";
  EXPECT_EQ(result.record.walk_cache_level, this->kHasWalkCaches ? 0U : this->kRoot);
}

TYPED_TEST(PtwOnePage, address_that_another_format_would_have_is_not_canonical) {
  this->scenario_.address.value |= std::uint64_t{1} << TestFixture::Format::kVirtualBits;
  const WalkResult result = this->bench_.compare(this->scenario_);
  EXPECT_EQ(result.status(), AbortStatus::NonCanonical);
  EXPECT_EQ(result.record.leaf_level, this->kRoot);
  EXPECT_EQ(result.record.read_count, 0);
}

TYPED_TEST(PtwOnePage, fence_in_any_cycle_of_a_walk_forbids_to_keep_what_comes_after_it) {
  const Cycles cycles = this->bench_.compare(this->scenario_).cycles();
  for (Cycles fence = 0; fence <= cycles + 1; ++fence) {
    SCOPED_TRACE(fence);
    this->scenario_.fence = fence;
    const WalkResult result = this->bench_.compare(this->scenario_);
    EXPECT_EQ(result.status(), AbortStatus::None) << "still right for the access that asked";
    EXPECT_EQ(result.cacheable, fence == 0 || fence > cycles);
  }
}

TYPED_TEST(PtwOnePage, fence_between_two_walks_is_of_the_first_only) {
  this->scenario_.fence = this->bench_.compare(this->scenario_).cycles();
  std::vector<Scenario> walks(2, this->scenario_);
  walks[1].fence = Scenario::kNever;
  const std::vector<WalkResult> results = this->bench_.compare(walks);
  EXPECT_FALSE(results[0].cacheable);
  EXPECT_TRUE(results[1].cacheable);
}

TYPED_TEST(PtwOnePage, refused_read_is_an_access_fault_without_an_access_to_memory) {
  for (unsigned level = 0; level <= this->kRoot; ++level) {
    SCOPED_TRACE(level);
    this->scenario_.refused = [level](std::uint64_t address, bool store) {
      return address == TestFixture::address_of(level) && !store;
    };
    const WalkResult result = this->bench_.compare(this->scenario_);
    EXPECT_EQ(result.status(), AbortStatus::WalkAccessFault);
    EXPECT_EQ(result.record.leaf_level, level);
  }
}

TYPED_TEST(PtwOnePage, bus_error_on_a_read_is_an_access_fault) {
  for (unsigned level = 0; level <= this->kRoot; ++level) {
    SCOPED_TRACE(level);
    this->scenario_.error = [level](std::uint64_t address, bool) {
      return address == TestFixture::address_of(level);
    };
    const WalkResult result = this->bench_.compare(this->scenario_);
    EXPECT_EQ(result.status(), AbortStatus::WalkAccessFault);
    EXPECT_EQ(result.record.leaf_level, level);
  }
}

TYPED_TEST(PtwOnePage, superpage_of_any_level_must_be_aligned) {
  for (unsigned level = 1; level <= this->kRoot; ++level) {
    SCOPED_TRACE(level);
    const std::uint64_t pointer = this->entry(level);
    const std::uint64_t page = std::uint64_t{1} << (kPtePpnShift + 9 * level);
    const std::uint64_t flags = kPteV | kPteR | kPteU | kPteA;
    this->entry(level) = page | flags;
    EXPECT_EQ(this->bench_.compare(this->scenario_).status(), AbortStatus::None);
    this->entry(level) = page >> 1 | flags;
    EXPECT_EQ(this->bench_.compare(this->scenario_).status(), AbortStatus::MisalignedSuperpage);
    this->entry(level) = pointer;
  }
}

TYPED_TEST(PtwOnePage, refused_update_is_an_access_fault_and_leaves_the_entry) {
  this->entry(0) = this->kFresh;
  this->scenario_.refused = [](std::uint64_t, bool store) { return store; };
  EXPECT_EQ(this->bench_.compare(this->scenario_).status(), AbortStatus::WalkAccessFault);
  EXPECT_EQ(this->entry(0), this->kFresh);
}

TYPED_TEST(PtwOnePage, bus_error_on_an_update_is_an_access_fault) {
  this->entry(0) = this->kFresh;
  this->scenario_.error = [](std::uint64_t, bool store) { return store; };
  EXPECT_EQ(this->bench_.compare(this->scenario_).status(), AbortStatus::WalkAccessFault);
  EXPECT_EQ(this->entry(0), this->kFresh);
}

TYPED_TEST(PtwOnePage, store_sets_accessed_and_dirty) {
  this->entry(0) = this->kFresh;
  this->scenario_.access = AccessType::Store;
  EXPECT_EQ(this->bench_.compare(this->scenario_).status(), AbortStatus::None);
  EXPECT_EQ(this->entry(0), this->kFresh | kPteA | kPteD);
}

TYPED_TEST(PtwOnePage, store_without_svadu_leaves_the_entry_to_software) {
  this->entry(0) = this->kFresh | kPteA;
  this->scenario_.access = AccessType::Store;
  this->scenario_.context.adue = false;
  EXPECT_EQ(this->bench_.compare(this->scenario_).status(), AbortStatus::AccessFlag);
  EXPECT_EQ(this->entry(0), this->kFresh | kPteA);
}

TYPED_TEST(PtwOnePage, lost_update_reads_the_entry_again_and_goes_on_with_its_new_value) {
  this->entry(0) = this->kFresh;
  this->scenario_.access = AccessType::Store;
  this->scenario_.rivals = {this->kFresh | kPteA};
  const WalkResult result = this->bench_.compare(this->scenario_);
  EXPECT_EQ(result.status(), AbortStatus::None);
  EXPECT_EQ(result.record.update_count, 2);
  EXPECT_EQ(this->entry(0), this->kFresh | kPteA | kPteD);
}

TYPED_TEST(PtwOnePage, lost_update_that_made_the_entry_invalid_aborts) {
  this->entry(0) = this->kFresh;
  this->scenario_.rivals = {0};
  EXPECT_EQ(this->bench_.compare(this->scenario_).status(), AbortStatus::Translation);
  EXPECT_EQ(this->entry(0), 0U);
}

TYPED_TEST(PtwOnePage, last_update_that_a_record_holds_may_succeed) {
  this->entry(0) = this->kFresh;
  for (std::uint64_t i = 1; i < WalkRecord::kMaxUpdates; ++i) {
    this->scenario_.rivals.push_back(this->kFresh + (i << 20));
  }
  const WalkResult result = this->bench_.compare(this->scenario_);
  EXPECT_EQ(result.status(), AbortStatus::None);
  EXPECT_EQ(result.record.update_count, WalkRecord::kMaxUpdates);
}

TYPED_TEST(PtwOnePage, updates_that_are_lost_for_ever_end_in_an_access_fault) {
  this->entry(0) = this->kFresh;
  for (std::uint64_t i = 1; i <= WalkRecord::kMaxUpdates; ++i) {
    this->scenario_.rivals.push_back(this->kFresh + (i << 20));
  }
  const WalkResult result = this->bench_.compare(this->scenario_);
  EXPECT_EQ(result.status(), AbortStatus::WalkAccessFault);
  EXPECT_EQ(result.record.update_count, WalkRecord::kMaxUpdates);
  EXPECT_EQ(result.record.read_count, this->kRoot + 1 + WalkRecord::kMaxUpdates)
      << "which is the longest walk, and fits into a record";
}

TYPED_TEST(PtwOnePage, each_cycle_that_memory_does_not_grant_lengthens_the_walk_by_one) {
  this->scenario_.latency = 3;
  const Cycles cycles = this->bench_.compare(this->scenario_).cycles();
  this->scenario_.grant = 5;
  EXPECT_EQ(this->bench_.compare(this->scenario_).cycles(), cycles + Cycles{5} * (this->kRoot + 1));
}

}  // namespace
}  // namespace faultline
