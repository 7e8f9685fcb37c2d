// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/trap_history.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/cpu/csr.h"

namespace faultline {

namespace {

bool is_call(std::uint64_t cause) {
  return cause == static_cast<std::uint64_t>(Exception::EcallFromU) ||
         cause == static_cast<std::uint64_t>(Exception::EcallFromS) ||
         cause == static_cast<std::uint64_t>(Exception::EcallFromM);
}

}  // namespace

bool TrapHistory::repeats(const TrapEntry& trap, const Registers& registers) const {
  if ((trap.cause & kCauseInterrupt) != 0 || is_call(trap.cause) || count_ == 0) return false;
  const TrapEntry& last = newest();
  return last.pc == trap.pc && last.cause == trap.cause && last.tval == trap.tval &&
         registers == registers_;
}

bool TrapHistory::record(const TrapEntry& trap, std::uint64_t retired, const ArchState& state) {
  Registers registers;
  std::copy_n(state.reg.begin(), registers.size(), registers.begin());
  fruitless_ = count_ != 0 && retired == retired_ ? fruitless_ + 1 : 1;
  equal_ = repeats(trap, registers) ? equal_ + 1 : 1;
  keep(trap);
  ++unreturned_;
  retired_ = retired;
  registers_ = registers;
  return fruitless_ >= limits_.max_fruitless_traps || equal_ >= limits_.max_equal_traps ||
         unreturned_ >= limits_.max_equal_traps;
}

void TrapHistory::keep(const TrapEntry& trap) {
  if (count_ != 0 && newest().equals(trap)) {
    TrapEntry& last = ring_[(count_ - 1) % ring_.size()];
    last.when = trap.when;
    ++last.times;
  } else {
    ring_[count_++ % ring_.size()] = trap;
  }
}

void TrapHistory::describe(HartStop& stop) const {
  stop.trap_count = static_cast<unsigned>(std::min<std::uint64_t>(count_, ring_.size()));
  for (unsigned i = 0; i < stop.trap_count; ++i) {
    stop.traps[i] = ring_[(count_ - 1 - i) % ring_.size()];
  }
}

const char* to_string(StopReason reason) {
  switch (reason) {
    case StopReason::None:
      return "running";
    case StopReason::Requested:
      return "stopped on request";
    case StopReason::MaxCycles:
      return "limit of cycles reached";
    case StopReason::MaxInstructions:
      return "limit of instructions reached";
    case StopReason::TrapLoop:
      return "endless trap loop";
    case StopReason::WaitsForever:
      return "waits for an interrupt that cannot come";
    case StopReason::StaleTranslation:
      return "stale translation used";
  }
  return "?";
}

std::string cause_name(std::uint64_t cause) {
  static constexpr const char* kExceptions[] = {"instruction address misaligned",
                                                "instruction access fault",
                                                "illegal instruction",
                                                "breakpoint",
                                                "load address misaligned",
                                                "load access fault",
                                                "store address misaligned",
                                                "store access fault",
                                                "call from U mode",
                                                "call from S mode",
                                                "reserved",
                                                "call from M mode",
                                                "instruction page fault",
                                                "load page fault",
                                                "reserved",
                                                "store page fault"};
  static constexpr const char* kInterrupts[] = {
      "reserved", "supervisor software interrupt", "reserved", "machine software interrupt",
      "reserved", "supervisor timer interrupt",    "reserved", "machine timer interrupt",
      "reserved", "supervisor external interrupt", "reserved", "machine external interrupt"};
  const std::uint64_t code = cause & ~kCauseInterrupt;
  if ((cause & kCauseInterrupt) != 0)
    return code < std::size(kInterrupts) ? kInterrupts[code] : "reserved";
  return code < std::size(kExceptions) ? kExceptions[code] : "reserved";
}

std::string describe(const HartStop& stop) {
  std::string text = fmt::format("{} after {} instructions, {} cycles: pc {:#x}, {} mode\n",
                                 to_string(stop.reason), stop.instructions, stop.cycle,
                                 stop.pc.value, to_string(stop.privilege));
  if (stop.stale) text += describe(stop.stale->translation, stop.stale->pc);
  if (stop.trap_count != 0) text += "last traps, newest first:\n";
  for (unsigned i = 0; i < stop.trap_count; ++i) {
    const TrapEntry& t = stop.traps[i];
    text +=
        fmt::format("  cycle {}: {} at pc {:#x} in {} mode, tval {:#x}, to handler {:#x}", t.when,
                    cause_name(t.cause), t.pc.value, to_string(t.from), t.tval, t.handler.value);
    text += t.times == 1 ? "\n" : fmt::format(" ({} times)\n", t.times);
  }
  return text;
}

}  // namespace faultline
