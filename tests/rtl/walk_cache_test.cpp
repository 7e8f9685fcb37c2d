// SPDX-License-Identifier: Apache-2.0
// The RTL walk caches against models/mmu/walk_cache.h: in each cycle each port may look up or put
// in, and a fence may come first.

#include "models/mmu/walk_cache.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <vector>

#include "Vwalk_cache.h"
#include "Vwalk_cache_leaf_fences.h"
#include "models/mmu/sv_format.h"
#include "models/rtl/adapters/bundles.h"

namespace faultline {
namespace {

/// The designs of CMakeLists.txt.
struct AllLevels {
  using Dut = Vwalk_cache;
  static constexpr unsigned kPorts = 3;
  static constexpr unsigned kLevels = 5;
  static constexpr WalkCacheParams kParams{.level = {{{0, 0}, {8, 4}, {4, 2}, {4, 4}, {2, 1}}},
                                           .replacement = ReplacementKind::Lru,
                                           .address_fence_drops = true};
};
struct LeafFences {
  using Dut = Vwalk_cache_leaf_fences;
  static constexpr unsigned kPorts = 2;
  static constexpr unsigned kLevels = 3;
  static constexpr WalkCacheParams kParams{.level = {{{0, 0}, {8, 4}, {0, 0}, {0, 0}, {0, 0}}},
                                           .replacement = ReplacementKind::TreePlru,
                                           .address_fence_drops = false};
};

/// What one port does in a cycle.
struct Operation {
  enum class Kind { None, LookUp, Insert };
  Kind kind = Kind::None;
  VirtAddr va{};
  Asid asid = 0;
  WalkPosition next{};  ///< Insert: where the pointer leads
};

/// What it is told in the same cycle.
struct Answer {
  bool hit = false;
  unsigned level = 0;  ///< of the next table, as the others
  PhysAddr table{};
  bool global = false;
  bool operator==(const Answer&) const = default;
};

template <typename Design>
class WalkCacheRtl : public ::testing::Test {
 protected:
  using Operations = std::vector<Operation>;

  /// One cycle of both; they must answer alike. Returns the answers by port.
  std::vector<Answer> cycle(const Operations& operations, std::optional<FenceScope> fence = {}) {
    ++now_;
    put(operations, fence);
    rtl_.settle();
    std::vector<Answer> answers;
    for (unsigned port = 0; port < operations.size(); ++port) answers.push_back(answer(port));
    count();
    rtl_.clock(now_);
    EXPECT_EQ(answers, expected(operations, fence));
    return answers;
  }

  static Operation look_up(VirtAddr va, Asid asid = 1) {
    return {Operation::Kind::LookUp, va, asid, {}};
  }
  /// A pointer of `level`.
  static Operation insert(VirtAddr va, unsigned level, PhysAddr table, Asid asid = 1,
                          bool global = false) {
    return {
        Operation::Kind::Insert, va, asid, {table, static_cast<std::uint8_t>(level - 1), global}};
  }
  /// Whether `operation` finds something, alone in its cycle.
  bool finds(const Operation& operation) { return cycle({operation}).front().hit; }

  void expect_equal_counts() {
    model_.settle(now_ + 1);
    for (unsigned level = 1; level < Design::kLevels; ++level) {
      SCOPED_TRACE(level);
      const TlbStats none;
      const TlbStats& wanted = model_.level(level) != nullptr ? model_.level(level)->stats() : none;
      EXPECT_EQ(counts_[level].lookups, wanted.lookups);
      EXPECT_EQ(counts_[level].hits, wanted.hits);
      EXPECT_EQ(counts_[level].fills, wanted.fills);
      EXPECT_EQ(counts_[level].evictions, wanted.evictions);
      EXPECT_EQ(counts_[level].fenced, wanted.fenced);
    }
  }

 private:
  void put(const Operations& operations, const std::optional<FenceScope>& fence) {
    rtl_->lookup_i = 0;
    rtl_->insert_i = 0;
    for (unsigned port = 0; port < operations.size(); ++port) {
      const Operation& operation = operations[port];
      put_bits(rtl_->lookup_i, port, 1, operation.kind == Operation::Kind::LookUp);
      put_bits(rtl_->insert_i, port, 1, operation.kind == Operation::Kind::Insert);
      put_bits(rtl_->addr_i, port * 64, 64, operation.va.value);
      put_bits(rtl_->asid_i, port * 16, 16, operation.asid);
      using P = PointerStruct;
      P::put<P::Level>(rtl_->pointer_i, operation.next.level + 1U, port);
      P::put<P::Global>(rtl_->pointer_i, operation.next.global, port);
      P::put<P::Ppn>(rtl_->pointer_i, operation.next.table.value >> kPageShift, port);
    }
    rtl_->fence_valid_i = fence.has_value();
    if (!fence) return;
    using F = FenceStruct;
    F::put<F::HasAddress>(rtl_->fence_i, fence->has_address);
    F::put<F::HasAsid>(rtl_->fence_i, fence->has_asid);
    F::put<F::Address>(rtl_->fence_i, fence->address.value);
    F::put<F::Asid>(rtl_->fence_i, fence->asid);
  }

  Answer answer(unsigned port) {
    if (get_bits(rtl_->hit_o, port, 1) == 0) return {};
    using P = PointerStruct;
    return {true, static_cast<unsigned>(P::get<P::Level>(rtl_->pointer_o, port)) - 1,
            PhysAddr{P::get<P::Ppn>(rtl_->pointer_o, port) << kPageShift},
            P::get<P::Global>(rtl_->pointer_o, port) != 0};
  }

  void count() {
    for (unsigned level = 0; level < counts_.size(); ++level) {
      const auto of = [level](const auto& port) {
        return get_bits(port, level * kWalkCacheCountWidth, kWalkCacheCountWidth);
      };
      counts_[level].lookups += of(rtl_->lookups_o);
      counts_[level].hits += of(rtl_->hits_o);
      counts_[level].fills += of(rtl_->fills_o);
      counts_[level].evictions += of(rtl_->evictions_o);
      counts_[level].fenced +=
          get_bits(rtl_->fenced_o, level * kWalkCacheFencedWidth, kWalkCacheFencedWidth);
    }
  }

  std::vector<Answer> expected(const Operations& operations,
                               const std::optional<FenceScope>& fence) {
    if (fence) model_.fence(now_, *fence);
    std::vector<Answer> answers(operations.size());
    for (unsigned port = 0; port < operations.size(); ++port) {
      const Operation& operation = operations[port];
      if (operation.kind == Operation::Kind::Insert) {
        model_.insert(now_, port, operation.va, operation.asid, operation.next,
                      Sv57::page_shift(operation.next.level + 1U));
      } else if (operation.kind == Operation::Kind::LookUp) {
        WalkPosition next;
        if (model_.lookup(now_, port, operation.va, operation.asid, next)) {
          answers[port] = {true, next.level, next.table, next.global};
        }
      }
    }
    return answers;
  }

  StatGroup stats_{"walk_cache"};
  WalkCache model_{Design::kParams, stats_};
  Instance<typename Design::Dut> rtl_;
  std::array<TlbStats, WalkCacheParams::kMaxLevels> counts_{};
  Cycles now_ = 0;
};
using Designs = ::testing::Types<AllLevels, LeafFences>;
TYPED_TEST_SUITE(WalkCacheRtl, Designs);

TYPED_TEST(WalkCacheRtl, random_operations_on_all_ports_agree_with_the_model) {
  std::mt19937_64 random(1);
  const auto draw = [&random](std::uint64_t below) { return random() % below; };
  // Walks ask for canonical addresses only; these are in the lower half.
  constexpr std::uint64_t kSize = std::uint64_t{1} << (kPageShift + 9 * TypeParam::kLevels - 1);
  const auto address = [&draw] {
    return VirtAddr{(draw(2) << 48 | draw(2) << 39 | draw(2) << 30 | draw(4) << 21) % kSize};
  };
  unsigned hits = 0;
  for (unsigned i = 0; i < 50000 && !this->HasFailure(); ++i) {
    SCOPED_TRACE(i);
    std::optional<FenceScope> fence;
    if (draw(64) == 0) {
      fence = FenceScope{draw(4) != 0, draw(2) != 0, address(), static_cast<Asid>(draw(3))};
    }
    std::vector<Operation> operations(TypeParam::kPorts);
    for (Operation& operation : operations) {
      const auto asid = static_cast<Asid>(draw(3));
      const auto kind = draw(8);
      if (kind < 4) operation = this->look_up(address(), asid);
      if (kind == 4 && !fence) {  // a fence lets no walk keep a pointer in its cycle
        operation = this->insert(address(), 1 + static_cast<unsigned>(draw(TypeParam::kLevels - 1)),
                                 PhysAddr{draw(1U << 20) << kPageShift}, asid, draw(8) == 0);
      }
    }
    for (const Answer& answer : this->cycle(operations, fence)) hits += answer.hit ? 1 : 0;
  }
  EXPECT_GT(hits, 5000U);
  this->expect_equal_counts();
}

constexpr VirtAddr kVa{0x12'3456'7000};
constexpr PhysAddr kTable{0x8000'1000};
constexpr PhysAddr kOther{0x8000'2000};

TYPED_TEST(WalkCacheRtl, insertion_is_found_from_the_next_cycle_on) {
  const std::vector<Answer> answers =
      this->cycle({this->insert(kVa, 1, kTable), this->look_up(kVa)});
  EXPECT_FALSE(answers[1].hit);
  EXPECT_TRUE(this->finds(this->look_up(kVa)));
}

TYPED_TEST(WalkCacheRtl, lookup_finds_what_an_insertion_of_the_same_cycle_replaces) {
  this->cycle({this->insert(kVa, 1, kTable)});
  const std::vector<Answer> answers =
      this->cycle({this->insert(kVa, 1, kOther), this->look_up(kVa)});
  EXPECT_EQ(answers[1].table, kTable);
  EXPECT_EQ(this->cycle({this->look_up(kVa)})[0].table, kOther);
}

TYPED_TEST(WalkCacheRtl, of_two_insertions_of_one_pointer_the_later_port_wins) {
  this->cycle({this->insert(kVa, 1, kTable), this->insert(kVa, 1, kOther)});
  EXPECT_EQ(this->cycle({this->look_up(kVa)})[0].table, kOther);
}

TYPED_TEST(WalkCacheRtl, both_ports_find_the_same_pointer_in_one_cycle) {
  this->cycle({this->insert(kVa, 1, kTable)});
  for (const Answer& answer : this->cycle({this->look_up(kVa), this->look_up(kVa)})) {
    EXPECT_EQ(answer.table, kTable);
  }
}

TYPED_TEST(WalkCacheRtl, fence_is_over_before_the_lookups_of_its_cycle) {
  this->cycle({this->insert(kVa, 1, kTable)});
  EXPECT_FALSE(this->cycle({this->look_up(kVa)}, FenceScope{})[0].hit);
}

TYPED_TEST(WalkCacheRtl, fence_without_an_address_drops_what_its_asid_says) {
  const VirtAddr other = kVa + (1 << 21);
  this->cycle({this->insert(kVa, 1, kTable, 1), this->insert(other, 1, kOther, 2)});
  this->cycle({}, FenceScope{.has_asid = true, .asid = 1});
  EXPECT_FALSE(this->finds(this->look_up(kVa, 1)));
  EXPECT_TRUE(this->finds(this->look_up(other, 2)));
  this->cycle({}, FenceScope{});
  EXPECT_FALSE(this->finds(this->look_up(other, 2)));
}

TYPED_TEST(WalkCacheRtl, fence_with_an_address_drops_pointers_only_if_it_is_to) {
  for (const bool has_asid : {false, true}) {
    SCOPED_TRACE(has_asid);
    this->cycle({this->insert(kVa, 1, kTable)});
    this->cycle({}, FenceScope{true, has_asid, kVa, 1});
    EXPECT_EQ(this->finds(this->look_up(kVa)), !TypeParam::kParams.address_fence_drops);
  }
}

TYPED_TEST(WalkCacheRtl, global_pointer_stays_through_a_fence_of_an_asid) {
  this->cycle({this->insert(kVa, 1, kTable, 1, true)});
  this->cycle({}, FenceScope{.has_asid = true, .asid = 1});
  EXPECT_TRUE(this->finds(this->look_up(kVa, 2)));
}

using WalkCacheRtlOfAllLevels = WalkCacheRtl<AllLevels>;

TEST_F(WalkCacheRtlOfAllLevels, deepest_pointer_wins) {
  for (unsigned level = 4; level >= 1; --level) {
    cycle({insert(kVa, level, PhysAddr{std::uint64_t{level} << kPageShift})});
    const Answer answer = cycle({look_up(kVa)})[0];
    EXPECT_EQ(answer.level, level - 1);
    EXPECT_EQ(answer.table.value >> kPageShift, level);
  }
  expect_equal_counts();
}

}  // namespace
}  // namespace faultline
