// SPDX-License-Identifier: Apache-2.0
// The RTL walk engine against Walk<Sv39>, and its cycles against the table of models/mmu/walk_engine.h.

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "Vptw.h"
#include "Vptw_long_steps.h"
#include "Vptw_no_cache.h"
#include "models/mmu/walk.h"
#include "models/mmu/walk_record.h"

namespace faultline {
namespace {

/// The cycles of each state, as CMakeLists.txt gives them to the module.
struct Steps {
  Cycles accept = 1;
  Cycles walk_cache = 1;  ///< 0: there is none
  Cycles issue = 1;
  Cycles decode = 1;
  Cycles update = 1;
  Cycles respond = 1;
};
template <typename Dut>
constexpr Steps kSteps{};
template <>
constexpr Steps kSteps<Vptw_no_cache>{.walk_cache = 0};
template <>
constexpr Steps kSteps<Vptw_long_steps>{2, 3, 4, 5, 6, 7};

/// A pointer that goes to the walk cache, and when.
struct Kept {
  Cycles cycle = 0;
  unsigned level = 0;  ///< of the entry
  std::uint64_t table = 0;
  bool global = false;
  bool operator==(const Kept&) const = default;
};

struct Result {
  AbortStatus status = AbortStatus::None;
  unsigned level = 0;
  std::uint64_t pte = 0;
  bool global = false;
  bool cacheable = true;
  unsigned first_level = 0;
  Cycles cycles = 0;
  std::vector<Kept> kept;
};

using Question = std::function<bool(std::uint64_t address, bool store)>;

/// One walk and what happens around it.
struct Scenario {
  VirtAddr address{};
  AccessType access = AccessType::Load;
  TranslationContext context{};
  unsigned grant = 0;                                 ///< cycles that memory lets each request wait
  unsigned latency = 1;                               ///< cycles from the grant to the response
  Cycles fence = std::numeric_limits<Cycles>::max();  ///< in this cycle after the request
  std::optional<WalkPosition> hit;                    ///< of the walk cache
  std::vector<std::uint64_t> rivals;  ///< what others store right before each compare-and-set
  Question refused = [](std::uint64_t, bool) { return false; };  ///< by PMP or PMA
  Question error = [](std::uint64_t, bool) { return false; };    ///< of the bus
};

/// A memory in which an entry is made up when it is first read, and the walks over it.
template <typename Dut>
class Bench {
 public:
  explicit Bench(std::uint64_t seed = 1) : random_(seed) {
    dut_.rst_ni = 0;
    tick();
    dut_.rst_ni = 1;
  }

  std::uint64_t draw(std::uint64_t below) { return random_() % below; }

  /// Mostly pointers and leaves; now and then everything else.
  std::uint64_t make_entry() {
    const std::uint64_t ppn = draw(1U << 20) << (draw(2) * 18);
    std::uint64_t entry = ppn << kPtePpnShift | kPteV;
    if (draw(2) == 0) entry |= draw(256);
    if (draw(8) == 0) entry ^= kPteV;
    if (draw(16) == 0) entry |= std::uint64_t{1} << (54 + draw(10));
    return entry;
  }

  std::uint64_t& entry(std::uint64_t address) {
    const auto [at, made] = memory_.try_emplace(address, 0);
    if (made) at->second = make_entry();
    return at->second;
  }

  /// What the specification and the table of cycles say.
  Result expect(const Scenario& s) {
    constexpr Steps kStep = kSteps<Dut>;
    const Cycles wait = s.grant + s.latency;
    Walk<Sv39> walk(s.address, s.access, s.context);
    Result result;
    result.cycles = kStep.accept;
    Next next = walk.begin();
    if (next == Next::Read) {
      result.cycles += kStep.walk_cache;
      if (kStep.walk_cache != 0 && s.hit) walk.skip_to(*s.hit);
    }
    result.first_level = walk.position().level;
    std::size_t updates = 0;
    while (next == Next::Read || next == Next::Update) {
      const std::uint64_t address = walk.entry_address().value;
      if (next == Next::Read) {
        result.cycles += kStep.issue;
        if (s.refused(address, false)) {
          next = walk.refuse();
          break;
        }
        result.cycles += wait + kStep.decode;
        if (s.error(address, false)) {
          next = walk.refuse();
          break;
        }
        const std::uint64_t value = updates == 0 ? entry(address) : s.rivals[updates - 1];
        next = walk.take(value);
        if (next == Next::Read && kStep.walk_cache != 0 && result.cycles < s.fence) {
          const WalkPosition& below = walk.position();
          result.kept.push_back(
              {result.cycles, below.level + 1U, below.table.value >> kPageShift, below.global});
        }
      } else {
        result.cycles += kStep.update;
        if (updates == WalkRecord::kMaxUpdates || s.refused(address, true)) {
          next = walk.refuse();
          break;
        }
        result.cycles += wait;
        if (s.error(address, true)) {
          next = walk.refuse();
          break;
        }
        next = walk.updated(updates >= s.rivals.size());
        ++updates;
      }
    }
    result.cycles += kStep.respond;
    result.status = walk.abort().status;
    result.level = walk.position().level;
    if (next == Next::Done) {
      result.pte = walk.entry();
      result.global = (walk.leaf().flags & kPteG) != 0;
    }
    result.cacheable = s.fence > result.cycles;
    return result;
  }

  /// The RTL's walk.
  Result run(const Scenario& s) {
    request(s);
    Result result;
    unsigned lookups = 0;
    unsigned waited = 0;
    std::size_t updates = 0;
    std::uint64_t address = 0;
    for (Cycles cycle = 1; cycle < 10000; ++cycle) {
      dut_.fence_i = cycle == s.fence;
      dut_.mem_gnt_i = 0;
      dut_.mem_rsp_valid_i = 0;
      dut_.eval();
      dut_.check_allowed_i = !s.refused(dut_.check_o & ((std::uint64_t{1} << 56) - 1),
                                        ((dut_.check_o >> 56) & 1) != 0);
      if (dut_.mem_req_o != 0 || waited != 0) {
        if (waited == 0) address = get(dut_.mem_o, 128, 56);
        EXPECT_EQ(dut_.mem_req_o != 0, waited <= s.grant) << "held until granted, and no longer";
        EXPECT_EQ(get(dut_.mem_o, 128, 56), address);
        dut_.mem_gnt_i = waited == s.grant;
        if (++waited == s.grant + s.latency) {
          waited = 0;
          respond(s, updates);
        }
      }
      dut_.eval();
      lookups += dut_.wc_lookup_o;
      if (dut_.wc_insert_o != 0) {
        EXPECT_EQ(dut_.wc_addr_o, s.address.value);
        EXPECT_EQ(dut_.wc_asid_o, s.context.asid());
        result.kept.push_back({cycle, static_cast<unsigned>(dut_.wc_pointer_o >> 45),
                               dut_.wc_pointer_o & ((std::uint64_t{1} << 44) - 1),
                               ((dut_.wc_pointer_o >> 44) & 1) != 0});
      }
      if (dut_.rsp_valid_o != 0) {
        EXPECT_EQ(get(dut_.rsp_o, 76, 16), id_);
        result.status = static_cast<AbortStatus>(get(dut_.rsp_o, 72, 4));
        result.level = static_cast<unsigned>(get(dut_.rsp_o, 69, 3));
        result.pte = get(dut_.rsp_o, 5, 64);
        result.global = get(dut_.rsp_o, 4, 1) != 0;
        result.cacheable = get(dut_.rsp_o, 3, 1) != 0;
        result.first_level = static_cast<unsigned>(get(dut_.rsp_o, 0, 3));
        result.cycles = cycle;
        const bool canonical = Sv39::is_canonical(s.address);
        EXPECT_EQ(lookups, canonical && kSteps<Dut>.walk_cache != 0 ? 1U : 0U);
        tick();
        dut_.fence_i = 0;
        return result;
      }
      tick();
    }
    ADD_FAILURE() << "no response";
    return result;
  }

  /// Both; they must agree. Returns the result for the test to look at.
  Result compare(const Scenario& s) {
    const Result expected = expect(s);
    const Result result = run(s);
    EXPECT_EQ(result.status, expected.status);
    EXPECT_EQ(result.level, expected.level);
    EXPECT_EQ(result.pte, expected.pte);
    EXPECT_EQ(result.global, expected.global);
    EXPECT_EQ(result.cacheable, expected.cacheable);
    EXPECT_EQ(result.first_level, expected.first_level);
    EXPECT_EQ(result.cycles, expected.cycles);
    EXPECT_EQ(result.kept, expected.kept);
    return result;
  }

 private:
  template <typename Words>
  static void put(Words& words, unsigned low, unsigned width, std::uint64_t value) {
    for (unsigned i = 0; i < width; ++i) {
      const unsigned bit = low + i;
      const auto mask = std::uint32_t{1} << (bit % 32);
      words[bit / 32] = ((value >> i) & 1) != 0 ? words[bit / 32] | mask : words[bit / 32] & ~mask;
    }
  }
  template <typename Words>
  static std::uint64_t get(const Words& words, unsigned low, unsigned width) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < width; ++i) {
      const unsigned bit = low + i;
      value |= std::uint64_t{(words[bit / 32] >> (bit % 32)) & 1U} << i;
    }
    return value;
  }

  void request(const Scenario& s) {
    const TranslationContext& context = s.context;
    id_ = draw(1U << 16);
    dut_.req_valid_i = 1;
    put(dut_.req_i, 0, 3, context.adue | context.mxr << 1U | context.sum << 2U);
    put(dut_.req_i, 3, 3, Sv39::kLevels - 1);
    put(dut_.req_i, 6, 44, context.satp & ((std::uint64_t{1} << 44) - 1));
    put(dut_.req_i, 50, 16, context.asid());
    put(dut_.req_i, 66, 2, static_cast<std::uint64_t>(context.privilege));
    put(dut_.req_i, 68, 2, static_cast<std::uint64_t>(s.access));
    put(dut_.req_i, 70, 64, s.address.value);
    put(dut_.req_i, 134, 16, id_);
    dut_.wc_hit_i = s.hit.has_value();
    if (s.hit) {
      dut_.wc_pointer_i = s.hit->table.value >> kPageShift | std::uint64_t{s.hit->global} << 44 |
                          (s.hit->level + std::uint64_t{1}) << 45;
    }
    dut_.eval();
    EXPECT_EQ(dut_.req_ready_o, 1);
    tick();
    dut_.req_valid_i = 0;
  }

  void respond(const Scenario& s, std::size_t& updates) {
    const std::uint64_t address = get(dut_.mem_o, 128, 56);
    const bool update = get(dut_.mem_o, 184, 1) != 0;
    std::uint64_t& value = entry(address);
    const bool error = s.error(address, update);
    bool stored = false;
    if (update && !error) {
      if (updates < s.rivals.size()) value = s.rivals[updates];
      ++updates;
      stored = value == get(dut_.mem_o, 64, 64);
      if (stored) value = get(dut_.mem_o, 0, 64);
    }
    dut_.mem_rsp_valid_i = 1;
    put(dut_.mem_rsp_i, 2, 64, value);
    put(dut_.mem_rsp_i, 1, 1, stored ? 1 : 0);
    put(dut_.mem_rsp_i, 0, 1, error ? 1 : 0);
  }

  void tick() {
    dut_.clk_i = 0;
    dut_.eval();
    dut_.clk_i = 1;
    dut_.eval();
  }

  std::mt19937_64 random_;
  std::map<std::uint64_t, std::uint64_t> memory_;
  std::uint64_t id_ = 0;
  Dut dut_;
};

template <typename Dut>
Scenario random_scenario(Bench<Dut>& bench) {
  Scenario s;
  std::uint64_t va = bench.draw(std::uint64_t{1} << 38);
  if (bench.draw(16) == 0) va |= std::uint64_t{1} << (38 + bench.draw(26));
  s.address = VirtAddr{va};
  s.access = static_cast<AccessType>(bench.draw(4));
  s.context.satp = Sv39::kSatpMode << 60 | bench.draw(1U << 16) << 44 | bench.draw(1U << 20);
  s.context.privilege = bench.draw(2) == 0 ? Privilege::User : Privilege::Supervisor;
  s.context.sum = bench.draw(2) != 0;
  s.context.mxr = bench.draw(2) != 0;
  s.context.adue = bench.draw(2) != 0;
  s.grant = static_cast<unsigned>(bench.draw(4));
  s.latency = static_cast<unsigned>(1 + bench.draw(9));
  if (bench.draw(4) == 0) s.fence = 1 + bench.draw(40);
  if (bench.draw(4) == 0) {
    s.hit = WalkPosition{PhysAddr{bench.draw(1U << 20) << kPageShift},
                         static_cast<std::uint8_t>(bench.draw(2)), bench.draw(2) != 0};
  }
  const auto sometimes = [](std::uint64_t salt) {
    return [salt](std::uint64_t address, bool store) {
      return ((address >> 3) + salt + (store ? 7 : 0)) % 32 == 0;
    };
  };
  if (bench.draw(4) == 0) s.refused = sometimes(bench.draw(32));
  if (bench.draw(4) == 0) s.error = sometimes(bench.draw(32));
  return s;
}

template <typename Dut>
class PtwRtl : public ::testing::Test {};
using Duts = ::testing::Types<Vptw, Vptw_no_cache, Vptw_long_steps>;
TYPED_TEST_SUITE(PtwRtl, Duts);

TYPED_TEST(PtwRtl, random_walks_end_as_the_specification_says_in_the_cycles_of_the_table) {
  Bench<TypeParam> bench;
  std::array<unsigned, 8> seen{};
  for (unsigned i = 0; i < 20000 && !this->HasFailure(); ++i) {
    SCOPED_TRACE(i);
    const Result result = bench.compare(random_scenario(bench));
    ++seen[static_cast<std::size_t>(result.status)];
  }
  for (unsigned status = 0; status < seen.size(); ++status) EXPECT_GT(seen[status], 50U) << status;
}

/// A page of three levels, which user mode may read and write but has not yet touched.
template <typename Dut>
class PtwRtlOnePage : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kRoot = 0x100;
  static constexpr std::uint64_t kMiddle = 0x200;
  static constexpr std::uint64_t kLast = 0x300;
  static constexpr std::uint64_t kFresh = 0x400 << kPtePpnShift | kPteV | kPteR | kPteW | kPteU;
  static constexpr std::uint64_t kLeafAddress = kLast << kPageShift | 3 << 3;

  PtwRtlOnePage() {
    bench_.entry(kRoot << kPageShift | 1 << 3) = kMiddle << kPtePpnShift | kPteV | kPteG;
    bench_.entry(kMiddle << kPageShift | 2 << 3) = kLast << kPtePpnShift | kPteV;
    bench_.entry(kLeafAddress) = kFresh | kPteA | kPteD;
    scenario_.address = VirtAddr{1 << 30 | 2 << 21 | 3 << 12 | 0x123};
    scenario_.context.satp = Sv39::kSatpMode << 60 | std::uint64_t{7} << 44 | kRoot;
    scenario_.context.privilege = Privilege::User;
    scenario_.context.adue = true;
  }

  Bench<Dut> bench_;
  Scenario scenario_;
};
TYPED_TEST_SUITE(PtwRtlOnePage, Duts);

TYPED_TEST(PtwRtlOnePage, both_pointers_enter_the_walk_cache_if_there_is_one) {
  const Result result = this->bench_.compare(this->scenario_);
  EXPECT_EQ(result.status, AbortStatus::None);
  EXPECT_TRUE(result.global);
  if (kSteps<TypeParam>.walk_cache == 0) {
    EXPECT_TRUE(result.kept.empty());
    return;
  }
  ASSERT_EQ(result.kept.size(), 2U);
  EXPECT_EQ(result.kept[0].level, 2U);
  EXPECT_EQ(result.kept[1].level, 1U);
}

TYPED_TEST(PtwRtlOnePage, hit_in_the_walk_cache_skips_the_levels_above) {
  this->scenario_.hit = WalkPosition{PhysAddr{this->kLast << kPageShift}, 0, true};
  const Result result = this->bench_.compare(this->scenario_);
  EXPECT_EQ(result.status, AbortStatus::None);
  EXPECT_TRUE(result.global) << "as the pointer was";
  EXPECT_EQ(result.first_level, kSteps<TypeParam>.walk_cache != 0 ? 0U : 2U);
}

TYPED_TEST(PtwRtlOnePage, fence_in_any_cycle_of_a_walk_forbids_to_keep_what_comes_after_it) {
  const Cycles cycles = this->bench_.expect(this->scenario_).cycles;
  for (Cycles fence = 1; fence <= cycles + 1; ++fence) {
    SCOPED_TRACE(fence);
    this->scenario_.fence = fence;
    const Result result = this->bench_.compare(this->scenario_);
    EXPECT_EQ(result.status, AbortStatus::None) << "still right for the access that asked";
    EXPECT_EQ(result.cacheable, fence > cycles);
  }
}

TYPED_TEST(PtwRtlOnePage, refused_read_is_an_access_fault_without_an_access_to_memory) {
  this->scenario_.refused = [](std::uint64_t address, bool store) {
    return address == TestFixture::kLeafAddress && !store;
  };
  EXPECT_EQ(this->bench_.compare(this->scenario_).status, AbortStatus::WalkAccessFault);
}

TYPED_TEST(PtwRtlOnePage, refused_update_is_an_access_fault_and_leaves_the_entry) {
  this->bench_.entry(this->kLeafAddress) = this->kFresh;
  this->scenario_.refused = [](std::uint64_t, bool store) { return store; };
  EXPECT_EQ(this->bench_.compare(this->scenario_).status, AbortStatus::WalkAccessFault);
  EXPECT_EQ(this->bench_.entry(this->kLeafAddress), this->kFresh);
}

TYPED_TEST(PtwRtlOnePage, bus_error_on_a_read_is_an_access_fault) {
  this->scenario_.error = [](std::uint64_t address, bool) {
    return address == TestFixture::kLeafAddress;
  };
  EXPECT_EQ(this->bench_.compare(this->scenario_).status, AbortStatus::WalkAccessFault);
}

TYPED_TEST(PtwRtlOnePage, bus_error_on_an_update_is_an_access_fault) {
  this->bench_.entry(this->kLeafAddress) = this->kFresh;
  this->scenario_.error = [](std::uint64_t, bool store) { return store; };
  EXPECT_EQ(this->bench_.compare(this->scenario_).status, AbortStatus::WalkAccessFault);
  EXPECT_EQ(this->bench_.entry(this->kLeafAddress), this->kFresh);
}

TYPED_TEST(PtwRtlOnePage, store_sets_accessed_and_dirty) {
  this->bench_.entry(this->kLeafAddress) = this->kFresh;
  this->scenario_.access = AccessType::Store;
  EXPECT_EQ(this->bench_.compare(this->scenario_).status, AbortStatus::None);
  EXPECT_EQ(this->bench_.entry(this->kLeafAddress), this->kFresh | kPteA | kPteD);
}

TYPED_TEST(PtwRtlOnePage, lost_update_reads_the_entry_again_and_goes_on_with_its_new_value) {
  this->bench_.entry(this->kLeafAddress) = this->kFresh;
  this->scenario_.access = AccessType::Store;
  this->scenario_.rivals = {this->kFresh | kPteA};
  EXPECT_EQ(this->bench_.compare(this->scenario_).status, AbortStatus::None);
  EXPECT_EQ(this->bench_.entry(this->kLeafAddress), this->kFresh | kPteA | kPteD);
}

TYPED_TEST(PtwRtlOnePage, lost_update_that_made_the_entry_invalid_aborts) {
  this->bench_.entry(this->kLeafAddress) = this->kFresh;
  this->scenario_.rivals = {0};
  EXPECT_EQ(this->bench_.compare(this->scenario_).status, AbortStatus::Translation);
  EXPECT_EQ(this->bench_.entry(this->kLeafAddress), 0U);
}

TYPED_TEST(PtwRtlOnePage, updates_that_are_lost_for_ever_end_in_an_access_fault) {
  this->bench_.entry(this->kLeafAddress) = this->kFresh;
  for (std::uint64_t i = 1; i <= WalkRecord::kMaxUpdates; ++i) {
    this->scenario_.rivals.push_back(this->kFresh + (i << 20));
  }
  EXPECT_EQ(this->bench_.compare(this->scenario_).status, AbortStatus::WalkAccessFault);
}

TYPED_TEST(PtwRtlOnePage, each_cycle_that_memory_does_not_grant_lengthens_the_walk_by_one) {
  this->scenario_.latency = 3;
  const Cycles cycles = this->bench_.compare(this->scenario_).cycles;
  this->scenario_.grant = 5;
  EXPECT_EQ(this->bench_.compare(this->scenario_).cycles, cycles + Cycles{3 * 5});
}

}  // namespace
}  // namespace faultline
