// SPDX-License-Identifier: Apache-2.0
// The monitor's start and its trap handler.

#include <cstdarg>

#include "sw/lib/boot_options.h"
#include "sw/lib/csr.h"
#include "sw/lib/fdt.h"
#include "sw/lib/format.h"
#include "sw/lib/sbi.h"
#include "sw/monitor/devices.h"
#include "sw/monitor/monitor.h"

extern "C" {
[[noreturn]] void enter_supervisor(std::uint64_t hartid, std::uint64_t device_tree,
                                   std::uint64_t entry);
[[noreturn]] void monitor_main(std::uint64_t hartid, const void* device_tree);
void monitor_trap(monitor::TrapFrame* frame);
}

namespace monitor {

bool has_stimecmp = false;

namespace {

constexpr unsigned kPanicStatus = 255;

/// Exceptions that the kernel handles: all of them but calls from S and M mode.
constexpr std::uint64_t kDelegatedExceptions = 0xb1ff;
constexpr std::uint64_t kDelegatedInterrupts =
    csr::kInterruptSsi | csr::kInterruptSti | csr::kInterruptSei;

// pmpcfg fields (Privileged 1.12, 3.7.1).
constexpr std::uint64_t kPmpReadWriteExecute = 7;
constexpr std::uint64_t kPmpNapot = 3u << 3;

constexpr std::uint64_t napot(std::uint64_t base, std::uint64_t size) {
  return (base + size / 2 - 1) >> 2;
}

/// Entry 0 closes the monitor's memory to S and U mode, entry 1 opens everything else.
void protect_memory() {
  csr::write<csr::kPmpaddr0>(napot(kMonitorBase, kMonitorSize));
  csr::write<csr::kPmpaddr1>(~std::uint64_t{0} >> 10);
  csr::write<csr::kPmpcfg0>((kPmpNapot | kPmpReadWriteExecute) << 8 | kPmpNapot);
}

/// Whether the hart has a CSR: reads it, with the trap vector behind the read meanwhile.
template <unsigned Number>
bool csr_exists() {
  std::uint64_t exists = 0;
  std::uint64_t vector = 0;
  std::uint64_t value = 0;
  asm volatile(
      "la %[vector], 1f\n"
      "csrrw %[vector], mtvec, %[vector]\n"
      "csrr %[value], %[number]\n"
      "li %[exists], 1\n"
      ".balign 4\n"
      "1: csrw mtvec, %[vector]\n"
      : [exists] "+&r"(exists), [vector] "=&r"(vector), [value] "=&r"(value)
      : [number] "i"(Number)
      : "memory");
  return exists != 0;
}

/// Gives S mode stimecmp where the hart has it, and hardware updates of accessed and dirty bits
/// where the boot options ask for them.
void configure_environment(const lib::BootOptions& options) {
  std::uint64_t granted = 0;
  const bool update_accessed_dirty = options.value("svadu") == "on";
  if (csr_exists<csr::kMenvcfg>()) {
    const std::uint64_t wanted =
        csr_exists<csr::kStimecmp>() ? csr::kMenvcfgStce : std::uint64_t{0};
    csr::set<csr::kMenvcfg>(wanted | (update_accessed_dirty ? csr::kMenvcfgAdue : 0));
    granted = csr::read<csr::kMenvcfg>();
  }
  has_stimecmp = (granted & csr::kMenvcfgStce) != 0;
  if (update_accessed_dirty && (granted & csr::kMenvcfgAdue) == 0) {
    print("monitor: svadu=on, but the hart does not update accessed and dirty bits\n");
  }
}

std::string_view command_line(const void* device_tree) {
  const auto tree = lib::Fdt::open(device_tree);
  if (!tree) return {};
  const auto bootargs = tree->property("/chosen", "bootargs");
  return bootargs ? bootargs->text() : std::string_view{};
}

[[noreturn]] void panic(std::uint64_t cause, std::uint64_t pc) {
  print("monitor panic: mcause=0x%lx mepc=0x%lx mtval=0x%lx\n", cause, pc,
        csr::read<csr::kMtval>());
  finish(kPanicStatus);
}

}  // namespace

void print(const char* format, ...) {
  std::va_list args;
  va_start(args, format);
  lib::vformat([](void*, char c) { console_put(c); }, nullptr, format, args);
  va_end(args);
}

}  // namespace monitor

void monitor_main(std::uint64_t hartid, const void* device_tree) {
  using namespace monitor;
  protect_memory();
  csr::write<csr::kMedeleg>(kDelegatedExceptions);
  csr::write<csr::kMideleg>(kDelegatedInterrupts);
  csr::write<csr::kMcounteren>(0xffffffff);
  csr::write<csr::kScounteren>(0);
  configure_environment(lib::BootOptions(command_line(device_tree)));
  csr::clear<csr::kMstatus>(csr::kStatusMppMask);
  csr::set<csr::kMstatus>(csr::kStatusMppSupervisor);
  enter_supervisor(hartid, reinterpret_cast<std::uint64_t>(device_tree), kKernelEntry);
}

void monitor_trap(monitor::TrapFrame* frame) {
  const std::uint64_t cause = csr::read<csr::kMcause>();
  const bool from_monitor =
      (csr::read<csr::kMstatus>() & csr::kStatusMppMask) == csr::kStatusMppMask;
  if (from_monitor) monitor::panic(cause, frame->mepc);
  switch (cause) {
    case static_cast<std::uint64_t>(csr::Cause::kSupervisorCall):
      monitor::handle_sbi_call(*frame);
      frame->mepc += 4;
      return;
    case csr::kCauseInterrupt | 7:
      // Without stimecmp the timer interrupt arrives here and is passed on until the next
      // set_timer.
      csr::clear<csr::kMie>(csr::kInterruptMti);
      csr::set<csr::kMip>(csr::kInterruptSti);
      return;
    default:
      monitor::panic(cause, frame->mepc);
  }
}
