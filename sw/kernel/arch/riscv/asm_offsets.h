// SPDX-License-Identifier: Apache-2.0
#pragma once

// What assembly knows of the kernel's structures, in bytes; sw/kernel/proc/task.h asserts that it
// is true.

#define TASK_KERNEL_SP 0
#define TASK_USER_SP 8
#define TASK_WORK 16
#define TASK_THREAD 32
