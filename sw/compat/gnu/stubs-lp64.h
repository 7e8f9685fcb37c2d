// SPDX-License-Identifier: Apache-2.0
#pragma once

// The C library's headers name the stubs of the ABI in use. Debian installs only those of lp64d,
// while the monitor and the kernel are built for lp64 (no floating point); freestanding code has no
// stubs to list.
