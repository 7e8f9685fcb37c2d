// SPDX-License-Identifier: Apache-2.0
#pragma once

// A profiler on a made-up kernel, driven by made-up sequences of what a hart reports.

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "platform/measure/fault_profiler.h"
#include "tests/unit/platform/kernel_symbols.h"

namespace faultline {

inline constexpr std::uint64_t kStack = 0x9000;
inline constexpr VirtAddr kPc{0x10000};
inline constexpr VirtAddr kAddress{0x20008};
inline constexpr VirtAddr kHandler{0x80200000};
inline constexpr std::uint64_t kTaskA = 0xffffffd800001000;
inline constexpr std::uint64_t kTaskB = 0xffffffd800002000;
inline constexpr std::uint64_t kIdle = 0xffffffff80003000;

class Profiler : public ::testing::Test {
 protected:
  /// A load of kAddress that faults: presented at `start`, L1 TLB done at +1, L2 TLB at +5, handler
  /// at +20.
  FaultEvent fault(Cycles start, AccessType access = AccessType::Load, VirtAddr pc = kPc,
                   Privilege mode = Privilege::User) {
    FaultEvent event;
    event.access = {.pc = pc, .address = kAddress, .access = access, .privilege = mode};
    event.access.times = {
        .start = start, .l1_done = start + 1, .l2_done = start + 5, .done = start + 15};
    event.access.abort = {
        .status = AbortStatus::Translation, .access = access, .address = kAddress};
    event.trap_entered = start + 20;
    return event;
  }
  /// The access of fault() again, done `cycles` after it was presented at `start`.
  ObservedAccess replay(Cycles start, Cycles cycles) {
    ObservedAccess access;
    access.pc = kPc;
    access.address = kAddress;
    access.times = {
        .start = start, .l1_done = start + 1, .l2_done = start + 2, .done = start + cycles};
    return access;
  }
  /// A jump to a function's first instruction.
  void call(Cycles now, const char* function, std::uint64_t return_address,
            std::uint64_t sp = kStack) {
    EXPECT_TRUE(profiler.jumped(now, symbols.at(function), {.ra = return_address, .sp = sp}));
  }
  void jump(Cycles now, std::uint64_t target, std::uint64_t sp = kStack) {
    EXPECT_TRUE(profiler.jumped(now, VirtAddr{target}, {.ra = target, .sp = sp}));
  }
  /// The kernel goes over from one task to another. Returns whether jumps are still wanted.
  bool switch_to(Cycles now, std::uint64_t from, std::uint64_t to) {
    return profiler.jumped(now, symbols.at("__switch_to"), {.a0 = from, .a1 = to});
  }
  /// The fault's own xRET to `pc`; it must have the access reported that failed.
  void return_to_access(Cycles now, VirtAddr pc = kPc, Privilege mode = Privilege::User) {
    const auto awaited = profiler.returned(now, pc, mode);
    ASSERT_TRUE(awaited.has_value());
    EXPECT_EQ(awaited->pc, pc);
    EXPECT_EQ(awaited->address, kAddress);
  }
  /// Cycles by stage of fault `index` after the end of the run; fails if they do not add up.
  std::map<std::string, Cycles> stages(std::size_t index) {
    const FaultRecord& record = log.faults.at(index);
    std::map<std::string, Cycles> cycles;
    Cycles sum = 0;
    for (const StageSlice& slice : log.slices_of(record)) {
      cycles[std::string(stage_info(slice.stage).name)] += slice.cycles;
      sum += slice.cycles;
    }
    EXPECT_EQ(sum, record.total);
    return cycles;
  }
  std::string_view path(std::size_t index) { return fault_paths()[log.faults.at(index).path].name; }

  KernelSymbols symbols;
  FunctionIndex functions{symbols.image()};
  FaultProfiler profiler{functions, {}};
  FaultLog log;
};

using Stages = std::map<std::string, Cycles>;

}  // namespace faultline
