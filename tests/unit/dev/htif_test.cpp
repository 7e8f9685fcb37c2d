// SPDX-License-Identifier: Apache-2.0
#include "models/dev/htif.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>

namespace faultline {
namespace {

constexpr std::uint64_t kBase = 0x8000'0000;
constexpr PhysAddr kTohost{kBase + 0x100};
constexpr PhysAddr kFromhost{kBase + 0x108};
constexpr PhysAddr kArguments{kBase + 0x200};

class HtifTest : public ::testing::Test {
 protected:
  std::array<unsigned char, 0x1000> bytes{};
  DirectMemory memory{PhysAddr{kBase}, bytes.size(), bytes.data()};
  std::string console;
  std::vector<std::uint64_t> exits;
  Htif htif{memory, kTohost, kFromhost, [this](char byte) { console += byte; },
            [this](std::uint64_t status) { exits.push_back(status); }};

  void put(PhysAddr address, std::uint64_t value) {
    std::memcpy(memory.at(address), &value, sizeof value);
  }
  [[nodiscard]] std::uint64_t get(PhysAddr address) const {
    std::uint64_t value = 0;
    std::memcpy(&value, memory.at(address), sizeof value);
    return value;
  }
  void command(std::uint64_t value) {
    put(kTohost, value);
    htif.written(value);
  }
  std::int64_t call(std::uint64_t number, std::uint64_t a0, std::uint64_t a1, std::uint64_t a2) {
    put(kArguments, number);
    put(kArguments + 8, a0);
    put(kArguments + 16, a1);
    put(kArguments + 24, a2);
    put(kFromhost, 0);
    command(kArguments.value);
    return static_cast<std::int64_t>(get(kArguments));
  }
};

TEST_F(HtifTest, one_is_a_pass_and_other_odd_values_are_failures) {
  command(1);
  command(7);
  EXPECT_EQ(exits, (std::vector<std::uint64_t>{0, 3}));
}

TEST_F(HtifTest, zero_is_no_command) {
  put(kFromhost, 5);
  htif.written(0);
  EXPECT_TRUE(exits.empty());
  EXPECT_EQ(get(kFromhost), 5U);
}

TEST_F(HtifTest, console_writes_are_printed_and_taken_from_tohost) {
  for (const char byte : std::string("ok\n")) {
    command((std::uint64_t{1} << 56) | (std::uint64_t{1} << 48) | static_cast<unsigned char>(byte));
    EXPECT_EQ(get(kTohost), 0U);
  }
  EXPECT_EQ(console, "ok\n");
}

TEST_F(HtifTest, console_read_is_answered_as_soon_as_there_is_a_byte) {
  constexpr std::uint64_t kRead = std::uint64_t{1} << 56;
  command(kRead);
  EXPECT_EQ(get(kFromhost), 0U);
  htif.receive("ab");
  EXPECT_EQ(get(kFromhost), kRead | 0x100 | 'a');
  put(kFromhost, 0);
  command(kRead);
  EXPECT_EQ(get(kFromhost), kRead | 0x100 | 'b');
}

TEST_F(HtifTest, input_that_nobody_asked_for_waits) {
  htif.receive("a");
  EXPECT_EQ(get(kFromhost), 0U);
}

TEST_F(HtifTest, write_call_prints_and_returns_the_number_of_bytes) {
  std::memcpy(memory.at(PhysAddr{kBase + 0x300}), "text", 4);
  EXPECT_EQ(call(64, 1, kBase + 0x300, 4), 4);
  EXPECT_EQ(console, "text");
  EXPECT_EQ(get(kFromhost), 1U);
  EXPECT_EQ(get(kTohost), 0U);
  EXPECT_EQ(call(64, 2, kBase + 0x300, 0), 0);
}

TEST_F(HtifTest, write_call_refuses_bad_files_and_addresses) {
  EXPECT_EQ(call(64, 3, kBase, 4), -9);
  EXPECT_EQ(call(64, 1, kBase + bytes.size() - 2, 4), -14);
  EXPECT_EQ(call(64, 1, 0, 4), -14);
  EXPECT_EQ(console, "");
}

TEST_F(HtifTest, exit_call_ends_with_its_status) {
  call(93, 42, 0, 0);
  EXPECT_EQ(exits, std::vector<std::uint64_t>{42});
}

TEST_F(HtifTest, unknown_calls_fail_and_are_answered) {
  EXPECT_EQ(call(222, 0, 0, 0), -38);
  EXPECT_EQ(get(kFromhost), 1U);
}

TEST_F(HtifTest, arguments_outside_memory_are_answered_without_a_call) {
  command(0x1000);
  EXPECT_EQ(get(kFromhost), 1U);
  EXPECT_TRUE(exits.empty());
}

TEST_F(HtifTest, unknown_devices_and_commands_are_ignored) {
  command(std::uint64_t{2} << 56 | 1);
  command(std::uint64_t{1} << 56 | std::uint64_t{9} << 48 | 'x');
  EXPECT_TRUE(exits.empty());
  EXPECT_EQ(console, "");
}

TEST_F(HtifTest, program_without_fromhost_still_prints_and_ends) {
  Htif silent(
      memory, kTohost, std::nullopt, [this](char byte) { console += byte; },
      [this](std::uint64_t status) { exits.push_back(status); });
  std::memcpy(memory.at(PhysAddr{kBase + 0x300}), "hi", 2);
  put(kArguments, 64);
  put(kArguments + 8, 1);
  put(kArguments + 16, kBase + 0x300);
  put(kArguments + 24, 2);
  silent.written(kArguments.value);
  silent.written(1);
  EXPECT_EQ(console, "hi");
  EXPECT_EQ(exits, std::vector<std::uint64_t>{0});
}

}  // namespace
}  // namespace faultline
