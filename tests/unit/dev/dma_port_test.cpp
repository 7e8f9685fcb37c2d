// SPDX-License-Identifier: Apache-2.0
// Bursts, borders of memory, and what a port asks of the caches.

#include "models/dev/dma_port.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/dev/virtio_bench.h"

namespace faultline {
namespace {

class DmaPortTest : public ::testing::Test {
 protected:
  Ram ram{"ram"};
  DmaPort port{"port", 256};
  LocalClock clock{kPeriodPs};
  std::set<std::uint64_t> dirty;                       // lines
  std::vector<std::pair<std::uint64_t, bool>> snoops;  // line, write
  std::vector<std::pair<std::uint64_t, std::uint64_t>> written;

  DmaPortTest() {
    port.socket.bind(ram.socket);
    port.connect(
        {.memory = ram.direct(),
         .snoop =
             [this](PhysAddr line, bool write, Cycles /*now*/) {
               snoops.emplace_back(line.value, write);
               return dirty.erase(line.value) != 0;
             },
         .written = [this](PhysAddr address,
                           std::uint64_t bytes) { written.emplace_back(address.value, bytes); }});
  }
  std::vector<unsigned char> buffer = std::vector<unsigned char>(1024, 0x42);
};

using Log = std::vector<Ram::Access>;
constexpr std::uint64_t kBase = Ram::kBase;

TEST_F(DmaPortTest, bursts_cross_no_border) {
  simulate([&] {
    EXPECT_TRUE(port.write(clock, PhysAddr{kBase + 200}, buffer.data(), 400));
    EXPECT_EQ(clock.now(), 3 * kRamLatency);
  });
  EXPECT_EQ(ram.log,
            (Log{{true, kBase + 200, 56}, {true, kBase + 256, 256}, {true, kBase + 512, 88}}));
  EXPECT_EQ(*ram.at(kBase + 599), 0x42);
  EXPECT_EQ(*ram.at(kBase + 600), 0);
  EXPECT_EQ(written.size(), 3U);
}

TEST_F(DmaPortTest, nothing_outside_memory_is_touched) {
  simulate([&] {
    const std::uint64_t end = kBase + ram.bytes.size();
    EXPECT_TRUE(port.read(clock, PhysAddr{end - 1}, buffer.data(), 1));
    EXPECT_FALSE(port.read(clock, PhysAddr{end - 1}, buffer.data(), 2));
    EXPECT_FALSE(port.write(clock, PhysAddr{kBase - 1}, buffer.data(), 2));
    EXPECT_FALSE(port.write(clock, PhysAddr{~std::uint64_t{0}}, buffer.data(), 2));
  });
  EXPECT_EQ(ram.log.size(), 1U);
}

TEST_F(DmaPortTest, a_read_has_dirty_lines_written_back_first) {
  dirty = {kBase + 64};
  simulate([&] { EXPECT_TRUE(port.read(clock, PhysAddr{kBase + 32}, buffer.data(), 64)); });
  EXPECT_EQ(ram.log, (Log{{true, kBase + 64, 64}, {false, kBase + 32, 64}}));
  EXPECT_EQ(snoops,
            (std::vector<std::pair<std::uint64_t, bool>>{{kBase, false}, {kBase + 64, false}}));
  EXPECT_EQ(port.snooped_lines(), 1U);
  EXPECT_TRUE(written.empty());
}

TEST_F(DmaPortTest, a_write_replaces_whole_dirty_lines_and_keeps_the_rest_of_others) {
  dirty = {kBase, kBase + 64};
  simulate([&] { EXPECT_TRUE(port.write(clock, PhysAddr{kBase + 32}, buffer.data(), 96)); });
  EXPECT_EQ(ram.log, (Log{{true, kBase, 64}, {true, kBase + 32, 96}}));
  EXPECT_EQ(snoops,
            (std::vector<std::pair<std::uint64_t, bool>>{{kBase, true}, {kBase + 64, true}}));
}

}  // namespace
}  // namespace faultline
