// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/proc/task.h"

#include "sw/kernel/arch/riscv/processor.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/kernel.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/vmstat.h"
#include "sw/kernel/syscalls/syscalls.h"

extern "C" {
alignas(16) std::uint8_t init_stack[KERNEL_STACK_SIZE];
task_struct init_task = {
    .kernel_sp = 0,
    .user_sp = 0,
    .work = 0,
    .pid = 1,
    .memalloc_flags = 0,
    .mm = nullptr,
    .files = nullptr,
    .fs = nullptr,
    .stack = init_stack,
    .signals = {},
    .comm = "init",
};
}

void do_exit(unsigned status) {
  task_struct* const task = get_current();
  put_files_struct(task->files);
  put_fs_struct(task->fs);
  mm_struct* const mm = task->mm;
  task->mm = nullptr;
  leave_mm();
  mmput(mm);
  report_unknown_calls();
  report_vmstat();
  machine_power_off(status);
}
