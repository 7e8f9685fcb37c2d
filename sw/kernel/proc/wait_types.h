// SPDX-License-Identifier: Apache-2.0
#pragma once

// The nouns of waiting; what is done with them is in wait.h.

struct task_struct;

/// One task's place in a queue; lives on the stack of the task that waits.
struct wait_queue_entry {
  task_struct* task;
  const void* key;  ///< what is waited for, where a queue serves more than one thing
  wait_queue_entry* next;
  wait_queue_entry* prev;
  bool queued;  ///< not woken yet
};

/// The tasks that wait for one thing. All-zero bytes are an empty queue.
struct wait_queue_head {
  wait_queue_entry* first;
  wait_queue_entry* last;
};

/// Something that happens once, for one or more to wait for. All-zero bytes: it has not happened.
struct completion {
  bool done;
  wait_queue_head wait;
};
