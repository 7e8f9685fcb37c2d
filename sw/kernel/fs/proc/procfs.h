// SPDX-License-Identifier: Apache-2.0
#pragma once

// /proc: what the kernel tells about itself and about processes. The text of a file is made when it
// is opened.

/// Mounts it at /proc. Panics without memory.
void mount_procfs();
