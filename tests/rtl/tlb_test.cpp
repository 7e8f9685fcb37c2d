// SPDX-License-Identifier: Apache-2.0
// The RTL TLB against models/mmu/tlb.h, in the shapes that CMakeLists.txt verilates: the same
// random operations must hit, evict and fence alike, and answer in the cycle that is due.

#include "models/mmu/tlb.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <string>
#include <vector>

#include "tests/rtl/tlb_dut.h"
#include "tlb_designs.h"

namespace faultline {
namespace {

// The addresses and pages of a test: somewhat more pages than entries, near each other.
class Pages {
 public:
  Pages(const TlbShape& shape, std::uint64_t seed) : shape_(shape), random_(seed) {
    for (unsigned i = 0; i < shape.entries + shape.entries / 4 + 2; ++i) {
      pages_.push_back(canonical_page());
    }
  }

  std::uint64_t draw(std::uint64_t below) { return random_() % below; }
  bool one_in(std::uint64_t n) { return draw(n) == 0; }

  // A canonical address in one of the pages.
  VirtAddr address() {
    return VirtAddr{pages_[draw(pages_.size())] +
                    draw(std::uint64_t{1} << shift(shape_.min_level))};
  }
  // Now and then with a bit upside down above or at the highest that is translated.
  VirtAddr any_address() {
    const std::uint64_t va = address().value;
    const unsigned highest = shift(shape_.levels) - 1;
    return VirtAddr{one_in(16) ? va ^ std::uint64_t{1} << (highest + draw(64 - highest)) : va};
  }
  Asid asid() { return static_cast<Asid>(one_in(8) ? 0x8001 : draw(2)); }
  // Most are of min_level.
  Leaf leaf() {
    unsigned level = shape_.min_level;
    while (level < shape_.max_level && one_in(8)) ++level;
    return leaf(level, one_in(6));
  }
  Leaf leaf(unsigned level, bool global) {
    Leaf leaf;
    leaf.page_shift = static_cast<std::uint8_t>(shift(level));
    leaf.level = static_cast<std::uint8_t>(level);
    leaf.flags = static_cast<std::uint8_t>(kPteV | (global ? kPteG : 0));
    leaf.pte = random_();
    return leaf;
  }

 private:
  static unsigned shift(unsigned level) { return kPageShift + 9 * level; }
  // All parts of the page number vary, that of min_level the most.
  std::uint64_t canonical_page() {
    std::uint64_t va = 0;
    for (unsigned level = shape_.min_level; level < shape_.levels; ++level) {
      const std::uint64_t most = level == shape_.min_level ? std::min(512U, shape_.entries) : 3;
      va |= (one_in(8) ? 511 : draw(most)) << shift(level);
    }
    const unsigned unused = 64 - shift(shape_.levels);
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(va << unused) >> unused);
  }

  const TlbShape& shape_;
  std::mt19937_64 random_;
  std::vector<std::uint64_t> pages_;
};

template <typename Design>
class TlbRtl : public ::testing::Test {
 protected:
  static constexpr TlbShape kShape = Design::kShape;
  using Answers = std::vector<PortAnswer>;  // by port

  [[nodiscard]] Answers answers() const {
    Answers all(kShape.ports);
    for (unsigned port = 0; port < kShape.ports; ++port) all[port] = dut_.answer(port);
    return all;
  }
  // Runs cycles without operations until the answers to this one's lookups are there.
  Answers answers_when_due() {
    for (unsigned i = 0; i < kShape.latency_cycles; ++i) {
      dut_.clock();
      dut_.settle();
    }
    return answers();
  }
  void cycle() {
    dut_.settle();
    dut_.clock();
  }
  bool hits(VirtAddr va, Asid asid) {
    dut_.lookup(0, va, asid);
    dut_.settle();
    const bool hit = answers_when_due()[0].hit;
    dut_.clock();
    return hit;
  }

  TlbDut<typename Design::Rtl> dut_;
  Pages pages_{kShape, 1};
};

TYPED_TEST_SUITE(TlbRtl, TlbDesigns, TlbDesignNames);

// What the model does in one cycle, in the order that rtl/tlb.sv promises.
class ModelCycle {
 public:
  ModelCycle(Tlb& model, const StatGroup& stats) : model_(model), stats_(stats) {}

  // A lookup's part at the beginning of the cycle.
  PortAnswer look_up(VirtAddr va, Asid asid, Tlb::Index& index) const {
    index = model_.find(va, asid);
    PortAnswer answer{.valid = true};
    if (index != Tlb::kNone) {
      const Leaf& leaf = model_.leaf(index);
      answer = {.valid = true,
                .hit = true,
                .level = leaf.level,
                .global = (leaf.flags & kPteG) != 0,
                .data = leaf.pte};
    }
    return answer;
  }
  // How much `operation` adds to the statistic `name`.
  template <typename Operation>
  std::uint64_t added(const std::string& name, Operation operation) const {
    const std::uint64_t before = counter(name);
    operation();
    return counter(name) - before;
  }
  [[nodiscard]] std::uint64_t counter(const std::string& name) const {
    for (const StatGroup::Counter& c : stats_.counters()) {
      if (c.name == name) return *c.value;
    }
    ADD_FAILURE() << "no statistic " << name;
    return 0;
  }

 private:
  Tlb& model_;
  const StatGroup& stats_;
};

TYPED_TEST(TlbRtl, random_operations_agree_with_the_model) {
  constexpr TlbShape shape = TypeParam::kShape;
  enum class Kind : std::uint8_t { Idle, Lookup, Insert };
  struct Operation {
    Kind kind = Kind::Idle;
    VirtAddr va{};
    Asid asid = 0;
    Leaf leaf{};
    Tlb::Index index = Tlb::kNone;
  };
  for (const std::uint64_t seed : {1, 2, 3}) {
    StatGroup stats("tlb");
    Tlb model(shape.params(), stats);
    const ModelCycle cycle(model, stats);
    TlbDut<typename TypeParam::Rtl> dut;
    Pages pages(shape, seed);
    std::deque<std::vector<PortAnswer>> due(shape.latency_cycles,
                                            std::vector<PortAnswer>(shape.ports));
    for (unsigned i = 0; i < 40000 / (1 + shape.ports); ++i) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", cycle " + std::to_string(i));
      std::vector<Operation> operations(shape.ports);
      std::vector<PortAnswer>& answers = due.emplace_back(shape.ports);
      std::uint64_t fenced = 0;
      if (pages.one_in(32)) {
        const FenceScope scope{!pages.one_in(128), pages.one_in(2), pages.any_address(),
                               pages.asid()};
        dut.fence(scope);
        fenced = cycle.added("fenced", [&] { model.fence(scope); });
      }
      for (unsigned port = 0; port < shape.ports; ++port) {
        Operation& o = operations[port];
        o.kind = pages.one_in(8) ? Kind::Idle : pages.one_in(3) ? Kind::Insert : Kind::Lookup;
        o.asid = pages.asid();
        if (o.kind == Kind::Lookup) {
          o.va = pages.any_address();
          dut.lookup(port, o.va, o.asid);
          answers[port] = cycle.look_up(o.va, o.asid, o.index);
        } else if (o.kind == Kind::Insert) {
          o.va = pages.address();
          o.leaf = pages.leaf();
          dut.insert(port, o.va, o.asid, o.leaf);
        }
      }
      dut.settle();
      ASSERT_EQ(dut.fenced(), fenced);
      for (unsigned port = 0; port < shape.ports; ++port) {
        const Operation& o = operations[port];
        ASSERT_EQ(dut.answer(port), due.front()[port]) << "port " << port;
        const bool evicted = cycle.added("evictions", [&] {
          if (o.index != Tlb::kNone) model.touch(o.index);
          if (o.kind == Kind::Insert) model.insert(o.va, o.asid, o.leaf);
        }) != 0;
        ASSERT_EQ(dut.evicted(port), evicted) << "port " << port;
      }
      due.pop_front();
      dut.clock();
    }
    EXPECT_GT(cycle.counter("hits"), 1000U);
    EXPECT_GT(cycle.counter("evictions"), 100U);
    EXPECT_GT(cycle.counter("fenced"), 2U);
  }
}

TYPED_TEST(TlbRtl, each_lookup_is_answered_once_after_the_latency) {
  constexpr unsigned kLatency = TypeParam::kShape.latency_cycles;
  const std::vector<bool> looked_up = {true, true, false, true, false, false, true, true, true};
  const VirtAddr va = this->pages_.address();
  this->dut_.insert(0, va, 1, this->pages_.leaf(TypeParam::kShape.min_level, false));
  this->cycle();
  for (unsigned i = 0; i < looked_up.size() + kLatency; ++i) {
    SCOPED_TRACE(i);
    if (i < looked_up.size() && looked_up[i]) this->dut_.lookup(0, va, i % 2 == 0 ? 1 : 2);
    this->dut_.settle();
    const bool valid = i >= kLatency && looked_up[i - kLatency];
    EXPECT_EQ(this->dut_.answer(0).valid, valid);
    EXPECT_EQ(this->dut_.answer(0).hit, valid && (i - kLatency) % 2 == 0);
    this->dut_.clock();
  }
}

TYPED_TEST(TlbRtl, an_insertion_is_seen_from_the_next_cycle_on) {
  const VirtAddr va = this->pages_.address();
  constexpr unsigned kLastPort = TypeParam::kShape.ports - 1;
  this->dut_.insert(0, va, 1, this->pages_.leaf(TypeParam::kShape.min_level, false));
  if (kLastPort != 0) this->dut_.lookup(kLastPort, va, 1);
  this->dut_.settle();
  EXPECT_FALSE(this->answers_when_due()[kLastPort].hit);
  this->dut_.clock();
  EXPECT_TRUE(this->hits(va, 1));
}

TYPED_TEST(TlbRtl, a_fence_comes_before_the_lookup_of_its_cycle) {
  const VirtAddr va = this->pages_.address();
  this->dut_.insert(0, va, 1, this->pages_.leaf(TypeParam::kShape.min_level, false));
  this->cycle();
  this->dut_.fence({true, true, va, 1});
  this->dut_.lookup(0, va, 1);
  this->dut_.settle();
  EXPECT_EQ(this->dut_.fenced(), 1U);
  EXPECT_FALSE(this->answers_when_due()[0].hit);
}

TYPED_TEST(TlbRtl, a_fence_comes_before_the_insertion_of_its_cycle) {
  const VirtAddr va = this->pages_.address();
  this->dut_.fence({true, true, va, 1});
  this->dut_.insert(0, va, 1, this->pages_.leaf(TypeParam::kShape.min_level, false));
  this->dut_.settle();
  EXPECT_EQ(this->dut_.fenced(), 0U);
  this->dut_.clock();
  EXPECT_TRUE(this->hits(va, 1));
}

TYPED_TEST(TlbRtl, a_superpage_drops_the_pages_inside_in_whatever_set) {
  constexpr TlbShape shape = TypeParam::kShape;
  if (shape.min_level == shape.max_level) return;  // entries of one size cover each other exactly
  const std::uint64_t size = std::uint64_t{1} << (kPageShift + 9 * shape.min_level);
  for (const std::uint64_t page : {0, 1, 510, 511}) {
    this->dut_.insert(0, VirtAddr{page * size}, 1, this->pages_.leaf(shape.min_level, false));
    this->cycle();
  }
  const Leaf super = this->pages_.leaf(shape.min_level + 1, false);
  this->dut_.insert(0, VirtAddr{0}, 1, super);
  this->cycle();
  for (const std::uint64_t page : {0, 1, 2, 510, 511}) {
    this->dut_.lookup(0, VirtAddr{page * size}, 1);
    this->dut_.settle();
    EXPECT_EQ(this->answers_when_due()[0].data, super.pte) << "page " << page;
    this->dut_.clock();
  }
  EXPECT_FALSE(this->hits(VirtAddr{512 * size}, 1));
}

}  // namespace
}  // namespace faultline
