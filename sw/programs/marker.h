// SPDX-License-Identifier: Apache-2.0
#pragma once

// Markers: instructions that tell the simulator where a program has got to. They are encoded in the
// hint space that the RISC-V ISA leaves to custom use (`slti x0, x0, N`; Unprivileged ISA 20191213,
// table 2.3), so any other machine executes them as no-operations.

namespace marker {

/// Tells the simulator marker `Number`.
template <int Number>
inline void execute() {
  asm volatile("slti x0, x0, %0" ::"i"(Number) : "memory");
}

/// From here on instructions are executed without timing.
inline void functional() {
  execute<0x100>();
}
/// From here on instructions are timed as configured: the end of the warm-up.
inline void timed() {
  execute<0x101>();
}
/// The region of interest begins: statistics and the fault table start from nothing.
inline void region_begins() {
  execute<0x102>();
}
/// The region of interest ends.
inline void region_ends() {
  execute<0x103>();
}
/// Faults from here on meet caches that know nothing of them: rows of their own in the results.
inline void caches_cold() {
  execute<0x104>();
}
/// Faults from here on meet caches that have just seen such a fault.
inline void caches_warm() {
  execute<0x105>();
}
/// Nothing is said about the faults from here on.
inline void caches_any() {
  execute<0x106>();
}

}  // namespace marker
