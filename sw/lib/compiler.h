// SPDX-License-Identifier: Apache-2.0
#pragma once

// Attributes of the guest's code, and the two accesses that a compiler must neither split, repeat
// nor leave out. Nothing here knows an architecture.

/// A function that is a stage of a page fault. The simulator finds stages by symbol, so each must
/// exist as one function under its own name: not inlined, not cloned for a constant argument.
#define FAULT_STAGE [[gnu::noinline, gnu::noclone]]

/// A slow path: kept out of its caller, so that the fast path saves no registers for it.
#define SLOW_PATH [[gnu::noinline, gnu::cold]]

/// Reads memory exactly once (Linux memory model: READ_ONCE).
template <typename T>
[[nodiscard]] inline T read_once(const T& place) {
  return *const_cast<const volatile T*>(&place);
}

/// Writes memory exactly once (Linux memory model: WRITE_ONCE).
template <typename T>
inline void write_once(T& place, T value) {
  *const_cast<volatile T*>(&place) = value;
}
