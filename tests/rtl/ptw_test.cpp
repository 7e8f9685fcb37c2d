// SPDX-License-Identifier: Apache-2.0
// The RTL walk engine on random tables against Walk<Sv39>, and its cycles against walker.h's
// formula.

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "Vptw.h"
#include "models/mmu/walk.h"
#include "models/mmu/walk_record.h"

double sc_time_stamp() {
  return 0;
}

namespace faultline {
namespace {

struct Expected {
  AbortStatus status = AbortStatus::None;
  unsigned level = 0;
  std::uint64_t pte = 0;
  Cycles cycles = 0;
};

/// A memory in which an entry is made up when it is first read, and the walk over it.
class Bench {
 public:
  explicit Bench(std::uint64_t seed) : random_(seed) {
    dut_.rst_ni = 0;
    tick();
    dut_.rst_ni = 1;
    dut_.check_allowed_i = 1;
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

  /// The specification's walk, with one latency for each access to memory.
  Expected expect(VirtAddr va, AccessType access, const TranslationContext& context,
                  unsigned latency) {
    Walk<Sv39> walk(va, access, context);
    Expected result{.cycles = 3};  // accept, walk cache, respond
    Next next = walk.begin();
    if (next == Next::Abort) result.cycles = 2;
    while (next == Next::Read) {
      result.cycles += 1 + latency + 1;
      next = walk.take(entry(walk.entry_address().value));
    }
    if (next == Next::Update) {
      result.cycles += 1 + latency;
      next = walk.updated(true);
    }
    result.status = walk.abort().status;
    result.level = walk.position().level;
    result.pte = next == Next::Done ? walk.entry() : 0;
    return result;
  }

  /// The RTL's walk; compares at the response.
  void run(VirtAddr va, AccessType access, const TranslationContext& context, unsigned latency,
           const Expected& expected) {
    dut_.req_valid_i = 1;
    put(dut_.req_i, 0, 3, context.adue | context.mxr << 1U | context.sum << 2U);
    put(dut_.req_i, 3, 44, context.satp & ((std::uint64_t{1} << 44) - 1));
    put(dut_.req_i, 47, 16, context.asid());
    put(dut_.req_i, 63, 2, static_cast<std::uint64_t>(context.privilege));
    put(dut_.req_i, 65, 2, static_cast<std::uint64_t>(access));
    put(dut_.req_i, 67, 64, va.value);
    tick();
    dut_.req_valid_i = 0;
    unsigned waited = 0;
    for (Cycles cycle = 1; cycle < 1000; ++cycle) {
      dut_.eval();
      const bool waiting = dut_.mem_req_o != 0 || waited != 0;
      dut_.mem_gnt_i = dut_.mem_req_o;
      dut_.mem_rsp_valid_i = 0;
      if (waiting && ++waited == latency) {
        respond();
        waited = 0;
      }
      dut_.eval();
      if (dut_.rsp_valid_o != 0) {
        EXPECT_EQ(get(dut_.rsp_o, 72, 4), static_cast<std::uint64_t>(expected.status));
        EXPECT_EQ(get(dut_.rsp_o, 69, 3), expected.level);
        EXPECT_EQ(get(dut_.rsp_o, 5, 64), expected.pte);
        EXPECT_EQ(get(dut_.rsp_o, 3, 1), 1U) << "no fence, so cacheable";
        EXPECT_EQ(cycle, expected.cycles);
        tick();
        return;
      }
      tick();
    }
    FAIL() << "no response";
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

  void respond() {
    const bool update = get(dut_.mem_o, 184, 1) != 0;
    std::uint64_t& value = entry(get(dut_.mem_o, 128, 56));
    const bool stored = update && value == get(dut_.mem_o, 64, 64);
    if (stored) value = get(dut_.mem_o, 0, 64);
    dut_.mem_rsp_valid_i = 1;
    put(dut_.mem_rsp_i, 2, 64, value);
    put(dut_.mem_rsp_i, 0, 2, stored ? 2 : 0);
  }

  void tick() {
    dut_.clk_i = 0;
    dut_.eval();
    dut_.clk_i = 1;
    dut_.eval();
  }

  std::mt19937_64 random_;
  std::map<std::uint64_t, std::uint64_t> memory_;
  Vptw dut_;
};

TEST(Ptw, random_walks_end_as_the_specification_says_in_the_cycles_of_the_formula) {
  Bench bench(1);
  std::array<unsigned, 8> seen{};
  for (unsigned i = 0; i < 50000 && !::testing::Test::HasFailure(); ++i) {
    std::uint64_t va = bench.draw(std::uint64_t{1} << 38);
    if (bench.draw(16) == 0) va |= std::uint64_t{1} << (38 + bench.draw(26));
    const auto access = static_cast<AccessType>(bench.draw(4));
    TranslationContext context;
    context.satp = Sv39::kSatpMode << 60 | bench.draw(1U << 16) << 44 | bench.draw(1U << 20);
    context.privilege = bench.draw(2) == 0 ? Privilege::User : Privilege::Supervisor;
    context.sum = bench.draw(2) != 0;
    context.mxr = bench.draw(2) != 0;
    context.adue = bench.draw(2) != 0;
    const auto latency = static_cast<unsigned>(1 + bench.draw(9));
    const Expected expected = bench.expect(VirtAddr{va}, access, context, latency);
    ++seen[static_cast<std::size_t>(expected.status)];
    SCOPED_TRACE(i);
    bench.run(VirtAddr{va}, access, context, latency, expected);
  }
  for (unsigned status = 0; status < 7; ++status) EXPECT_GT(seen[status], 100U) << status;
}

}  // namespace
}  // namespace faultline
