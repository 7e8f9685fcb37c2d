// SPDX-License-Identifier: Apache-2.0
#pragma once

// Memory barriers between harts. On RISC-V they are FENCE with the narrowest sets that do (RISC-V
// Unprivileged 20191213, 2.7); on another host, the compiler's fences, which are at least as
// strong.

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
