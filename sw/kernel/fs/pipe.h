// SPDX-License-Identifier: Apache-2.0
#pragma once

// Pipes: a ring of 64 KiB between those who write and those who read.

#include "sw/kernel/fs/file.h"

/// Makes a pipe: `ends[0]` is for reading, `ends[1]` for writing. `flags`: O_NONBLOCK, O_CLOEXEC or
/// 0. Returns 0 or -ENOMEM.
[[nodiscard]] int make_pipe(open_file* (&ends)[2], unsigned flags);
