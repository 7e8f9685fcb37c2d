// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/proc/usage.h"

#include "sw/kernel/proc/sched.h"

task_usage released_usage{};

void add_usage(task_usage& sum, const task_usage& more) {
  sum.runtime += more.runtime;
  sum.stime += more.stime;
  sum.min_flt += more.min_flt;
  sum.maj_flt += more.maj_flt;
  sum.nvcsw += more.nvcsw;
  sum.nivcsw += more.nivcsw;
  sum.maxrss = more.maxrss > sum.maxrss ? more.maxrss : sum.maxrss;
}

task_usage thread_usage(const task_struct& thread) {
  task_usage usage = {.runtime = task_sched_runtime(thread),
                      .stime = thread.stime,
                      .min_flt = thread.min_flt,
                      .maj_flt = thread.maj_flt,
                      .nvcsw = thread.nvcsw,
                      .nivcsw = thread.nivcsw,
                      .maxrss = 0};
  if (&thread == get_current() && thread.mm != nullptr) {
    usage.min_flt += thread.mm->min_flt - thread.mm_min_flt;
    usage.maj_flt += thread.mm->maj_flt - thread.mm_maj_flt;
  }
  return usage;
}

task_usage process_usage(const task_struct& process) {
  signal_struct& signal = *process.signal;
  task_usage sum = signal.ended_threads;
  for_each_thread(signal, [&](task_struct& thread) { add_usage(sum, thread_usage(thread)); });
  return sum;
}

task_usage total_usage() {
  task_usage sum = released_usage;
  for_each_task([&](const task_struct& task) {
    if (task.group_leader == &task) add_usage(sum, process_usage(task));
  });
  return sum;
}

void update_maxrss(task_struct& task) {
  if (task.mm == nullptr) return;
  std::uint64_t& maxrss = task.signal->ended_threads.maxrss;
  const std::int64_t* const rss = task.mm->rss_stat;
  const auto pages =
      static_cast<std::uint64_t>(rss[MM_FILEPAGES] + rss[MM_ANONPAGES] + rss[MM_SHMEMPAGES]);
  maxrss = pages > maxrss ? pages : maxrss;
}
