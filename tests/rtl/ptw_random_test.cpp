// SPDX-License-Identifier: Apache-2.0
// The RTL walk engine against Walk<Format> and the table of cycles, on random walks.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/rtl/ptw_designs.h"

namespace faultline {
namespace {

/// An address of either half; now and then one that the format does not have.
template <typename Format>
VirtAddr random_address(MadeUpMemory& memory) {
  std::uint64_t address = memory.draw(std::uint64_t{1} << (Format::kVirtualBits - 1));
  if (memory.draw(4) == 0) address = ~address;
  if (memory.draw(16) == 0) {
    address ^= std::uint64_t{1} << memory.draw(65 - Format::kVirtualBits)
                                << (Format::kVirtualBits - 1);
  }
  return VirtAddr{address};
}

/// Refuses about one entry in 32, others for loads than for stores.
Scenario::Question refusal(std::uint64_t salt) {
  return [salt](std::uint64_t address, bool store) {
    return ((address >> 3) + salt + (store ? 7 : 0)) % 32 == 0;
  };
}

template <typename Format>
Scenario random_scenario(MadeUpMemory& memory) {
  Scenario s;
  s.address = random_address<Format>(memory);
  s.access = static_cast<AccessType>(memory.draw(4));
  s.context.satp = Format::kSatpMode << 60 | memory.draw(1U << 16) << 44 | memory.draw(1U << 20);
  s.context.privilege = memory.draw(2) == 0 ? Privilege::User : Privilege::Supervisor;
  s.context.sum = memory.draw(2) != 0;
  s.context.mxr = memory.draw(2) != 0;
  s.context.adue = memory.draw(2) != 0;
  s.grant = static_cast<unsigned>(memory.draw(4));
  s.latency = static_cast<unsigned>(1 + memory.draw(9));
  if (memory.draw(4) == 0) s.fence = memory.draw(40);
  if (memory.draw(4) == 0) {
    s.hit = WalkPosition{PhysAddr{memory.draw(1U << 20) << kPageShift},
                         static_cast<std::uint8_t>(memory.draw(Format::kLevels - 1)),
                         memory.draw(2) != 0};
  }
  if (memory.draw(2) == 0) {
    s.rivals.resize(1 + memory.draw(3));
    std::ranges::generate(s.rivals, [&memory] { return memory.make_entry(); });
  }
  if (memory.draw(4) == 0) s.refused = refusal(memory.draw(32));
  if (memory.draw(4) == 0) s.error = refusal(memory.draw(32));
  return s;
}

template <typename Design>
class PtwRandom : public ::testing::Test {};
TYPED_TEST_SUITE(PtwRandom, PtwDesigns);

TYPED_TEST(PtwRandom, walks_end_as_the_specification_says_in_the_cycles_of_the_table) {
  PtwBench<TypeParam> bench;
  std::array<unsigned, 8> seen{};
  unsigned lost_updates = 0;
  for (unsigned i = 0; i < 10000 && !this->HasFailure(); ++i) {
    SCOPED_TRACE(i);
    const WalkResult result =
        bench.compare(random_scenario<typename TypeParam::Format>(bench.memory()));
    ++seen[static_cast<std::size_t>(result.status())];
    const WalkRecord& record = result.record;
    lost_updates += record.update_count != 0 && !record.updates[0].stored ? 1 : 0;
  }
  for (unsigned status = 0; status < seen.size(); ++status) EXPECT_GT(seen[status], 20U) << status;
  EXPECT_GT(lost_updates, 20U);
}

TYPED_TEST(PtwRandom, walks_back_to_back_go_as_they_do_alone) {
  PtwBench<TypeParam> bench;
  std::vector<Scenario> walks(1000);
  for (Scenario& walk : walks) {
    walk = random_scenario<typename TypeParam::Format>(bench.memory());
    walk.fence = Scenario::kNever;
  }
  bench.compare(walks);
}

}  // namespace
}  // namespace faultline
