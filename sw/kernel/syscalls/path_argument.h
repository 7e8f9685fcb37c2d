// SPDX-License-Identifier: Apache-2.0
#pragma once

// Paths that a program passes to a system call.

#include <cstdint>

#include "sw/kernel/fs/inode.h"

/// What the path at user address `path` leads to, from the directory that `directory` names
/// (AT_FDCWD: the process's own).
[[nodiscard]] lookup_result lookup_user_path(int directory, std::uintptr_t path, bool follow_last);
