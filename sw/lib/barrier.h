// SPDX-License-Identifier: Apache-2.0
#pragma once

// Memory barriers between harts. On RISC-V they are FENCE with the narrowest sets that do (RISC-V
// Unprivileged 20191213, 2.7); on another host, the compiler's fences, which are at least as
// strong.

#include <cstdint>

#include "sw/lib/compiler.h"

/// Orders earlier stores before later stores: data before the entry that points to it.
inline void smp_wmb() {
#if defined(__riscv)
  asm volatile("fence w, w" ::: "memory");
#else
  __atomic_thread_fence(__ATOMIC_RELEASE);
#endif
}

/// Orders earlier loads before later loads.
inline void smp_rmb() {
#if defined(__riscv)
  asm volatile("fence r, r" ::: "memory");
#else
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
#endif
}

/// Orders earlier loads and stores before later ones, a store before a load included.
inline void smp_mb() {
#if defined(__riscv)
  asm volatile("fence rw, rw" ::: "memory");
#else
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

/// Stores so that whoever sees the value sees all earlier accesses done (Linux: smp_store_release).
inline void smp_store_release(std::uint32_t& place, std::uint32_t value) {
#if defined(__riscv)
  // A fence and a plain store; the compiler's own release store is an atomic swap.
  asm volatile("fence rw, w" ::: "memory");
  write_once(place, value);
#else
  __atomic_store_n(&place, value, __ATOMIC_RELEASE);
#endif
}
