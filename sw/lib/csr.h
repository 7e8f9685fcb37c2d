// SPDX-License-Identifier: Apache-2.0
#pragma once

// Access to control and status registers, and the numbers and fields that the monitor and the
// kernel use. Source: RISC-V Privileged Architecture 1.12, chapter 2 (numbers), 3.1 (machine), 4.1
// (supervisor); Sstc 1.0 (stimecmp); Svadu 1.0 (menvcfg.ADUE).

#include <cstdint>

namespace csr {

// Numbers.
inline constexpr unsigned kFcsr = 0x003;
inline constexpr unsigned kSstatus = 0x100;
inline constexpr unsigned kSie = 0x104;
inline constexpr unsigned kStvec = 0x105;
inline constexpr unsigned kScounteren = 0x106;
inline constexpr unsigned kSscratch = 0x140;
inline constexpr unsigned kScause = 0x142;
inline constexpr unsigned kStval = 0x143;
inline constexpr unsigned kSip = 0x144;
inline constexpr unsigned kStimecmp = 0x14d;
inline constexpr unsigned kSatp = 0x180;
inline constexpr unsigned kMstatus = 0x300;
inline constexpr unsigned kMedeleg = 0x302;
inline constexpr unsigned kMideleg = 0x303;
inline constexpr unsigned kMie = 0x304;
inline constexpr unsigned kMtvec = 0x305;
inline constexpr unsigned kMcounteren = 0x306;
inline constexpr unsigned kMenvcfg = 0x30a;
inline constexpr unsigned kMscratch = 0x340;
inline constexpr unsigned kMepc = 0x341;
inline constexpr unsigned kMcause = 0x342;
inline constexpr unsigned kMtval = 0x343;
inline constexpr unsigned kMip = 0x344;
inline constexpr unsigned kPmpcfg0 = 0x3a0;
inline constexpr unsigned kPmpaddr0 = 0x3b0;
inline constexpr unsigned kPmpaddr1 = 0x3b1;
inline constexpr unsigned kTime = 0xc01;
inline constexpr unsigned kMvendorid = 0xf11;
inline constexpr unsigned kMarchid = 0xf12;
inline constexpr unsigned kMimpid = 0xf13;

// mstatus and sstatus (Privileged 1.12, 3.1.6).
inline constexpr std::uint64_t kStatusSie = 1u << 1;
inline constexpr std::uint64_t kStatusSpie = 1u << 5;
inline constexpr std::uint64_t kStatusSpp = 1u << 8;
inline constexpr std::uint64_t kStatusMppMask = 3u << 11;
inline constexpr std::uint64_t kStatusMppSupervisor = 1u << 11;
inline constexpr std::uint64_t kStatusFsMask = 3u << 13;
inline constexpr std::uint64_t kStatusFsInitial = 1u << 13;
inline constexpr std::uint64_t kStatusFsClean = 2u << 13;
inline constexpr std::uint64_t kStatusFsDirty = 3u << 13;
inline constexpr std::uint64_t kStatusSum = 1u << 18;

// mip, mie, mideleg (Privileged 1.12, 3.1.9).
inline constexpr std::uint64_t kInterruptSsi = 1u << 1;
inline constexpr std::uint64_t kInterruptSti = 1u << 5;
inline constexpr std::uint64_t kInterruptMti = 1u << 7;
inline constexpr std::uint64_t kInterruptSei = 1u << 9;

// menvcfg (Privileged 1.12, 3.1.18; Sstc; Svadu).
inline constexpr std::uint64_t kMenvcfgAdue = 1ull << 61;
inline constexpr std::uint64_t kMenvcfgStce = 1ull << 63;

/// Set in mcause and scause for an interrupt.
inline constexpr std::uint64_t kCauseInterrupt = 1ull << 63;

/// Exception codes (Privileged 1.12, table 3.6).
enum class Cause : std::uint64_t {
  kFetchMisaligned = 0,
  kFetchAccess = 1,
  kIllegalInstruction = 2,
  kBreakpoint = 3,
  kLoadMisaligned = 4,
  kLoadAccess = 5,
  kStoreMisaligned = 6,
  kStoreAccess = 7,
  kUserCall = 8,
  kSupervisorCall = 9,
  kFetchPageFault = 12,
  kLoadPageFault = 13,
  kStorePageFault = 15,
};

template <unsigned Number>
inline std::uint64_t read() {
  std::uint64_t value;
  asm volatile("csrr %0, %1" : "=r"(value) : "i"(Number) : "memory");
  return value;
}

template <unsigned Number>
inline void write(std::uint64_t value) {
  asm volatile("csrw %0, %1" ::"i"(Number), "rK"(value) : "memory");
}

/// Sets the bits of `mask`.
template <unsigned Number>
inline void set(std::uint64_t mask) {
  asm volatile("csrs %0, %1" ::"i"(Number), "rK"(mask) : "memory");
}

/// Clears the bits of `mask`.
template <unsigned Number>
inline void clear(std::uint64_t mask) {
  asm volatile("csrc %0, %1" ::"i"(Number), "rK"(mask) : "memory");
}

}  // namespace csr
