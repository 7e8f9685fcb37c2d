// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/proc/wait.h"

#include "sw/kernel/mm/arch.h"

namespace {

/// Queues of wait_on_var(): each serves the keys with one hash.
constexpr unsigned kVarQueueBits = 6;
wait_queue_head var_queues[1u << kVarQueueBits];

wait_queue_head& queue_of(const void* key) {
  constexpr std::uint64_t kGoldenRatio = 0x61c8864680b583eb;  // Linux: hash_64
  const std::uint64_t hash = reinterpret_cast<std::uintptr_t>(key) * kGoldenRatio;
  return var_queues[hash >> (64 - kVarQueueBits)];
}

void remove(wait_queue_head& queue, wait_queue_entry& entry) {
  (entry.prev != nullptr ? entry.prev->next : queue.first) = entry.next;
  (entry.next != nullptr ? entry.next->prev : queue.last) = entry.prev;
  entry.queued = false;
}

}  // namespace

void wake_up(wait_queue_head& queue) {
  while (queue.first != nullptr) {
    wait_queue_entry& entry = *queue.first;
    remove(queue, entry);
    wake_up_process(*entry.task);
  }
}

void wake_up_key(wait_queue_head& queue, const void* key) {
  for (wait_queue_entry* entry = queue.first; entry != nullptr;) {
    wait_queue_entry* const next = entry->next;
    if (entry->key == key) {
      remove(queue, *entry);
      wake_up_process(*entry->task);
    }
    entry = next;
  }
}

void prepare_to_wait(wait_queue_head& queue, wait_queue_entry& entry, task_state state) {
  entry.task = get_current();
  entry.task->state = state;
  entry.next = nullptr;
  entry.prev = queue.last;
  (queue.last != nullptr ? queue.last->next : queue.first) = &entry;
  queue.last = &entry;
  entry.queued = true;
}

void finish_wait(wait_queue_head& queue, wait_queue_entry& entry) {
  entry.task->state = TASK_RUNNING;
  if (entry.queued) remove(queue, entry);
}

void wait_on_var(const void* key) {
  wait_queue_head& queue = queue_of(key);
  wait_queue_entry entry{};
  entry.key = key;
  prepare_to_wait(queue, entry, TASK_UNINTERRUPTIBLE);
  schedule();
  finish_wait(queue, entry);
}

void wake_up_var(const void* key) {
  wake_up_key(queue_of(key), key);
}
