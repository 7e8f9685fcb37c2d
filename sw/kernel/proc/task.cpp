// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/proc/task.h"

#include "sw/kernel/errno.h"
#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/slab.h"
#include "sw/kernel/proc/signal.h"
#include "sw/kernel/proc/task_alloc.h"
#include "sw/lib/bits.h"

extern "C" {
alignas(16) std::uint8_t init_stack[KERNEL_STACK_SIZE];
constinit task_struct init_task = [] {
  task_struct task{};
  task.stack = init_stack;
  task.comm[0] = 'i';
  task.comm[1] = 'd';
  task.comm[2] = 'l';
  task.comm[3] = 'e';
  return task;
}();
}

list_head all_tasks = {&all_tasks, &all_tasks};

namespace {

constexpr std::uint64_t kStackEndMagic = 0x57ac6e9d57ac6e9d;  // Linux: STACK_END_MAGIC
constexpr unsigned kStackOrder = log2_floor(KERNEL_STACK_SIZE / PAGE_SIZE);
constexpr int kMaxPid = 32768;  // Linux: PID_MAX_DEFAULT

kmem_cache task_cachep{};
int last_pid = 0;

std::uint64_t& stack_end(const task_struct& task) {
  return *reinterpret_cast<std::uint64_t*>(task.stack);
}

bool pid_is_free(int pid) {
  bool taken = false;
  for_each_task([&](const task_struct& task) {
    taken = taken || task.pid == pid || task.signal->pgrp == pid || task.signal->session == pid;
  });
  return !taken;
}

void free_stack(task_struct& task) {
  free_pages(virt_to_page(task.stack), kStackOrder);
  task.stack = nullptr;
}

}  // namespace

void tasks_init() {
  kmem_cache_init(task_cachep, sizeof(task_struct));
  stack_end(init_task) = kStackEndMagic;
}

task_struct* alloc_task() {
  auto* const task = kmem_cache_new<task_struct>(task_cachep);
  if (task == nullptr) return nullptr;
  page* const stack = alloc_pages(GFP_KERNEL, kStackOrder);
  if (stack == nullptr) {
    kmem_cache_free(task_cachep, task);
    return nullptr;
  }
  task->stack = static_cast<std::uint8_t*>(page_address(stack));
  stack_end(*task) = kStackEndMagic;
  return task;
}

void free_task(task_struct& task) {
  free_stack(task);
  kmem_cache_free(task_cachep, &task);
}

void free_dead_task(task_struct& task) {
  if (task.stack != nullptr) free_stack(task);
  if (task.exit_state == EXIT_DEAD) kmem_cache_free(task_cachep, &task);
}

bool stack_is_intact(const task_struct& task) {
  return stack_end(task) == kStackEndMagic;
}

int alloc_pid() {
  for (int tries = 1; tries < kMaxPid; ++tries) {
    last_pid = last_pid + 1 < kMaxPid ? last_pid + 1 : 1;
    if (pid_is_free(last_pid)) return last_pid;
  }
  return -EAGAIN;
}

signal_struct* alloc_signal() {
  auto* const signal = static_cast<signal_struct*>(kzalloc(sizeof(signal_struct)));
  if (signal == nullptr) return nullptr;
  signal->users = 1;
  signal->nr_threads = 1;
  signal->threads.init();
  signal->shared_pending.list.init();
  return signal;
}

sighand_struct* alloc_sighand() {
  auto* const sighand = static_cast<sighand_struct*>(kzalloc(sizeof(sighand_struct)));
  if (sighand != nullptr) sighand->users = 1;
  return sighand;
}

void put_sighand(sighand_struct& sighand) {
  if (--sighand.users == 0) kfree(&sighand);
}

void put_signal(signal_struct& signal) {
  if (--signal.users != 0) return;
  flush_sigqueue(signal.shared_pending);
  kfree(&signal);
}

task_struct* find_task_by_vpid(int pid) {
  task_struct* found = nullptr;
  for_each_task([&](task_struct& task) {
    if (task.pid == pid) found = &task;
  });
  return found;
}

task_struct* find_process(int pid) {
  task_struct* const task = find_task_by_vpid(pid);
  return task != nullptr && task->group_leader == task ? task : nullptr;
}

task_struct* child_reaper() {
  return find_process(1);
}
