// SPDX-License-Identifier: Apache-2.0
// Copies between the kernel and an address space that is not the current one.

#include <gtest/gtest.h>

#include <vector>

#include "tests/firmware/mm/machine.h"

namespace faultline::test {
namespace {

constexpr std::uintptr_t kBase = 0x10'0000'0000;

struct Access : ::testing::Test {
  Machine machine;
  Process process{machine};
  mm_struct& mm = process.mm();
};

TEST_F(Access, written_bytes_are_read_back_over_page_ends) {
  process.map_anon(kBase, 4);
  std::vector<unsigned char> out(10000);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<unsigned char>(i * 7);
  }
  EXPECT_EQ(access_remote_vm(mm, kBase + 100, out.data(), out.size(), true), out.size());
  std::vector<unsigned char> in(out.size());
  EXPECT_EQ(access_remote_vm(mm, kBase + 100, in.data(), in.size(), false), in.size());
  EXPECT_EQ(in, out);
  EXPECT_EQ(process.pte_bits(kBase), 0xd7u);
}

TEST_F(Access, write_after_read_gets_its_own_page) {
  process.map_anon(kBase, 1);
  std::uint64_t word = 1;
  EXPECT_EQ(access_remote_vm(mm, kBase, &word, 8, false), 8u);
  EXPECT_EQ(word, 0u);
  word = 2;
  EXPECT_EQ(access_remote_vm(mm, kBase, &word, 8, true), 8u);
  EXPECT_EQ(process.hart().get(kBase), 2u);
}

TEST_F(Access, stops_where_the_process_itself_would_fault) {
  process.map_anon(kBase, 1);
  process.map_anon(kBase + PAGE_SIZE, 1, PROT_READ);
  std::vector<unsigned char> bytes(3 * PAGE_SIZE);
  EXPECT_EQ(access_remote_vm(mm, kBase, bytes.data(), bytes.size(), true), PAGE_SIZE);
  EXPECT_EQ(access_remote_vm(mm, kBase, bytes.data(), bytes.size(), false), 2 * PAGE_SIZE);
  EXPECT_EQ(access_remote_vm(mm, TASK_SIZE - 8, bytes.data(), 8, false), 0u);
}

TEST_F(Access, grows_a_stack) {
  ASSERT_EQ(setup_stack_vma(mm, TASK_SIZE, PAGE_SIZE), 0);
  std::uint64_t word = 3;
  EXPECT_EQ(access_remote_vm(mm, TASK_SIZE - 5 * PAGE_SIZE, &word, 8, true), 8u);
  EXPECT_EQ(process.vmas(TASK_SIZE), "-5-0 rw-p");
}

TEST_F(Access, populate_brings_every_page_in_for_its_later_use) {
  process.map_anon(kBase, 8);
  process.map_anon(kBase + 8 * PAGE_SIZE, 8, PROT_READ);
  EXPECT_EQ(process.hart().get(kBase + PAGE_SIZE), 0u);
  populate_vma_range(mm, kBase, kBase + 16 * PAGE_SIZE);
  for (std::uintptr_t i = 0; i < 8; ++i) {
    EXPECT_EQ(process.pte_bits(kBase + i * PAGE_SIZE), 0xd7u);
    EXPECT_EQ(process.pte_bits(kBase + (8 + i) * PAGE_SIZE), 0x153u);
  }
}

}  // namespace
}  // namespace faultline::test
