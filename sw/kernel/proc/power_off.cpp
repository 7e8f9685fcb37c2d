// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/proc/power_off.h"

#include "sw/kernel/fs/super_block.h"
#include "sw/kernel/kernel.h"
#include "sw/kernel/syscalls/syscalls.h"

void power_off(unsigned code) {
  constexpr unsigned kSignalMask = 0x7f;
  constexpr unsigned kKilledBySignal = 128;
  const int error = unmount_filesystems();
  if (error != 0) printk(log_level::error, "not everything was written: error %d\n", -error);
  report_unknown_calls();
  report_vmstat();
  const unsigned signal = code & kSignalMask;
  machine_power_off(signal != 0 ? kKilledBySignal + signal : code >> 8);
}
