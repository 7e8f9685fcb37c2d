// SPDX-License-Identifier: Apache-2.0
// The SBI calls that the kernel may make: base, timer, inter-processor interrupt and remote fence
// (for the one hart there is), system reset, the debug console and the legacy console. Source:
// RISC-V Supervisor Binary Interface 1.0, chapters 4 to 9; 2.0, chapter 12.

#include "sw/lib/csr.h"
#include "sw/lib/sbi.h"
#include "sw/monitor/devices.h"
#include "sw/monitor/monitor.h"

namespace monitor {
namespace {

constexpr std::uint64_t kSpecificationVersion = 1u << 24;  // major 1, minor 0
constexpr std::uint64_t kImplementationId = 0x666c;        // "fl"; not a registered number
constexpr std::uint64_t kImplementationVersion = 1;

constexpr unsigned kFailureStatus = 1;

sbi::Result success(std::uint64_t value = 0) {
  return {sbi::kSuccess, value};
}
sbi::Result not_supported() {
  return {sbi::kErrorNotSupported, 0};
}
sbi::Result invalid_parameter() {
  return {sbi::kErrorInvalidParameter, 0};
}

bool extension_exists(std::uint64_t extension) {
  switch (extension) {
    case sbi::kLegacyPutChar:
    case sbi::kLegacyGetChar:
    case sbi::kBase:
    case sbi::kTime:
    case sbi::kIpi:
    case sbi::kRemoteFence:
    case sbi::kSystemReset:
    case sbi::kDebugConsole:
      return true;
    default:
      return false;
  }
}

sbi::Result base(std::uint64_t function, std::uint64_t argument) {
  switch (function) {
    case 0:
      return success(kSpecificationVersion);
    case 1:
      return success(kImplementationId);
    case 2:
      return success(kImplementationVersion);
    case 3:
      return success(extension_exists(argument) ? 1 : 0);
    case 4:
      return success(csr::read<csr::kMvendorid>());
    case 5:
      return success(csr::read<csr::kMarchid>());
    case 6:
      return success(csr::read<csr::kMimpid>());
    default:
      return not_supported();
  }
}

sbi::Result set_timer(std::uint64_t when) {
  if (has_stimecmp) {
    csr::write<csr::kStimecmp>(when);
  } else {
    clint_set_timer(when);
    csr::clear<csr::kMip>(csr::kInterruptSti);
    csr::set<csr::kMie>(csr::kInterruptMti);
  }
  return success();
}

/// Whether a hart mask (SBI 1.0, section 3.1) names no hart but hart 0.
bool names_hart_0_only(std::uint64_t mask, std::uint64_t base_hart) {
  constexpr std::uint64_t kAllHarts = ~std::uint64_t{0};
  return base_hart == kAllHarts || mask == 0 || (base_hart == 0 && mask == 1);
}

bool names_hart_0(std::uint64_t mask, std::uint64_t base_hart) {
  return names_hart_0_only(mask, base_hart) && (mask != 0 || base_hart == ~std::uint64_t{0});
}

sbi::Result send_ipi(std::uint64_t mask, std::uint64_t base_hart) {
  if (!names_hart_0_only(mask, base_hart)) return invalid_parameter();
  if (names_hart_0(mask, base_hart)) csr::set<csr::kMip>(csr::kInterruptSsi);
  return success();
}

/// The fences are executed whole, whatever part of the address space was asked for.
sbi::Result remote_fence(std::uint64_t function, std::uint64_t mask, std::uint64_t base_hart) {
  constexpr std::uint64_t kFenceI = 0;
  constexpr std::uint64_t kSfenceVmaAsid = 2;  // 1 is the one without an ASID
  if (function > kSfenceVmaAsid) return not_supported();
  if (!names_hart_0_only(mask, base_hart)) return invalid_parameter();
  if (!names_hart_0(mask, base_hart)) return success();
  if (function == kFenceI) {
    asm volatile("fence.i" ::: "memory");
  } else {
    asm volatile("sfence.vma" ::: "memory");
  }
  return success();
}

sbi::Result system_reset(std::uint64_t function, std::uint64_t type, std::uint64_t reason) {
  if (function != 0) return not_supported();
  if (type > sbi::kResetWarmReboot) return invalid_parameter();
  if (type != sbi::kResetShutdown) restart();
  if ((reason & sbi::kReasonExitStatusMask) == sbi::kReasonExitStatus) {
    finish(static_cast<unsigned>(reason & ~sbi::kReasonExitStatusMask));
  }
  finish(reason == sbi::kReasonNone ? 0 : kFailureStatus);
}

/// Whether memory that the kernel names is the monitor's own, or no range at all.
bool touches_monitor(std::uint64_t address, std::uint64_t size) {
  std::uint64_t end = 0;
  if (__builtin_add_overflow(address, size, &end)) return true;
  return address < kMonitorBase + kMonitorSize && end > kMonitorBase;
}

sbi::Result debug_console(std::uint64_t function, std::uint64_t first, std::uint64_t address,
                          std::uint64_t address_high) {
  if (function == sbi::kConsoleWriteByte) {
    console_put(static_cast<char>(first));
    return success();
  }
  if (function > sbi::kConsoleWriteByte) return not_supported();
  if (address_high != 0 || touches_monitor(address, first)) return invalid_parameter();
  auto* const memory = reinterpret_cast<char*>(address);
  if (function == sbi::kConsoleWrite) {
    for (std::uint64_t i = 0; i < first; ++i) console_put(memory[i]);
    return success(first);
  }
  std::uint64_t count = 0;
  while (count < first) {
    const int c = console_get();
    if (c < 0) break;
    memory[count++] = static_cast<char>(c);
  }
  return success(count);
}

sbi::Result dispatch(std::uint64_t extension, std::uint64_t function, TrapFrame& frame) {
  switch (extension) {
    case sbi::kBase:
      return base(function, frame.a(0));
    case sbi::kTime:
      return function == 0 ? set_timer(frame.a(0)) : not_supported();
    case sbi::kIpi:
      return function == 0 ? send_ipi(frame.a(0), frame.a(1)) : not_supported();
    case sbi::kRemoteFence:
      return remote_fence(function, frame.a(0), frame.a(1));
    case sbi::kSystemReset:
      return system_reset(function, frame.a(0), frame.a(1));
    case sbi::kDebugConsole:
      return debug_console(function, frame.a(0), frame.a(1), frame.a(2));
    default:
      return not_supported();
  }
}

}  // namespace

void handle_sbi_call(TrapFrame& frame) {
  const std::uint64_t extension = frame.a(7);
  if (extension == sbi::kLegacyPutChar) {
    console_put(static_cast<char>(frame.a(0)));
    frame.a(0) = 0;
    return;
  }
  if (extension == sbi::kLegacyGetChar) {
    frame.a(0) = static_cast<std::uint64_t>(std::int64_t{console_get()});
    return;
  }
  const sbi::Result result = dispatch(extension, frame.a(6), frame);
  frame.a(0) = static_cast<std::uint64_t>(result.error);
  frame.a(1) = result.value;
}

}  // namespace monitor
