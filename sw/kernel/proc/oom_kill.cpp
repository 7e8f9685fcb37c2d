// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/proc/oom_kill.h"

#include "sw/kernel/kernel.h"
#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/vmstat.h"
#include "sw/kernel/proc/sched.h"
#include "sw/kernel/proc/signal.h"
#include "sw/kernel/proc/task.h"

namespace {

/// The address space of a process: that of any of its threads which still has one.
const mm_struct* mm_of(const task_struct& process) {
  const mm_struct* mm = nullptr;
  for_each_thread(*process.signal, [&](const task_struct& thread) {
    if (mm == nullptr) mm = thread.mm;
  });
  return mm;
}

/// Pages that come free if the address space goes (Linux: oom_badness without adjustment).
std::uint64_t badness(const mm_struct& mm) {
  std::int64_t pages = 0;
  for (const std::int64_t count : mm.rss_stat) pages += count;
  return static_cast<std::uint64_t>(pages) + mm.pgtable_pages;
}

bool is_dying(const task_struct& process) {
  return process.signal->group_exit || (process.pending.signal & sigmask(SIGKILL)) != 0;
}

}  // namespace

task_struct* select_bad_process() {
  task_struct* worst = nullptr;
  std::uint64_t most = 0;
  for_each_task([&](task_struct& task) {
    const mm_struct* const mm = task.group_leader == &task ? mm_of(task) : nullptr;
    if (mm == nullptr) return;
    const std::uint64_t pages = badness(*mm);
    if (pages <= most) return;
    most = pages;
    worst = &task;
  });
  return worst;
}

bool out_of_memory() {
  task_struct* const victim = select_bad_process();
  if (victim == nullptr) return false;
  // One victim at a time.
  if (is_dying(*victim)) {
    yield();
    return true;
  }
  const mm_struct& mm = *mm_of(*victim);
  constexpr unsigned kPageKib = PAGE_SIZE / 1024;
  printk(log_level::error,
         "Out of memory: Killed process %d (%s) total-vm:%lukB, anon-rss:%ldkB, file-rss:%ldkB, "
         "shmem-rss:%ldkB, pgtables:%lukB\n",
         victim->pid, victim->comm, mm.total_vm * kPageKib, mm.rss_stat[MM_ANONPAGES] * kPageKib,
         mm.rss_stat[MM_FILEPAGES] * kPageKib, mm.rss_stat[MM_SHMEMPAGES] * kPageKib,
         mm.pgtable_pages * kPageKib);
  count_vm_event(OOM_KILL);
  kill_process(*victim);
  // It frees its memory when it runs, so it runs first.
  if (victim != get_current()->group_leader) yield();
  return true;
}
