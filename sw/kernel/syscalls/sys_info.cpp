// SPDX-License-Identifier: Apache-2.0
// What a program may ask about the system. Everything is a function of simulated time and of what
// programs did: two runs get the same answers.

#include <cstring>

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/kernel.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/swapfile.h"
#include "sw/kernel/mm/vmstat.h"
#include "sw/kernel/proc/task.h"
#include "sw/kernel/proc/timer.h"
#include "sw/kernel/proc/usage.h"
#include "sw/kernel/syscalls/syscalls.h"

namespace {

bool vmstat_at_exit = false;

/// struct sysinfo.
struct user_sysinfo {
  std::int64_t uptime;
  std::uint64_t loads[3];
  std::uint64_t totalram, freeram, sharedram, bufferram, totalswap, freeswap;
  std::uint16_t procs;
  std::uint16_t padding;
  std::uint64_t totalhigh, freehigh;
  std::uint32_t mem_unit;
};
static_assert(sizeof(user_sysinfo) == 112);

/// The next number of a fixed sequence (xorshift64*).
std::uint64_t next_random() {
  static std::uint64_t state = 0x9e3779b97f4a7c15;
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return state * 0x2545f4914f6cdd1d;
}

}  // namespace

void report_vmstat_at_exit(bool on) {
  vmstat_at_exit = on;
}

void report_vmstat() {
  if (!vmstat_at_exit) return;
  for (unsigned item = 0; item < NR_VM_EVENT_ITEMS; ++item) {
    const auto event = static_cast<vm_event_item>(item);
    const std::uint64_t count = vm_event_total(event);
    if (count != 0) printk(log_level::emergency, "vmstat: %s %lu\n", vm_event_name(event), count);
  }
  const task_usage total = total_usage();
  printk(log_level::emergency, "vmstat: min_flt %lu\nvmstat: maj_flt %lu\n", total.min_flt,
         total.maj_flt);
}

std::int64_t sys_uname(std::uintptr_t to) {
  constexpr std::size_t kFieldSize = 65;
  constexpr const char* kFields[] = {"Linux", "faultline", "6.1.0-faultline",
                                     "#1",    "riscv64",   "(none)"};
  for (const char* const field : kFields) {
    char text[kFieldSize] = {};
    std::memcpy(text, field, std::strlen(field));
    if (copy_to_user(to, text, sizeof(text)) != 0) return -EFAULT;
    to += kFieldSize;
  }
  return 0;
}

std::int64_t sys_getrandom(std::uintptr_t to, std::uint64_t size, unsigned) {
  std::uint64_t done = 0;
  while (done < size) {
    const std::uint64_t word = next_random();
    const std::size_t chunk = size - done < sizeof(word) ? size - done : sizeof(word);
    if (copy_to_user(to + done, &word, chunk) != 0) return -EFAULT;
    done += chunk;
  }
  return static_cast<std::int64_t>(done);
}

std::int64_t sys_sysinfo(std::uintptr_t to) {
  constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
  user_sysinfo info{};
  info.uptime = static_cast<std::int64_t>(ktime_get() / kNanosecondsPerSecond);
  info.totalram = totalram_pages();
  info.freeram = nr_free_pages();
  info.totalswap = swap_info.pages;
  info.freeswap = swap_info.pages - swap_info.inuse_pages;
  info.mem_unit = PAGE_SIZE;
  for_each_task([&](const task_struct&) { ++info.procs; });
  return put_user(to, info) ? 0 : -EFAULT;
}
