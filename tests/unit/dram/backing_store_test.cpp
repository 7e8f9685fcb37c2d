// SPDX-License-Identifier: Apache-2.0
#include "models/dram/backing_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace faultline {
namespace {

constexpr std::uint64_t kGib = std::uint64_t{1} << 30;

TEST(backing_store, sixty_four_gib_cost_only_the_pages_that_are_written) {
  const BackingStore store(64 * kGib);
  EXPECT_EQ(store.touched_bytes(), 0U);
  for (std::uint64_t i = 0; i < 64; ++i) store.data()[i * kGib + 12'345] = 1;
  EXPECT_EQ(store.touched_bytes(), 64 * 4'096U);
}

TEST(backing_store, reads_as_zero_before_it_is_written) {
  const BackingStore store(kGib);
  EXPECT_EQ(store.data()[0], 0);
  EXPECT_EQ(store.data()[kGib - 1], 0);
}

TEST(backing_store, says_what_the_host_refused) {
  try {
    const BackingStore store(std::uint64_t{1} << 62);
    FAIL() << "the host gave 2^62 bytes";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("4611686018427387904 bytes"));
  }
}

}  // namespace
}  // namespace faultline
