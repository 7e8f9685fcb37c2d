// SPDX-License-Identifier: Apache-2.0
// The rings, in plain bytes: what a sound driver offers comes out, and nothing that an unsound one
// writes makes the device leave its memory or loop.

#include "models/dev/virtqueue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

namespace faultline {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kBase = 0x8000'0000;
constexpr std::uint64_t kDescriptors = kBase + 0x100;
constexpr std::uint64_t kAvailable = kBase + 0x400;
constexpr std::uint64_t kUsed = kBase + 0x500;
constexpr unsigned kSize = 8;

struct PlainMemory : GuestMemory {
  std::vector<unsigned char> bytes = std::vector<unsigned char>(0x2000);
  std::uint64_t reads = 0;

  [[nodiscard]] bool contains(PhysAddr address, std::uint64_t length) const override {
    const std::uint64_t offset = address.value - kBase;
    return offset < bytes.size() && length <= bytes.size() - offset;
  }
  bool read(PhysAddr address, void* to, std::uint64_t length) override {
    ++reads;
    EXPECT_TRUE(contains(address, length)) << "the queue read outside memory";
    std::memcpy(to, at(address.value), length);
    return true;
  }
  bool write(PhysAddr address, const void* from, std::uint64_t length) override {
    EXPECT_TRUE(contains(address, length)) << "the queue wrote outside memory";
    std::memcpy(at(address.value), from, length);
    return true;
  }
  unsigned char* at(std::uint64_t address) { return bytes.data() + (address - kBase); }
  template <typename T>
  void store(std::uint64_t address, T value) {
    std::memcpy(at(address), &value, sizeof value);
  }
};

class VirtqueueTest : public ::testing::Test {
 protected:
  static constexpr std::uint16_t kNext = 1, kWrite = 2, kIndirect = 4;

  PlainMemory memory;
  std::uint16_t available = 0;

  static VirtqueueLayout layout(unsigned size = kSize) {
    return {size, PhysAddr{kDescriptors}, PhysAddr{kAvailable}, PhysAddr{kUsed}};
  }
  void put(unsigned index, std::uint64_t address, std::uint32_t bytes, unsigned flags,
           std::uint16_t next = 0, std::uint64_t table = kDescriptors) {
    memory.store(table + 16 * index, address);
    memory.store(table + 16 * index + 8, bytes);
    memory.store(table + 16 * index + 12, static_cast<std::uint16_t>(flags));
    memory.store(table + 16 * index + 14, next);
  }
  void offer(std::uint16_t head) {
    memory.store(kAvailable + 4 + 2 * (available % kSize), head);
    memory.store(kAvailable + 2, ++available);
  }
  /// What a new queue says of a driver that offered `head` as its first.
  std::string complaint(std::uint16_t head, bool indirect = false) {
    available = 0;
    offer(head);
    return complaint_now(indirect);
  }
  std::string complaint_now(bool indirect = false) {
    try {
      Virtqueue queue(layout(), indirect, memory);
      (void)queue.pop(memory);
    } catch (const VirtqueueError& e) {
      return e.what();
    }
    return "";
  }
};

TEST_F(VirtqueueTest, chains_come_in_the_order_of_the_ring) {
  Virtqueue queue(layout(), false, memory);
  EXPECT_FALSE(queue.pop(memory));
  put(3, kBase, 16, kNext, 5);
  put(5, kBase + 0x1000, 512, kNext | kWrite, 0);
  put(0, kBase + 0x1800, 1, kWrite);
  put(1, kBase + 0x20, 4, 0);
  offer(3);
  offer(1);
  const auto first = queue.pop(memory);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->head, 3);
  ASSERT_EQ(first->readable.size(), 1U);
  ASSERT_EQ(first->writable.size(), 2U);
  EXPECT_EQ(first->writable[0].address, PhysAddr{kBase + 0x1000});
  EXPECT_EQ(first->writable_bytes(), 513U);
  const auto second = queue.pop(memory);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->head, 1);
  EXPECT_FALSE(queue.pop(memory));
}

TEST_F(VirtqueueTest, indices_wrap_at_16_bits) {
  Virtqueue queue(layout(), false, memory);
  put(0, kBase, 16, 0);
  for (unsigned i = 0; i < 70'000; ++i) {
    offer(0);
    ASSERT_TRUE(queue.pop(memory));
    queue.push(memory, 0, i);
  }
  std::uint16_t used = 0;
  std::memcpy(&used, memory.at(kUsed + 2), sizeof used);
  EXPECT_EQ(used, 70'000 % 65'536);
}

TEST_F(VirtqueueTest, used_elements_hold_head_and_length) {
  Virtqueue queue(layout(), false, memory);
  queue.push(memory, 6, 4097);
  std::uint32_t element[2] = {};
  std::memcpy(element, memory.at(kUsed + 4), sizeof element);
  EXPECT_EQ(element[0], 6U);
  EXPECT_EQ(element[1], 4097U);
  EXPECT_TRUE(queue.wants_interrupt(memory));
  memory.store<std::uint16_t>(kAvailable, 1);
  EXPECT_FALSE(queue.wants_interrupt(memory));
}

TEST_F(VirtqueueTest, areas_must_be_aligned_and_in_memory) {
  const auto why = [&](const VirtqueueLayout& wrong) -> std::string {
    try {
      const Virtqueue queue(wrong, false, memory);
    } catch (const VirtqueueError& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_THAT(why(layout(0)), HasSubstr("0 entries"));
  EXPECT_THAT(why(layout(12)), HasSubstr("12 entries"));
  EXPECT_THAT(why(layout(512)), HasSubstr("512 entries"));
  VirtqueueLayout wrong = layout();
  wrong.descriptors = PhysAddr{kDescriptors + 8};
  EXPECT_THAT(why(wrong), HasSubstr("descriptor table is at 0x80000108, no multiple of 16"));
  wrong = layout();
  wrong.driver_area = PhysAddr{kAvailable + 1};
  EXPECT_THAT(why(wrong), HasSubstr("available ring"));
  wrong = layout();
  wrong.device_area = PhysAddr{~std::uint64_t{3}};
  EXPECT_THAT(why(wrong), HasSubstr("used ring of 68 bytes at 0xfffffffffffffffc"));
}

TEST_F(VirtqueueTest, broken_chains_are_named) {
  put(0, kBase, 16, kNext, 0);
  EXPECT_THAT(complaint(0), HasSubstr("more than 8 descriptors")) << "a cycle";
  EXPECT_THAT(complaint(8), HasSubstr("descriptor 8 of a table of 8"));
  put(1, kBase, 16, kNext, 99);
  EXPECT_THAT(complaint(1), HasSubstr("descriptor 99 of a table of 8"));
  put(2, 0x1000, 16, 0);
  EXPECT_THAT(complaint(2), HasSubstr("16 bytes at 0x1000, which is not in memory"));
  put(2, kBase + 0x1fff, 2, 0);
  EXPECT_THAT(complaint(2), HasSubstr("not in memory")) << "the last byte lies outside";
  put(2, kBase, 0xffff'ffff, 0);
  EXPECT_THAT(complaint(2), HasSubstr("not in memory"));
  put(2, kBase, 0, 0);
  EXPECT_THAT(complaint(2), HasSubstr("a buffer of 0 bytes"));
  put(3, kBase, 16, kNext | kWrite, 4);
  put(4, kBase, 16, 0);
  EXPECT_THAT(complaint(3), HasSubstr("to read after one to write"));
  available = 8;
  offer(0);
  EXPECT_THAT(complaint_now(), HasSubstr("the available index 9 is 9 ahead of 0"));
}

TEST_F(VirtqueueTest, indirect_tables_are_followed_and_checked) {
  const std::uint64_t table = kBase + 0x1000;
  put(0, table, 32, kIndirect);
  put(0, kBase, 16, kNext, 1, table);
  put(1, kBase + 16, 1, kWrite, 0, table);
  offer(0);
  Virtqueue queue(layout(), true, memory);
  const auto chain = queue.pop(memory);
  ASSERT_TRUE(chain);
  EXPECT_EQ(chain->readable_bytes(), 16U);
  EXPECT_EQ(chain->writable_bytes(), 1U);

  EXPECT_THAT(complaint(0), HasSubstr("not negotiated"));
  put(0, kBase, 16, kNext, 2, table);
  EXPECT_THAT(complaint(0, true), HasSubstr("descriptor 2 of a table of 2"));
  put(0, kBase, 16, kNext, 0, table);
  EXPECT_THAT(complaint(0, true), HasSubstr("more than 8 descriptors")) << "a cycle";
  put(0, table, 32, kIndirect, 0, table);
  EXPECT_THAT(complaint(0, true), HasSubstr("in an indirect table"));
  put(0, table, 20, kIndirect);
  EXPECT_THAT(complaint(0, true), HasSubstr("no table of descriptors in memory"));
  put(0, table, 32, kIndirect | kNext, 1);
  EXPECT_THAT(complaint(0, true), HasSubstr("not the last of its chain"));
}

// Rings of random bytes, biased towards addresses and indices that make sense: every request that
// comes out lies in memory, and every pop reads a bounded number of times.
TEST_F(VirtqueueTest, no_content_of_the_rings_makes_the_device_misbehave) {
  std::mt19937_64 random(20'240'229);
  unsigned taken = 0;
  unsigned refused = 0;
  for (unsigned round = 0; round < 20'000; ++round) {
    for (std::size_t i = 0; i < 0x600; i += 8) memory.store(kBase + i, random());
    for (unsigned index = 0; index < kSize; ++index) {
      const std::uint64_t address = random() % 4 == 0 ? random() : kBase + random() % 0x2100;
      put(index, address, static_cast<std::uint32_t>(random() % (random() % 8 == 0 ? 0x4000 : 96)),
          static_cast<unsigned>(random() % 8), static_cast<std::uint16_t>(random() % 9));
    }
    memory.store(kAvailable + 2, static_cast<std::uint16_t>(random() % 10));
    for (unsigned slot = 0; slot < kSize; ++slot) {
      memory.store(kAvailable + 4 + 2 * slot, static_cast<std::uint16_t>(random() % 9));
    }
    Virtqueue queue(layout(), random() % 2 == 0, memory);
    try {
      memory.reads = 0;
      while (const auto chain = queue.pop(memory)) {
        ++taken;
        for (const auto* buffers : {&chain->readable, &chain->writable}) {
          for (const VirtqueueBuffer& b : *buffers)
            ASSERT_TRUE(memory.contains(b.address, b.bytes));
        }
        ASSERT_LE(chain->readable.size() + chain->writable.size(), kSize);
      }
    } catch (const VirtqueueError&) {
      ++refused;
    }
    ASSERT_LE(memory.reads, kSize * (kSize + 2) + 1);
  }
  EXPECT_GT(taken, 2'000U);
  EXPECT_GT(refused, 5'000U);
}

}  // namespace
}  // namespace faultline
