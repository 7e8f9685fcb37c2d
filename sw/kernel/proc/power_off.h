// SPDX-License-Identifier: Apache-2.0
#pragma once

// The end of the machine.

/// Writes what is dirty to the disks, reports what was asked for, and ends the machine. `code` is
/// that of the first process, as do_exit() gets it: the machine's status is its exit status, or 128
/// + the number of the signal that ended it.
[[noreturn]] void power_off(unsigned code);
